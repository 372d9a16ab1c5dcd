package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// The oracle of capturing is made of two things that SQLite itself keeps right
// when statements fail and savepoints are undone: the contents of the tables
// before and after, and a table of what happened, which triggers of the test
// write.

// keyShapes are columns of tables, a %s for the others, and what follows.
var keyShapes = []string{
	`(id INTEGER PRIMARY KEY, %s)`,
	`(id INTEGER PRIMARY KEY AUTOINCREMENT, %s)`,
	`(k TEXT PRIMARY KEY NOT NULL, %s)`,
	`(k PRIMARY KEY, %s)`,
	`(k REAL PRIMARY KEY NOT NULL, %s)`,
	`(nc TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, %s)`,
	`(a, rt COLLATE RTRIM, %s, PRIMARY KEY (rt, a))`,
	`(rowid TEXT PRIMARY KEY NOT NULL, oid, %s)`,
	`(k BLOB PRIMARY KEY, %s) WITHOUT ROWID`,
	`(nc TEXT COLLATE NOCASE, b, %s, PRIMARY KEY (b, nc)) WITHOUT ROWID`,
}

// authors are triggers that an author might have; %[1]s is the table, %[2]s
// another one.
var authors = []string{
	`AFTER INSERT ON %[1]s WHEN NEW.x = 1 BEGIN UPDATE %[1]s SET y = 'trigger' WHERE x = 1; END`,
	`AFTER DELETE ON %[1]s WHEN OLD.x = 2 BEGIN UPDATE %[2]s SET x = 'gone'; END`,
	`AFTER UPDATE OF x ON %[1]s BEGIN DELETE FROM %[2]s WHERE x = NEW.x; END`,
	`BEFORE INSERT ON %[1]s WHEN NEW.x = 3 BEGIN SELECT RAISE(IGNORE); END`,
	`AFTER INSERT ON %[1]s WHEN NEW.x = 4 BEGIN SELECT RAISE(IGNORE); END`,
	`AFTER INSERT ON %[1]s WHEN NEW.x = 5 BEGIN SELECT RAISE(FAIL, 'x'); END`,
	`AFTER UPDATE ON %[1]s WHEN NEW.y = 5 BEGIN SELECT RAISE(FAIL, 'x'); END`,
	`AFTER DELETE ON %[1]s WHEN OLD.x = 4 BEGIN SELECT RAISE(FAIL, 'x'); END`,
	`BEFORE DELETE ON %[1]s WHEN OLD.x = 3 BEGIN SELECT RAISE(IGNORE); END`,
	`AFTER UPDATE ON %[1]s WHEN NEW.y = 4 BEGIN SELECT RAISE(ABORT, 'x'); END`,
	`AFTER DELETE ON %[1]s WHEN OLD.y = 4 BEGIN SELECT RAISE(ROLLBACK, 'x'); END`,
}

var someValues = []string{"NULL", "0", "1", "2", "3", "4", "5", "1.0", "-0.0", "2.5", "'a'", "'A'", "'a '", "'b'", "''", "'1'", "x'61'", "x''", "zeroblob(3)"}

// oracle watches one store.
type oracle struct {
	s      *Store
	tables []Tracked
	rowids []string // names; "" for WITHOUT ROWID
	tape   *tape
	got    map[string]string // of the last transaction
}

// rowsOf are the rows of a table: by its identity, the key form and the exact
// values.
type rowsOf map[string]rowState

type rowState struct {
	key    string
	values []string
}

