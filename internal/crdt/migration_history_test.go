package crdt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// mark notes the moment before an update, and returns it.
func (m *migrated) mark() int64 {
	m.t.Helper()
	must(m.t, m.st.UpdateTx(m.t.Context(), func(tx *store.Tx) error { return m.MarkUpdate(tx, migratedApp, "1.0.0") }))
	marks, err := m.Marks(m.t.Context(), migratedApp)
	must(m.t, err)
	return marks[0].Moment
}

// at is what a table was at a moment: each row as its columns in order.
func (m *migrated) at(moment int64, short string) (rows []string) {
	m.t.Helper()
	must(m.t, m.At(m.t.Context(), migratedApp, moment, migratedApp+short, nil, func(r *PastRow) error {
		var parts []string
		for i, c := range r.Columns {
			parts = append(parts, fmt.Sprintf("%s=%v", c, r.Values[i]))
		}
		rows = append(rows, strings.Join(parts, " "))
		return nil
	}))
	slices.Sort(rows)
	return rows
}

func TestTheDataBeforeAnUpdateCanBePutBack(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 2, table)
		m := list[0]
		m.do("INSERT INTO {a} VALUES ('x', 1, 'a'), ('y', 2, 'b'), ('gone', 3, 'c')", "UPDATE {a} SET note = 'later' WHERE id = 'y'")
		before := m.mark()
		was := m.at(before, "a")
		m.migrate("UPDATE {a} SET price = price * 100 WHERE id <> 'gone'; DELETE FROM {a} WHERE id = 'gone'; INSERT INTO {a} VALUES ('seed', 0, NULL)")
		want(t, map[string]string{"x": "100", "y": "200", "seed": "0"}, m)
		now := m.at(m.clock.last.Load(), "a")
		if diff := cmp.Diff(append(slices.Clone(was), "id=seed price=0 note=<nil>"), m.at(before, "a"), cmp.Transformer("set", sortedStrings)); diff != "" {
			t.Error(diff)
		}
		out, err := m.Restore(t.Context(), Scope{App: migratedApp}, before)
		must(t, err)
		if out.Updated != 2 || out.Inserted != 1 || out.Deleted != 0 {
			t.Errorf("%+v", out)
		}
		want(t, map[string]string{"x": "1", "y": "2", "gone": "3", "seed": "0"}, m)
		must(t, m.Check(t.Context(), nil))
		gather(list...)
		list[1].migrate("UPDATE {a} SET price = price * 100 WHERE id <> 'gone'; DELETE FROM {a} WHERE id = 'gone'; INSERT INTO {a} VALUES ('seed', 0, NULL)")
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"x": "1", "y": "2", "gone": "3", "seed": "0"}, list...)
		_, err = m.Restore(t.Context(), Scope{App: migratedApp}, m.moments()[1])
		must(t, err)
		if diff := cmp.Diff(now, m.at(m.clock.last.Load(), "a")); diff != "" {
			t.Errorf("the update again: %s", diff)
		}
	})
}

func sortedStrings(list []string) []string { return slices.Sorted(slices.Values(list)) }

// moments are those of the app's history, newest first.
func (m *migrated) moments() (list []int64) {
	m.t.Helper()
	all, err := m.Moments(m.t.Context(), migratedApp, 0, 100)
	must(m.t, err)
	for _, c := range all {
		list = append(list, c.Moment)
	}
	return list
}

