package crdt

import "testing"

// The sender's table has no index; the receiver's has one that fails on what is
// not JSON. What it refuses waits, and nothing else does.
func TestWhatAnIndexRefusesWaits(t *testing.T) {
	const index = `CREATE INDEX {n_x} ON {n} (json_extract(doc, '$.a'))`
	table := `CREATE TABLE {n} (id TEXT PRIMARY KEY, doc, a)`
	for _, snapshot := range []bool{false, true} {
		old, young := newMigrated(t, table), newMigrated(t, table, index)
		old.do(`INSERT INTO {n} VALUES ('k', '[7]', 1), ('l', 'no json', 2), ('m', '[1]', 3)`)
		if r := give(old.replica, young.replica, snapshot); r.Parked != 1 || r.Conflicts != 1 {
			t.Errorf("%+v", r)
		}
		young.seen("k [7] 1\nl <nil> 2\nm [1] 3")
		old.do(`UPDATE {n} SET doc = 'bad', a = 10 WHERE id = 'k'`, `UPDATE {n} SET a = 30 WHERE id = 'm'`)
		give(old.replica, young.replica, snapshot)
		young.seen("k [7] 10\nl <nil> 2\nm [1] 30")
		same(t, `SELECT kind, k FROM alcove_crdt_conflict ORDER BY k`, "refused x03016b\nrefused x03016c", young.replica)
		list, err := young.Conflicts(t.Context(), testApp, 0, 10)
		must(t, err)
		for _, c := range list {
			if c.Kind != ConflictRefused || len(c.Values) != 1 {
				t.Errorf("%+v", c)
			}
		}
		old.do(`UPDATE {n} SET doc = '[]' WHERE id = 'l'`)
		give(old.replica, young.replica, snapshot)
		young.seen("k [7] 10\nl [] 2\nm [1] 30")
		// What waits is merged when the index is gone, and what came later stands.
		young.migrate(`DROP INDEX {n_x}`)
		young.seen("k bad 10\nl [] 2\nm [1] 30")
	}
}

// A row is refused whole if no value but the refused one would do.
func TestARowThatNothingHelpsWaits(t *testing.T) {
	const index = `CREATE INDEX {n_x} ON {n} (json_extract(doc, '$.a'))`
	table := `CREATE TABLE {n} (id TEXT PRIMARY KEY, doc TEXT NOT NULL, a)`
	old, young := newMigrated(t, table), newMigrated(t, table, index)
	old.do(`INSERT INTO {n} VALUES ('k', 'bad', 1), ('l', '[1]', 2)`)
	if r := give(old.replica, young.replica, false); r.Parked != 1 || r.Conflicts != 1 {
		t.Errorf("%+v", r)
	}
	young.seen("l [1] 2")
	young.migrate(`DROP INDEX {n_x}`)
	young.seen("k bad 1\nl [1] 2")
	give(young.replica, old.replica, false)
	old.seen("k bad 1\nl [1] 2")
}

// A hidden row that the table does not take stays hidden, in the way of none.
func TestAHiddenRowThatIsRefusedStandsInNobodysWay(t *testing.T) {
	const index = `CREATE INDEX {n_x} ON {n} (json_extract(doc, '$.a'))`
	table := `CREATE TABLE {n} (id TEXT PRIMARY KEY, u, doc); CREATE UNIQUE INDEX {n_u} ON {n} (u)`
	now := stepping()
	old, young := &migrated{replica: newReplica(t, now)}, &migrated{replica: newReplica(t, now)}
	old.migrate(table)
	young.migrate(table)
	young.migrate(index)
	old.do(`INSERT INTO {n} VALUES ('m', 1, '[1]')`)
	young.do(`INSERT INTO {n} VALUES ('k', 1, '[1]')`)
	give(old.replica, young.replica, false)
	old.do(`UPDATE {n} SET doc = 'bad'`)
	give(old.replica, young.replica, false)
	same(t, `SELECT kind FROM alcove_crdt_conflict`, "unique", young.replica)
	young.do(`DELETE FROM {n} WHERE id = 'k'`)
	same(t, `SELECT kind FROM alcove_crdt_conflict`, "refused", young.replica)
	young.do(`INSERT INTO {n} VALUES ('n', 1, '[1]')`)
	old.do(`UPDATE {n} SET doc = '[]' WHERE id = 'm'`, `UPDATE {n} SET u = 2 WHERE id = 'm'`)
	give(old.replica, young.replica, false)
	if got := young.rows(own(`SELECT id, u FROM {n} ORDER BY id`)); got != "m 2\nn 1" {
		t.Errorf("%s", got)
	}
}

