package converge

import (
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// story makes devices a, b, … with one schema, whose clocks are right.
func story(t *testing.T, devices int, tables ...*tableDef) (*world, []*member) {
	t.Helper()
	w := newWorld(t)
	t.Cleanup(w.close)
	for range devices {
		w.add(0, &schemaDef{tables: tables})
	}
	return w, w.devices
}

// do runs one statement on a device, which must go well, a millisecond later.
func (w *world) do(m *member, sql string, params ...any) {
	w.t.Helper()
	w.now = w.now.Add(1_000_000)
	for i, p := range params {
		if n, ok := p.(int); ok {
			params[i] = int64(n)
		}
	}
	clock := m.vector()[[16]byte(m.self())]
	w.local(m, []statement{{sql: sql, params: params}})
	if m.vector()[[16]byte(m.self())] == clock {
		w.fail(m, "%s changed nothing", sql)
	}
}

// exchange lets all devices have everything.
func (w *world) exchange() {
	w.t.Helper()
	for _, m := range w.devices {
		w.publish(m)
	}
	for again := true; again; {
		again = false
		for _, m := range w.devices {
			again = w.catchUp(m) || again
		}
	}
}

// shows checks the rows of a query on every device.
func (w *world) shows(sql string, want ...string) {
	w.t.Helper()
	for _, m := range w.devices {
		if got := m.rows(sql); !slices.Equal(got, want) {
			w.fail(m, "%s shows %q, want %q", sql, got, want)
		}
	}
}

// notes is a table with a text key and two columns.
func notes() *tableDef {
	return &tableDef{
		name: "t0", rowid: true, key: []int{0}, columnKey: true,
		columns: []columnDef{
			{name: "k", decl: "TEXT", pool: "text", notNull: true},
			{name: "c0", decl: "TEXT", pool: "text"},
			{name: "c1", decl: "INTEGER", pool: "integer"},
		},
	}
}

func unique(columns ...int) uniqueDef {
	return uniqueDef{columns: columns, collations: make([]sqlvalue.Collation, len(columns)), where: -1}
}

func TestColumnsOfOneRowMeet(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	w.do(d[0], "UPDATE {t0} SET c0 = 'left'")
	w.do(d[1], "UPDATE {t0} SET c1 = 2")
	w.do(d[2], "UPDATE {t0} SET c0 = 'later'")
	w.meet()
	w.shows("SELECT * FROM {t0}", `"k" "later" 2`)
}

func TestDeletionWinsOverAnEditAndANewLifeOverADeletion(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	w.do(d[0], "DELETE FROM {t0}")
	w.do(d[1], "UPDATE {t0} SET c0 = 'edited'")
	w.exchange()
	w.shows("SELECT * FROM {t0}")
	w.do(d[1], "INSERT INTO {t0} VALUES ('k', 'again', NULL)")
	w.meet()
	w.shows("SELECT * FROM {t0}", `"k" "again" <nil>`)
}

// Two edits that each keep a CHECK break it together. Merging has no opinion;
// the next edit of the row has to settle it.
func TestEditsThatTogetherBreakACheckAreKept(t *testing.T) {
	def := notes()
	def.columns[1].check = "c0 <> 'big' OR c1 < 10"
	w, d := story(t, 3, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'small', 1)")
	w.exchange()
	w.do(d[0], "UPDATE {t0} SET c0 = 'big'")
	w.do(d[1], "UPDATE {t0} SET c1 = 11")
	w.exchange()
	w.shows("SELECT * FROM {t0}", `"k" "big" 11`)
	if err := d[2].run(statement{sql: "UPDATE {t0} SET c1 = 12"}); err == nil {
		t.Error("an edit that leaves the CHECK broken was accepted")
	}
	w.do(d[2], "UPDATE {t0} SET c1 = 5")
	w.meet()
	w.shows("SELECT * FROM {t0}", `"k" "big" 5`)
}

// Two devices give one automatic key to different rows: the newer is seen, the
// older kept, and their columns never mix.
func TestRowsOfOneAutomaticKeyNeverMix(t *testing.T) {
	def := notes()
	def.columns[0] = columnDef{name: "k", decl: "INTEGER", pool: "integer"}
	def.auto = true
	w, d := story(t, 3, def)
	w.do(d[0], "INSERT INTO {t0} (c0) VALUES ('of a')")
	w.do(d[1], "INSERT INTO {t0} (c1) VALUES (2)")
	w.exchange()
	w.shows("SELECT * FROM {t0}", "1 <nil> 2")
	w.do(d[2], "DELETE FROM {t0}")
	w.exchange()
	w.shows("SELECT * FROM {t0}", `1 "of a" <nil>`)
	w.do(d[0], "INSERT INTO {t0} (c0) VALUES ('another')")
	w.meet()
	w.shows("SELECT * FROM {t0}", `1 "of a" <nil>`, `2 "another" <nil>`)
}

func TestTheOlderOfTwoRowsThatMustDifferIsHiddenAndComesBack(t *testing.T) {
	def := notes()
	def.uniques = []uniqueDef{unique(1)}
	w, d := story(t, 3, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('a', 'same', 1)")
	w.do(d[1], "INSERT INTO {t0} VALUES ('b', 'same', 2)")
	w.exchange()
	w.shows("SELECT * FROM {t0}", `"b" "same" 2`)
	w.do(d[2], "UPDATE {t0} SET c0 = 'other'")
	w.exchange()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"a" "same" 1`, `"b" "other" 2`)
	w.do(d[0], "UPDATE {t0} SET c1 = 9 WHERE k = 'b'")
	w.meet()
}

func TestOfRowsBornAtOnceTheSmallerKeyIsSeen(t *testing.T) {
	def := notes()
	def.uniques = []uniqueDef{unique(1)}
	w, d := story(t, 3, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('a', NULL, 1), ('b', NULL, 2)")
	w.exchange()
	w.do(d[0], "UPDATE {t0} SET c0 = 'same' WHERE k = 'a'")
	w.do(d[1], "UPDATE {t0} SET c0 = 'same' WHERE k = 'b'")
	w.meet()
	w.shows("SELECT * FROM {t0}", `"a" "same" 1`)
}

// A hidden row that is inserted again is a new life, not a mix of both.
func TestInsertOverAHiddenRowIsANewLife(t *testing.T) {
	def := notes()
	def.uniques = []uniqueDef{unique(1)}
	w, d := story(t, 2, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('a', 'same', 1)")
	w.do(d[1], "INSERT INTO {t0} VALUES ('b', 'same', 2)")
	w.exchange()
	w.do(d[1], "INSERT INTO {t0} (k, c0) VALUES ('a', 'mine')")
	w.meet()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"a" "mine" <nil>`, `"b" "same" 2`)
}

func TestAnOrphanIsHiddenAndComesBackWithItsParent(t *testing.T) {
	child := notes()
	child.name = "t1"
	child.parents = []parentDef{{table: 0, child: []int{1}, columns: []int{0}, actions: " ON DELETE CASCADE"}}
	w, d := story(t, 3, notes(), child)
	w.do(d[0], "INSERT INTO {t0} VALUES ('p', 'parent', 1)")
	w.exchange()
	w.do(d[0], "DELETE FROM {t0}")
	w.do(d[1], "INSERT INTO {t1} VALUES ('c', 'p', 7)")
	w.exchange()
	w.shows("SELECT * FROM {t1}")
	w.do(d[2], "INSERT INTO {t0} VALUES ('p', 'again', 1)")
	w.meet()
	w.shows("SELECT * FROM {t1}", `"c" "p" 7`)
}

// SQLite itself accepts these rows, whose parent is nowhere, because their table
// refers to itself with SET NULL.
func TestAnOrphanThatSQLiteOverlooksIsRefused(t *testing.T) {
	for _, rowid := range []bool{true, false} {
		def := notes()
		def.rowid = rowid
		def.parents = []parentDef{{table: 0, child: []int{1}, columns: []int{0}, actions: " ON DELETE SET NULL ON UPDATE SET NULL"}}
		w, d := story(t, 2, def)
		w.do(d[0], "INSERT INTO {t0} VALUES ('root', NULL, 1)")
		for _, sql := range []string{
			"REPLACE INTO {t0} VALUES ('k', 'nobody', 1)",
			"REPLACE INTO {t0} VALUES ('root', 'nobody', 1)",
			"INSERT INTO {t0} VALUES ('k', 'nobody', 1) ON CONFLICT DO UPDATE SET c1 = 2",
		} {
			if err := d[0].run(statement{sql: sql}); fault.Code(err) != "db.constraint" {
				t.Errorf("%s: %v", sql, err)
			}
		}
		w.do(d[0], "REPLACE INTO {t0} VALUES ('k', 'root', 1)")
		w.do(d[0], "REPLACE INTO {t0} VALUES ('self', 'self', 1)")
		w.meet()
		w.shows("SELECT k FROM {t0} ORDER BY k", `"k"`, `"root"`, `"self"`)
	}
}

// A row that waits for its parent keeps its unique values from older ones. When
// its key is inserted anew with others, they come back.
func TestAValueIsFreeAgainWhenItsHiddenHolderIsBornAnew(t *testing.T) {
	def := notes()
	def.uniques = []uniqueDef{unique(1)}
	def.parents = []parentDef{{table: 0, child: []int{1}, columns: []int{0}, actions: " ON DELETE CASCADE"}}
	w, d := story(t, 2, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('p', 'p', 1)")
	w.exchange()
	w.do(d[0], "UPDATE {t0} SET c0 = NULL")
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'p', 2)")
	w.do(d[1], "UPDATE {t0} SET c0 = NULL")
	w.do(d[1], "UPDATE {t0} SET c0 = 'p'")
	w.exchange()
	w.shows("SELECT k FROM {t0}") // k has the value, but its parent is p
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', NULL, 6)")
	w.meet()
	w.shows("SELECT k, c0 FROM {t0} ORDER BY k", `"k" <nil>`, `"p" "p"`)
}
