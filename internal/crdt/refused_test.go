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