func (o *oracle) begin(r *rapid.T, t *testing.T, n int) {
	var text strings.Builder
	for i := range n {
		others := "x, y CHECK (y IS NOT 'no'), u UNIQUE, g AS (x) STORED"
		if i > 0 {
			others += fmt.Sprintf(", p REFERENCES {t0} (u) ON DELETE %s ON UPDATE %s", rapid.SampledFrom([]string{"CASCADE", "SET NULL", "NO ACTION", "RESTRICT", "SET DEFAULT"}).Draw(r, "action"),
				rapid.SampledFrom([]string{"CASCADE", "SET NULL", "NO ACTION"}).Draw(r, "action"))
			if rapid.Bool().Draw(r, "deferred") {
				others += " DEFERRABLE INITIALLY DEFERRED"
			}
		}
		shape := fmt.Sprintf(rapid.SampledFrom(keyShapes).Draw(r, "shape"), others)
		fmt.Fprintf(&text, "CREATE TABLE {t%d} %s;\n", i, shape)
	}
	var triggers strings.Builder
	for i := range rapid.IntRange(0, 4).Draw(r, "triggers") {
		on, other := rapid.IntRange(0, n-1).Draw(r, "on"), rapid.IntRange(0, n-1).Draw(r, "other")
		trigger := strings.NewReplacer("%[1]s", fmt.Sprintf("{t%d}", on), "%[2]s", fmt.Sprintf("{t%d}", other)).Replace(rapid.SampledFrom(authors).Draw(r, "trigger"))
		fmt.Fprintf(&triggers, "CREATE TRIGGER {tr%d} %s;\n", i, trigger)
	}
	history := rapid.Bool().Draw(r, "history")
	o.s, _, o.tape = tracked(t, text.String(), history)
	o.tape.flush = func(tx *Tx, c *Changes) error {
		o.got = map[string]string{}
		for _, table := range c.Tables {
			o.heard(table)
		}
		return nil
	}
	err := o.s.UpdateTx(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.Exec(own(triggers.String())), trackAll(tx, history), o.audit(tx))
	})
	if err != nil {
		r.Fatal(err)
	}
}

// audit makes the triggers that write what happens.
func (o *oracle) audit(tx *Tx) error {
	for id := int64(1); tx.conn.capture.tables[id] != nil; id++ {
		o.tables = append(o.tables, tx.conn.capture.tables[id].Tracked)
	}
	text := "CREATE TABLE alcove_audit (seq INTEGER PRIMARY KEY, t, orow, nrow"
	for i := range 8 {
		text += fmt.Sprintf(", o%d BLOB, n%d BLOB", i, i)
	}
	errs := []error{tx.Exec(text + ")")}
	for _, t := range o.tables {
		name := ""
		if t.Rowid {
			var err error
			name, err = tx.conn.handle.rowidName(t.Table)
			errs = append(errs, err)
		}
		o.rowids = append(o.rowids, name)
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			columns, values := "t", fmt.Sprint(t.ID)
			for _, row := range []string{"OLD", "NEW"} {
				if row == "OLD" && event == "INSERT" || row == "NEW" && event == "DELETE" {
					continue
				}
				columns += ", " + strings.ToLower(row[:1]) + "row"
				if values += ", "; t.Rowid {
					values += row + "." + name
				} else {
					values += "0"
				}
				for i, c := range t.Columns {
					columns += fmt.Sprintf(", %s%d", strings.ToLower(row[:1]), i)
					values += ", " + row + "." + quoteName(c.Name)
				}
			}
			errs = append(errs, tx.Exec(fmt.Sprintf("CREATE TRIGGER alcove_audit_%d_%s AFTER %s ON %s BEGIN INSERT INTO alcove_audit (%s) VALUES (%s); END",
				t.ID, event, event, quoteName(t.Table), columns, values)))
		}
	}
	return errors.Join(errs...)
}

// heard notes what the tracker was told, by table and identity.
func (o *oracle) heard(c TableChanges) {
	t := o.tables[c.ID-1]
	at := func(rowid int64, key []byte) string {
		if t.Rowid {
			return fmt.Sprintf("%d:%d", t.ID, rowid)
		}
		return fmt.Sprintf("%d:%x", t.ID, key)
	}
	for _, d := range c.Deleted {
		o.got[at(d.Rowid, d.Key)] += fmt.Sprintf("deleted %x %x ", d.Key, d.Old)
	}
	for _, run := range c.Inserted {
		for rowid := run.Lo; rowid <= run.Hi; rowid++ {
			o.got[at(rowid, nil)] += "inserted "
		}
	}
	for _, key := range c.InsertedKeys {
		o.got[at(0, key)] += "inserted "
	}
	for _, u := range c.Updated {
		o.got[at(u.Rowid, u.Key)] += fmt.Sprintf("updated %b %x ", u.Set, u.Old)
	}
}

func (o *oracle) state(h handle, i int, text string, first int) rowsOf {
	rows, t := rowsOf{}, o.tables[i]
	err := h.rows(text, nil, func(row []any) error {
		state, id := o.row(t, row[0], row[first:])
		rows[id] = state
		return nil
	})
	if err != nil {
		panic(err)
	}
	return rows
}

