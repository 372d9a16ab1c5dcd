package crdt

import "testing"

// TestRowsOfATableWithAnotherKeyAreCounted gives a table another key: which row
// is which cannot be told then, so none of those of before comes back, and that
// is said.
func TestRowsOfATableWithAnotherKeyAreCounted(t *testing.T) {
	m := newMigrated(t, prices)
	m.do("INSERT INTO {a} VALUES ('x', 1, 'a'), ('y', 2, 'b')")
	then := m.mark()
	m.do("DELETE FROM {a} WHERE id = 'x'", "UPDATE {a} SET price = 20")
	m.migrate("CREATE TABLE {__new_a} (id TEXT NOT NULL, price, note, PRIMARY KEY (id, note)); INSERT INTO {__new_a} SELECT * FROM {a}; DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}")
	d, err := m.Difference(t.Context(), Scope{App: migratedApp}, then)
	must(t, err)
	if d.Gone != 2 {
		t.Errorf("%d rows are gone, not 2", d.Gone)
	}
}

// TestWhatWaitsForAColumnIsCounted deletes a row of which a value waits for a
// newer version of the app, and puts it back.
func TestWhatWaitsForAColumnIsCounted(t *testing.T) {
	const more = "ALTER TABLE {a} ADD COLUMN more DEFAULT 'd'"
	old, young := newMigrated(t, prices), newMigrated(t, prices, more)
	old.do("INSERT INTO {a} VALUES ('k', 1, 'n')")
	gather(old, young)
	before := old.mark()
	young.do("UPDATE {a} SET more = 'precious'")
	gather(old, young)
	then := old.mark()
	old.do("DELETE FROM {a}")
	d, err := old.Difference(t.Context(), Scope{App: migratedApp}, before)
	must(t, err)
	if d.Lost != 0 {
		t.Errorf("%d values are lost that were not there yet", d.Lost)
	}
	d, err = old.Difference(t.Context(), Scope{App: migratedApp}, then)
	must(t, err)
	out, err := old.Restore(t.Context(), Scope{App: migratedApp}, then)
	must(t, err)
	if d.Lost != 1 || out.Lost != 1 {
		t.Errorf("%d values would be lost and %d were, not 1", d.Lost, out.Lost)
	}
	old.migrate(more)
	gather(old, young)
	if got := young.column("a", "more")["k"]; got != "d" {
		t.Errorf("more is %s", got)
	}
}

// TestRestoreIsDoneAlsoWhenAColumnChangedItsType goes back to before a migration
// that made numbers of texts: the numbers that come are no difference.
func TestRestoreIsDoneAlsoWhenAColumnChangedItsType(t *testing.T) {
	for _, c := range [][4]string{
		{"TEXT", "INTEGER", "'1'", "'2'"},
		{"INTEGER", "REAL", "1", "2"},
		{"REAL", "TEXT", "1.5", "2.5"},
		{"BLOB", "NUMERIC", "1.0", "2"},
	} {
		t.Run(c[0]+" to "+c[1], func(t *testing.T) {
			m := newMigrated(t, "CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, price "+c[0]+")")
			m.do("INSERT INTO {a} VALUES ('x', " + c[2] + "), ('gone', " + c[2] + ")")
			then := m.mark()
			m.do("UPDATE {a} SET price = "+c[3], "DELETE FROM {a} WHERE id = 'gone'")
			m.migrate("CREATE TABLE {__new_a} (id TEXT PRIMARY KEY NOT NULL, price " + c[1] + "); INSERT INTO {__new_a} SELECT id, price FROM {a}; DROP TABLE {a}; ALTER TABLE {__new_a} RENAME TO {a}")
			out, err := m.Restore(t.Context(), Scope{App: migratedApp}, then)
			must(t, err)
			if out.Updated != 1 || out.Inserted != 1 {
				t.Errorf("%+v", out)
			}
			if d, err := m.Difference(t.Context(), Scope{App: migratedApp}, then); err != nil || len(d.Tables) > 0 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}