// conflicts is the list of conflicts of the app, newest first.
func (m *migrated) conflicts() []Conflict {
	m.t.Helper()
	list, err := m.Conflicts(m.t.Context(), migratedApp, 0, 10)
	must(m.t, err)
	return list
}

// A person can have what was refused as soon as it fits, and nothing of it goes
// as long as it does not.
func TestWhatWasRefusedIsTakenWhenItFits(t *testing.T) {
	const table = `CREATE TABLE {n} (id TEXT PRIMARY KEY, doc NOT NULL, plain)`
	const index = `CREATE INDEX {n_x} ON {n} (CASE WHEN plain THEN 1 ELSE json_extract(doc, '$.a') END)`
	for _, restore := range []func(*migrated, int64) error{
		func(m *migrated, id int64) error { return m.RestoreLost(m.t.Context(), id) },
		func(m *migrated, id int64) error { return m.RestoreHidden(m.t.Context(), id) },
	} {
		all := several(t, 2, table)
		old, young := all[0], all[1]
		young.migrate(index)
		old.do(`INSERT INTO {n} VALUES ('k', '[1]', 0)`)
		give(old.replica, young.replica, false)
		old.do(`UPDATE {n} SET doc = 'bad'`, `INSERT INTO {n} VALUES ('l', 'bad', 0)`)
		give(old.replica, young.replica, false)
		young.seen("k [1] 0")
		list := young.conflicts()
		if len(list) != 2 {
			t.Fatalf("%+v", list)
		}
		for _, c := range list {
			if err := restore(young, c.ID); codeOf(err) != "crdt.refused" {
				t.Errorf("%v", err)
			}
		}
		young.seen("k [1] 0")
		same(t, `SELECT count(*) FROM alcove_crdt_parked`, "2", young.replica)
		if again := young.conflicts(); len(again) != 2 {
			t.Errorf("%+v", again)
		}
		young.do(`UPDATE {n} SET plain = 1`)
		young.seen("k [1] 1")
		must(t, restore(young, list[1].ID))
		young.seen("k bad 1")
		if err := restore(young, list[1].ID); codeOf(err) != "crdt.no_conflict" {
			t.Errorf("%v", err)
		}
		if again := young.conflicts(); len(again) != 1 || again[0].ID != list[0].ID {
			t.Errorf("%+v", again)
		}
		old.do(`UPDATE {n} SET plain = 1 WHERE id = 'l'`)
		give(old.replica, young.replica, false)
		give(young.replica, old.replica, false)
		young.seen("k bad 1\nl bad 1")
		old.seen("k bad 1\nl bad 1")
		if again := young.conflicts(); len(again) != 0 {
			t.Errorf("%+v", again)
		}
	}
}

// The same of a row that is hidden because the table does not take it.
func TestAHiddenRowThatIsRefusedIsTriedAgain(t *testing.T) {
	all := several(t, 2, `CREATE TABLE {n} (id TEXT PRIMARY KEY, u, doc); CREATE UNIQUE INDEX {n_u} ON {n} (u)`)
	old, young := all[0], all[1]
	young.migrate(docIndex)
	old.do(`INSERT INTO {n} VALUES ('m', 1, '[1]')`)
	young.do(`INSERT INTO {n} VALUES ('k', 1, '[1]')`)
	give(old.replica, young.replica, false)
	old.do(`UPDATE {n} SET doc = 'bad'`)
	give(old.replica, young.replica, false)
	young.do(`DELETE FROM {n} WHERE id = 'k'`)
	young.seen("")
	list := young.conflicts()
	if len(list) != 1 || list[0].Kind != ConflictRefused {
		t.Fatalf("%+v", list)
	}
	for _, err := range []error{young.RestoreHidden(t.Context(), list[0].ID), young.RestoreLost(t.Context(), list[0].ID)} {
		if codeOf(err) != "crdt.refused" {
			t.Errorf("%v", err)
		}
	}
	if again := young.conflicts(); len(again) != 1 || again[0].ID != list[0].ID {
		t.Errorf("%+v", again)
	}
	young.migrate(noDocIndex)
	young.seen("m 1 bad")
	if again := young.conflicts(); len(again) != 0 {
		t.Errorf("%+v", again)
	}
}