func (o *oracle) row(t Tracked, rowid any, values []any) (state rowState, id string) {
	for i := range t.Columns {
		state.values = append(state.values, string(sqlvalue.Append(nil, sqlvalue.Of(values[i]))))
	}
	var key []byte
	for _, i := range t.Key {
		key = sqlvalue.AppendKey(key, sqlvalue.Of(values[i]), t.Columns[i].Collation)
	}
	state.key = string(key)
	if t.Rowid {
		return state, fmt.Sprintf("%d:%d", t.ID, rowid)
	}
	return state, fmt.Sprintf("%d:%x", t.ID, key)
}

// contents are all rows of all tables.
func (o *oracle) contents(h handle) rowsOf {
	all := rowsOf{}
	for i, t := range o.tables {
		names := "0"
		if t.Rowid {
			names = o.rowids[i]
		}
		for _, c := range t.Columns {
			names += ", " + quoteName(c.Name)
		}
		for id, row := range o.state(h, i, "SELECT "+names+" FROM "+quoteName(t.Table), 1) {
			all[id] = row
		}
	}
	return all
}

// expected is what the tracker should be told, by what the audit says of a
// transaction that began with before.
func (o *oracle) expected(h handle, before rowsOf) map[string]string {
	type life struct {
		deleted, inserted bool
		set               uint64
	}
	lives := map[string]*life{}
	at := func(id string) *life {
		if lives[id] == nil {
			lives[id] = &life{}
		}
		return lives[id]
	}
	_ = h.rows("SELECT * FROM alcove_audit ORDER BY seq", nil, func(row []any) error {
		t := o.tables[row[1].(int64)-1]
		var olds, news []any
		for i := range t.Columns {
			olds, news = append(olds, row[4+2*i]), append(news, row[5+2*i])
		}
		old, oldID := o.row(t, row[2], olds)
		now, newID := o.row(t, row[3], news)
		if row[2] != nil && row[3] != nil && oldID == newID && old.key == now.key {
			for i, c := range t.Columns {
				if old.values[i] != now.values[i] {
					at(newID).set |= 1 << c.Bit
				}
			}
			return nil
		}
		if row[2] != nil {
			l := at(oldID)
			l.deleted, l.inserted = true, false
		}
		if row[3] != nil {
			at(newID).inserted = true
		}
		return nil
	})
	want := map[string]string{}
	for id, l := range lives {
		var t Tracked
		for _, t = range o.tables {
			if strings.HasPrefix(id, fmt.Sprint(t.ID, ":")) {
				break
			}
		}
		was, existed := before[id]
		text := ""
		if existed && l.deleted {
			old := ""
			if t.History {
				old = strings.Join(was.values, "")
			}
			text += fmt.Sprintf("deleted %x %x ", was.key, old)
		}
		if l.inserted {
			text += "inserted "
		}
		if existed && !l.deleted && l.set != 0 {
			old := ""
			for i, c := range t.Columns {
				if t.History && l.set&(1<<c.Bit) != 0 {
					old += was.values[i]
				}
			}
			text += fmt.Sprintf("updated %b %x ", l.set, old)
		}
		if text != "" {
			want[id] = text
		}
	}
	return want
}

// check compares what the tracker was told with the contents, without the audit.
func (o *oracle) check(r *rapid.T, before, after rowsOf) {
	ids := map[string]bool{}
	for _, m := range []rowsOf{before, after} {
		for id := range m {
			ids[id] = true
		}
	}
	for id := range o.got {
		ids[id] = true
	}
	for id := range ids {
		was, existed := before[id]
		is, exists := after[id]
		got := o.got[id]
		reborn := strings.HasPrefix(got, "deleted") && strings.HasSuffix(got, "inserted ")
		var ok bool
		switch {
		case existed && exists && was.key != is.key:
			ok = reborn
		case existed && exists && !slices.Equal(was.values, is.values):
			ok = reborn || strings.HasPrefix(got, "updated")
		case existed && exists:
			ok = got == "" || reborn || strings.HasPrefix(got, "updated") // there and back
		case existed:
			ok = strings.HasPrefix(got, "deleted") && !reborn
		case exists:
			ok = got == "inserted "
		default:
			ok = got == ""
		}
		if !ok {
			r.Errorf("%s: captured %q\nwas %v %q\nis  %v %q", id, got, existed, was, exists, is)
		}
	}
}

