package crdt

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// devices makes n devices that have run the first migrations.
func devices(t testing.TB, n int, texts ...string) []*migrated {
	t.Helper()
	list := make([]*migrated, n)
	for i := range list {
		list[i] = newMigrated(t, texts...)
	}
	return list
}

// gather exchanges changes until nobody has anything new, and returns what that
// changed.
func gather(list ...*migrated) (reports []Report) {
	t := list[0].t
	t.Helper()
	for range 2 * len(list) {
		for _, to := range list {
			for _, from := range list {
				if to == from {
					continue
				}
				since, err := to.Vector(t.Context())
				must(t, err)
				data := from.changes(since)
				if len(data) == 0 {
					continue
				}
				report, err := to.Apply(t.Context(), bytes.NewReader(data), ApplyOptions{})
				if fault.Code(err) == "crdt.gap" { // of two that have seen each other
					var all bytes.Buffer
					_, err = from.Snapshot(t.Context(), &all)
					must(t, err)
					report, err = to.Apply(t.Context(), &all, ApplyOptions{})
				}
				must(t, err)
				reports = append(reports, report)
			}
		}
	}
	return reports
}

// gathered makes sure that all devices have seen the same.
func gathered(list ...*migrated) {
	t := list[0].t
	t.Helper()
	vector := func(m *migrated) Vector {
		v, err := m.Vector(t.Context())
		must(t, err)
		maps.DeleteFunc(v, func(_ SiteID, h int64) bool { return h == 0 })
		return v
	}
	first := vector(list[0])
	for _, m := range list[1:] {
		v := vector(m)
		if diff := cmp.Diff(first, v); diff != "" {
			t.Fatalf("changes are left: %s", diff)
		}
	}
}

// canonical is the state of the app's tables in words that are the same on every
// device: for each row the values of its columns with their stamps.
func (m *migrated) canonical() map[string]string {
	m.t.Helper()
	all := map[string]string{}
	must(m.t, m.st.ViewTx(m.t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		for _, t := range reg.inOrder() {
			if t.name == "" {
				continue
			}
			if err := t.canonical(tx, reg, all); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	}))
	return all
}

func (t *table) canonical(tx *store.Tx, reg *registry, all map[string]string) error {
	text := t.rowsOf
	lo, hi := int64(-1<<63), int64(1<<63-1)
	q := tx.Query(text)
	q.Int(1, lo)
	q.Int(2, hi)
	for q.Step() {
		rid := q.ColumnInt(0)
		values := q
		first := 2
		if !t.rowid {
			values, first = tx.Query(t.rowOfKey), 0
			if err := t.bindKey(values, slices.Clone(q.ColumnBytes(2))); err != nil {
				return err
			}
			if !values.Step() {
				return fmt.Errorf("no row of number %d: %w", rid, errDamaged)
			}
		}
		var c clocks
		if err := t.loadClocks(tx, rid, &c); err != nil {
			return err
		}
		var k []byte
		var line []string
		for n, i := range t.key {
			k = sqlvalue.AppendKey(k, columnValue(values, first+i), t.collations[n])
		}
		for i, col := range t.columns {
			st, ok := c.of(col.bit)
			if !ok {
				st = c.birth
			}
			line = append(line, fmt.Sprintf("%s(%x)=%v %v", col.name, col.gid[:2], values.ColumnValue(first+i), reg.sites.outer(st)))
		}
		if !t.rowid {
			values.Reset()
		}
		slices.Sort(line)
		all[fmt.Sprintf("%s(%x) %x", t.name[len(t.app):], t.gid[:2], k)] = fmt.Sprintf("%d %v %s", c.life(), reg.sites.outer(c.birth), strings.Join(line, " "))
	}
	if err := q.Err(); err != nil {
		return err
	}
	q = tx.Query("SELECT k, cl, h, site, m FROM " + t.of(kindTomb))
	for q.Step() {
		all[fmt.Sprintf("%s(%x) %x", t.name[len(t.app):], t.gid[:2], q.ColumnBytes(0))] = fmt.Sprintf("%d dead %v", q.ColumnInt(1),
			reg.sites.outer(stamp{q.ColumnInt(2), q.ColumnInt(3), uint32(q.ColumnInt(4))}))
	}
	return q.Err()
}

// agree makes sure that all devices have one state, and that their clocks fit
// their rows.
func agree(t testing.TB, list ...*migrated) {
	t.Helper()
	gathered(list...)
	alike(t, list...)
}