// A change of which the table refuses one value, and that hides its row for
// another one, leaves the refused one waiting with its stamp.
func TestARefusedValueOfARowThatIsHiddenWaits(t *testing.T) {
	const unique = `CREATE UNIQUE INDEX {n_u} ON {n} (u)`
	for _, indexes := range [][]string{{docIndex, unique}, {unique, docIndex}} {
		for _, order := range []string{"id TEXT PRIMARY KEY, doc, u", "id TEXT PRIMARY KEY, u, doc"} {
			all := several(t, 2, `CREATE TABLE {n} (`+order+`)`)
			old, young := all[0], all[1]
			for _, text := range indexes {
				young.migrate(text)
			}
			old.do(`INSERT INTO {n} (id, doc, u) VALUES ('k', '[1, 2, 3]', 1)`)
			give(old.replica, young.replica, false)
			young.do(`INSERT INTO {n} (id, doc, u) VALUES ('l', '[2]', 2)`)
			old.do(`UPDATE {n} SET doc = 'bad', u = 2`)
			give(old.replica, young.replica, false)
			const rows = `SELECT id, doc, u FROM {n} ORDER BY id`
			same(t, own(rows), "l [2] 2", young.replica)
			young.do(`DELETE FROM {n} WHERE id = 'l'`)
			young.migrate(noDocIndex)
			same(t, own(rows), "k bad 2", young.replica)
		}
	}
}

// What is refused of a visible row stays on the list when the row is hidden for
// a while.
func TestHidingKeepsTheListOfWhatIsRefused(t *testing.T) {
	all := several(t, 2, `CREATE TABLE {n} (id TEXT PRIMARY KEY, u, doc); CREATE UNIQUE INDEX {n_u} ON {n} (u)`)
	old, young := all[0], all[1]
	young.migrate(docIndex)
	old.do(`INSERT INTO {n} VALUES ('k', 1, '[1]')`)
	give(old.replica, young.replica, false)
	old.do(`UPDATE {n} SET doc = 'bad'`)
	give(old.replica, young.replica, false)
	old.do(`INSERT INTO {n} VALUES ('l', 2, '[2]')`)
	give(old.replica, young.replica, false)
	young.do(`INSERT INTO {n} VALUES ('m', 3, '[3]')`)
	old.do(`UPDATE {n} SET u = 3 WHERE id = 'k'`)
	give(old.replica, young.replica, false)
	young.seen("l 2 [2]\nm 3 [3]")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "refused\nunique", young.replica)
	young.do(`DELETE FROM {n} WHERE id = 'm'`)
	young.seen("k 3 [1]\nl 2 [2]")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "refused", young.replica)
	young.migrate(noDocIndex)
	young.seen("k 3 bad\nl 2 [2]")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "", young.replica)
}

// A hidden row that comes back when its parent does, and is refused then, lets
// go at once of the unique value that it kept from others.
func TestARowThatIsRefusedWhenItsParentComesLetsGo(t *testing.T) {
	all := several(t, 3, `CREATE TABLE {p} (id TEXT PRIMARY KEY);
		CREATE TABLE {n} (id TEXT PRIMARY KEY, u, doc, p TEXT REFERENCES {p} (id)); CREATE UNIQUE INDEX {n_u} ON {n} (u)`)
	old, other, young := all[0], all[1], all[2]
	young.migrate(docIndex)
	young.do(`INSERT INTO {n} VALUES ('a', 1, '[1]', NULL)`)
	old.do(`INSERT INTO {p} VALUES ('p')`)
	give(old.replica, other.replica, false)
	other.do(`DELETE FROM {p}`)
	old.do(`INSERT INTO {n} VALUES ('b', 1, '[1]', 'p')`)
	give(old.replica, young.replica, false)
	give(other.replica, young.replica, false)
	old.do(`UPDATE {n} SET doc = 'bad'`)
	give(old.replica, young.replica, false)
	young.seen("")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "foreign\nunique", young.replica)
	other.do(`INSERT INTO {p} VALUES ('p')`)
	give(other.replica, young.replica, false)
	young.seen("a 1 [1] <nil>")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "refused", young.replica)
}