// statement is a random one, which may well fail.
func (o *oracle) statement(r *rapid.T) string {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(r, "pick") }
	value := func() string { return rapid.SampledFrom(someValues).Draw(r, "value") }
	i := rapid.IntRange(0, len(o.tables)-1).Draw(r, "table")
	t, table := o.tables[i], quoteName(o.tables[i].Table)
	column := func() string {
		if t.Rowid && rapid.IntRange(0, 9).Draw(r, "rowid") == 0 {
			return o.rowids[i]
		}
		return quoteName(t.Columns[rapid.IntRange(0, len(t.Columns)-1).Draw(r, "column")].Name)
	}
	or := pick("", "", "", " OR IGNORE", " OR REPLACE", " OR FAIL", " OR ABORT", " OR ROLLBACK")
	where := func() string {
		return pick("", " WHERE "+column()+" = "+value(), " WHERE "+column()+" > "+value(), " WHERE random() % 2")
	}
	returning := pick("", "", " RETURNING *")
	set := func() string {
		list := column() + " = " + pick(value(), value(), column(), "random() % 4", "x || 'a'")
		if rapid.Bool().Draw(r, "two") {
			list += ", " + column() + " = " + value()
		}
		return list
	}
	row := func() string {
		var list []string
		for range t.Columns {
			list = append(list, value())
		}
		return "(" + strings.Join(list, ", ") + ")"
	}
	rows := func() string {
		list := []string{row()}
		for range rapid.IntRange(0, 3).Draw(r, "more") {
			list = append(list, row())
		}
		return strings.Join(list, ", ")
	}
	switch rapid.IntRange(0, 11).Draw(r, "kind") {
	case 0, 1, 2:
		return "INSERT" + or + " INTO " + table + " VALUES " + rows() + returning
	case 3:
		var key []string
		for _, k := range t.Key {
			key = append(key, quoteName(t.Columns[k].Name))
		}
		target := pick("", " ("+strings.Join(key, ", ")+")", " (u)")
		action := "NOTHING"
		if target != "" && rapid.Bool().Draw(r, "update") {
			action = "UPDATE SET " + set()
		}
		return "INSERT INTO " + table + " VALUES " + rows() + " ON CONFLICT" + target + " DO " + action + returning
	case 4:
		return "INSERT" + or + " INTO " + table + " SELECT " + strings.Repeat("x, ", len(t.Columns)-1) + "abs(random() % 9) FROM " + quoteName(o.tables[0].Table)
	case 5, 6, 7:
		return "UPDATE" + or + " " + table + " SET " + set() + where() + returning
	case 8, 9:
		return "DELETE FROM " + table + where() + returning
	case 10:
		return pick("SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO b", "RELEASE a", "RELEASE b")
	}
	return "REPLACE INTO " + table + " VALUES " + rows()
}

func TestNetEffectIsWhatTheContentsSay(t *testing.T) {
	steps := 12
	if os.Getenv("ALCOVE_FULL") != "" {
		steps = 40
	}
	rapid.Check(t, func(r *rapid.T) {
		var o oracle
		o.begin(r, t, rapid.IntRange(1, 3).Draw(r, "tables"))
		defer o.s.Close()
		for range rapid.IntRange(1, 4).Draw(r, "transactions") {
			var want map[string]string
			var before, after rowsOf
			o.got = nil
			var said []string
			err := o.s.UpdateTx(t.Context(), func(tx *Tx) error {
				h := tx.conn.handle
				if err := tx.Exec("DELETE FROM alcove_audit"); err != nil {
					return err
				}
				before = o.contents(h)
				for range rapid.IntRange(1, steps).Draw(r, "statements") {
					text := o.statement(r)
					said = append(said, fmt.Sprintf("%s -- %v", strings.ReplaceAll(text, notesPrefix, ""), h.rows(text, nil, nil)))
					if h.autocommit() {
						return errors.New("rolled back by a statement")
					}
				}
				want, after = o.expected(h, before), o.contents(h)
				return nil
			})
			if err != nil {
				if o.got != nil && !strings.Contains(err.Error(), "FOREIGN KEY") {
					r.Fatalf("flushed, but: %v", err)
				}
				if n := len(o.s.writer.capture.ops); n != 0 {
					r.Fatalf("%d entries after a rollback", n)
				}
				continue
			}
			if o.got == nil {
				o.got = map[string]string{}
			}
			if diff := cmp.Diff(want, o.got); diff != "" {
				r.Errorf("by the audit: %s", diff)
			}
			o.check(r, before, after)
			if r.Failed() {
				r.Fatal(strings.Join(said, "\n"))
			}
		}
	})
}