func TestValuesOfARebuiltTableCanBePutBack(t *testing.T) {
	m := newMigrated(t, tableA)
	m.do("INSERT INTO {a} VALUES ('x', 1, 'w1'), ('y', 2, 'w2'), ('z', 3, 'w3')")
	before := m.mark()
	m.migrate(`ALTER TABLE {a} RENAME COLUMN v TO u; CREATE TABLE {__new_a} (id TEXT PRIMARY KEY NOT NULL, extra DEFAULT 'd', u);
		INSERT INTO {__new_a} (id, u) SELECT id, u + 10 FROM {a} WHERE id <> 'z'; DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}`)
	if diff := cmp.Diff([]string{"id=x u=1 extra=d", "id=y u=2 extra=d", "id=z u=3 extra=<nil>"}, m.at(before, "a")); diff != "" {
		t.Error(diff)
	}
	out, err := m.Restore(t.Context(), Scope{App: migratedApp}, before)
	must(t, err)
	if out.Lost != 1 { // w of z; those of the rows that stayed are not kept
		t.Errorf("%+v", out)
	}
	if diff := cmp.Diff(map[string]string{"x": "1", "y": "2", "z": "3"}, m.column("a", "u")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsPastAMigrationIsNotInItsHistory(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL)")
	gather(list...)
	const change = "UPDATE {a} SET price = price * 100; DELETE FROM {a} WHERE note IS NULL AND price > 100"
	a.migrate(change)
	a.do("UPDATE {a} SET price = 700 WHERE id = 'x'", "INSERT INTO {a} VALUES ('new', 800, NULL)")
	gather(list...)
	before := b.mark()
	b.migrate(change)
	if diff := cmp.Diff([]string{"id=new price=800 note=<nil>", "id=x price=700 note=<nil>"}, b.at(before, "a")); diff != "" {
		t.Error(diff)
	}
	if list := b.moments(); list[0] > before {
		t.Errorf("moments %v after %d", list, before)
	}
}

// TestRowsOfADroppedTableAreCounted: they cannot come back, and that is said.
func TestRowsOfADroppedTableAreCounted(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		m := newMigrated(t, table, strings.ReplaceAll(table, "{a}", "{b}"))
		m.do("INSERT INTO {b} VALUES ('x', 1, 'a'), ('y', 2, 'b'), ('z', 3, 'c')", "INSERT INTO {a} VALUES ('stays', 1, 'a')")
		first := m.clock.last.Load()
		m.do("DELETE FROM {b} WHERE id = 'x'", "UPDATE {b} SET price = 9 WHERE id = 'y'", "INSERT INTO {b} VALUES ('late', 4, 'd'), ('later', 5, 'e')")
		before := m.mark()
		m.migrate("DELETE FROM {b} WHERE id = 'late'; DROP TABLE {b}; CREATE TABLE {c} (id TEXT PRIMARY KEY NOT NULL)")
		m.do("INSERT INTO {c} VALUES ('new')")
		for moment, gone := range map[int64]int{first: 3, before: 4, m.clock.last.Load(): 0, 0: 0} {
			d, err := m.Difference(t.Context(), Scope{App: migratedApp}, moment)
			must(t, err)
			if d.Gone != gone {
				t.Errorf("at %d: %d rows are gone, want %d", moment, d.Gone, gone)
			}
		}
		out, err := m.Restore(t.Context(), Scope{App: migratedApp}, before)
		must(t, err)
		if out.Gone != 4 || out.Deleted != 1 {
			t.Errorf("%+v", out)
		}
		must(t, m.Check(t.Context(), nil))
	})
}

// Rows of a table that an update lets be synced were there before it, but nothing
// says how: going back there deletes none of them.
func TestNobodyGoesBackBeforeATableBeganToSync(t *testing.T) {
	m := newMigrated(t, "CREATE TABLE {a_no_sync} (id TEXT PRIMARY KEY NOT NULL, price)")
	m.do("INSERT INTO {a_no_sync} VALUES ('x', 1)")
	before := m.mark()
	m.migrate("ALTER TABLE {a_no_sync} RENAME TO {a}")
	began := m.clock.last.Load()
	if _, err := m.Restore(t.Context(), Scope{App: migratedApp}, before); fault.Code(err) != "crdt.history_gone" {
		t.Errorf("%v", err)
	}
	m.do("UPDATE {a} SET price = 2")
	_, err := m.Restore(t.Context(), Scope{App: migratedApp}, began)
	must(t, err)
	want(t, map[string]string{"x": "1"}, m)
}