func alike(t testing.TB, list ...*migrated) {
	t.Helper()
	first := list[0].canonical()
	for _, m := range list[1:] {
		if diff := cmp.Diff(first, m.canonical()); diff != "" {
			t.Fatalf("devices differ:\n%s", diff)
		}
	}
	for _, m := range list {
		if err := m.Check(m.t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// column returns one column of a table by key.
func (m *migrated) column(short, column string) map[string]string {
	out := map[string]string{}
	for key, line := range m.state(short) {
		for _, f := range strings.Fields(line)[2:] {
			if name, value, _ := strings.Cut(f, "="); name == column {
				out[key], _, _ = strings.Cut(value, "@")
			}
		}
	}
	return out
}

const tableA = `CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, v, w)`

func TestAMigrationOnEveryDeviceIsNoChange(t *testing.T) {
	list := devices(t, 3, tableA)
	list[0].do("INSERT INTO {a} VALUES ('x', 1, 2), ('y', 3, 4), ('z', 5, 6)")
	gather(list...)
	for _, m := range list {
		m.migrate(`UPDATE {a} SET v = v * 2; DELETE FROM {a} WHERE id = 'y'; INSERT INTO {a} VALUES ('n', 0, 0);
			ALTER TABLE {a} ADD COLUMN q DEFAULT 1; CREATE TABLE {b} (id TEXT PRIMARY KEY); INSERT INTO {b} VALUES ('seed')`)
	}
	alike(t, list...)
	for _, report := range gather(list...) {
		rows := 0
		for _, table := range report.Tables {
			rows += table.Rows
		}
		if rows+report.Conflicts+report.Forks+len(report.Lost)+report.Parked != 0 {
			t.Errorf("the same migration is a change: %+v %v", report, report.Tables)
		}
	}
	agree(t, list...)
}

func TestEditsWinOverMigrations(t *testing.T) {
	for _, late := range []bool{false, true} { // whether the editor migrates before it hears of the other
		list := devices(t, 2, tableA)
		a, b := list[0], list[1]
		a.do("INSERT INTO {a} VALUES ('x', 1, 2), ('y', 3, 4), ('gone', 0, 0)")
		gather(list...)
		const change = "UPDATE {a} SET v = v * 2; DELETE FROM {a} WHERE id = 'gone'"
		a.migrate(change)
		b.do("UPDATE {a} SET v = 50 WHERE id = 'x'", "UPDATE {a} SET w = 9 WHERE id = 'gone'")
		if late {
			gather(list...)
			b.migrate(change)
		} else {
			b.migrate(change)
		}
		gather(list...)
		agree(t, list...)
		want := map[string]string{"x": "100", "y": "6"}
		if late {
			want["x"] = "100" // of an edit that was made before the migration, the migration's result
		}
		if diff := cmp.Diff(want, b.column("a", "v")); diff != "" {
			t.Errorf("late %v: %s", late, diff)
		}
		b.do("UPDATE {a} SET v = 7 WHERE id = 'x'")
		gather(list...)
		agree(t, list...)
		if got := a.column("a", "v")["x"]; got != "7" {
			t.Errorf("an edit after the migration became %s", got)
		}
	}
}

func TestRowsOfANewerVersionWaitForTheSchema(t *testing.T) {
	list := devices(t, 3, tableA)
	a, b, c := list[0], list[1], list[2]
	a.do("INSERT INTO {a} VALUES ('old', 1, 2)")
	gather(list...)
	steps := []string{
		"ALTER TABLE {a} ADD COLUMN q DEFAULT 'none'; CREATE TABLE {b} (id TEXT PRIMARY KEY, v)",
		strings.ReplaceAll(rebuildA, "extra", "q"),
	}
	a.migrate(steps[0])
	a.do("INSERT INTO {a} VALUES ('new', 1, 2, 'mine')", "UPDATE {a} SET q = 'edited' WHERE id = 'old'", "INSERT INTO {b} VALUES ('k', 'parked')")
	gather(list...) // b and c do not know q and b
	b.do("UPDATE {a} SET w = 'of b' WHERE id = 'new'")
	c.do("DELETE FROM {a} WHERE id = 'old'", "INSERT INTO {a} VALUES ('old', 8, 8)")
	gather(list...)
	for _, m := range []*migrated{b, c} {
		m.migrate(steps[0])
	}
	gather(list...)
	agree(t, list...)
	if diff := cmp.Diff(map[string]string{"old": "none", "new": "mine"}, b.column("a", "q")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"k": "parked"}, c.column("b", "v")); diff != "" {
		t.Error(diff)
	}
	for _, m := range list {
		m.migrate(steps[1])
	}
	gather(list...)
	agree(t, list...)
}

func TestARebuildOnOneDeviceMeetsEditsOfAnother(t *testing.T) {
	list := devices(t, 2, tableA)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('gap', 0, 0)", "INSERT INTO {a} VALUES ('x', 1, 2), ('y', 3, 4)")
	gather(list...)
	a.do("DELETE FROM {a} WHERE id = 'gap'", "UPDATE {a} SET v = 'unsent' WHERE id = 'y'")
	b.do("UPDATE {a} SET v = 'of b' WHERE id = 'x'", "INSERT INTO {a} VALUES ('z', 5, 6)")
	a.migrate(rebuildA)
	gather(list...)
	b.migrate(rebuildA)
	gather(list...)
	agree(t, list...)
	if diff := cmp.Diff(map[string]string{"x": "of", "y": "unsent", "z": "5"}, a.column("a", "v")); diff != "" {
		t.Error(diff)
	}
}

func TestTablesThatBeginToSyncAreSent(t *testing.T) {
	list := devices(t, 2, "CREATE TABLE {a_no_sync} (id TEXT PRIMARY KEY, v)", "CREATE TABLE {w_no_sync} (id TEXT PRIMARY KEY, v) WITHOUT ROWID")
	for i, m := range list {
		m.do(fmt.Sprintf("INSERT INTO {a_no_sync} VALUES ('d%d', %d), ('both', %d)", i, i, i), fmt.Sprintf("INSERT INTO {w_no_sync} VALUES ('d%d', %d)", i, i))
	}
	for _, m := range list {
		m.migrate("ALTER TABLE {a_no_sync} RENAME TO {a}; ALTER TABLE {w_no_sync} RENAME TO {w}")
	}
	gather(list...)
	agree(t, list...)
	if diff := cmp.Diff([]string{"both", "d0", "d1"}, slices.Sorted(maps.Keys(list[0].column("a", "v")))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"d0", "d1"}, slices.Sorted(maps.Keys(list[0].column("w", "v")))); diff != "" {
		t.Error(diff)
	}
}
