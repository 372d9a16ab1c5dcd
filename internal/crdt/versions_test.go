package crdt

import (
	"bytes"
	"testing"
)

// give lets to merge all that from has to tell, as one snapshot or log.
func give(from, to *replica, snapshot bool) Report {
	from.t.Helper()
	var b bytes.Buffer
	if snapshot {
		_, err := from.Snapshot(from.t.Context(), &b)
		must(from.t, err)
	} else {
		v, err := to.Vector(from.t.Context())
		must(from.t, err)
		_, err = from.Changes(from.t.Context(), v, &b)
		must(from.t, err)
	}
	if b.Len() == 0 {
		return Report{}
	}
	report, err := to.Apply(from.t.Context(), &b, ApplyOptions{})
	must(from.t, err)
	return report
}

func (m *migrated) seen(want string) {
	m.t.Helper()
	same(m.t, own(`SELECT * FROM {n} ORDER BY id`), want, m.replica)
}

const (
	tableN  = `CREATE TABLE {n} (id TEXT PRIMARY KEY, a)`
	columnB = `ALTER TABLE {n} ADD COLUMN b TEXT NOT NULL DEFAULT 'none'`
)

func TestWhatHasNoSchemaYetWaits(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		old, young := newMigrated(t), newMigrated(t, tableN, columnB)
		young.do(`INSERT INTO {n} VALUES ('k', 1, 'one'), ('l', 2, 'two'), ('m', 3, 'three')`)
		if r := give(young.replica, old.replica, snapshot); r.Parked != 3 {
			t.Errorf("%+v", r)
		}
		young.do(`UPDATE {n} SET b = 'ONE' WHERE id = 'k'`, `DELETE FROM {n} WHERE id = 'l'`)
		give(young.replica, old.replica, snapshot)
		// The table comes, its column later.
		old.migrate(tableN)
		old.seen("k 1\nm 3")
		old.do(`UPDATE {n} SET a = 'old' WHERE id = 'm'`)
		young.do(`UPDATE {n} SET b = 'THREE' WHERE id = 'm'`)
		if r := give(young.replica, old.replica, snapshot); r.Parked == 0 {
			t.Errorf("%+v", r)
		}
		// Who gets a snapshot gets what is parked in it.
		third := newMigrated(t, tableN, columnB)
		give(old.replica, third.replica, true)
		third.seen("k 1 ONE\nm old THREE")
		old.migrate(columnB)
		old.seen("k 1 ONE\nm old THREE")
		same(t, `SELECT count(*) FROM alcove_crdt_parked`, "0", old.replica)
		give(old.replica, young.replica, false)
		young.seen("k 1 ONE\nm old THREE")
	}
}

func TestParkedCellsDoNotBringARowBack(t *testing.T) {
	old, young := newMigrated(t, tableN), newMigrated(t, tableN, columnB)
	young.do(`INSERT INTO {n} VALUES ('k', 1, 'one'), ('l', 2, 'two')`)
	give(young.replica, old.replica, false)
	old.do(`DELETE FROM {n} WHERE id = 'k'`)
	old.migrate(columnB)
	old.seen("l 2 two")
	give(old.replica, young.replica, false)
	young.seen("l 2 two")
}

func TestRowsOfOlderVersionsHaveTheDefault(t *testing.T) {
	old, young := newMigrated(t, tableN), newMigrated(t, tableN, columnB)
	old.do(`INSERT INTO {n} VALUES ('k', 1)`)
	give(old.replica, young.replica, false)
	young.seen("k 1 none")
	young.do(`UPDATE {n} SET b = 'b'`)
	old.migrate(columnB)
	give(young.replica, old.replica, false)
	old.seen("k 1 b")
}

func TestWhatIsOfADroppedColumnIsDiscarded(t *testing.T) {
	old, young := newMigrated(t, tableN, columnB), newMigrated(t, tableN, columnB, `ALTER TABLE {n} DROP COLUMN b`)
	old.do(`INSERT INTO {n} VALUES ('k', 1, 'one')`)
	if r := give(old.replica, young.replica, false); r.Parked != 0 {
		t.Errorf("%+v", r)
	}
	young.seen("k 1")
	old.migrate(`ALTER TABLE {n} DROP COLUMN b`)
	young.do(`UPDATE {n} SET a = 2`)
	give(young.replica, old.replica, false)
	old.seen("k 2")
	young.migrate(`DROP TABLE {n}`)
	old.do(`UPDATE {n} SET a = 3`)
	if r := give(old.replica, young.replica, false); r.Parked != 0 || len(r.Tables) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestHiddenRowsFollowTheSchema(t *testing.T) {
	table := `CREATE TABLE {n} (id TEXT PRIMARY KEY, u); CREATE UNIQUE INDEX {n_u} ON {n} (u)`
	a, b := newMigrated(t, table), newMigrated(t, table)
	a.do(`INSERT INTO {n} VALUES ('a', 'same')`)
	b.do(`INSERT INTO {n} VALUES ('b', 'same')`)
	give(a.replica, b.replica, false)
	give(b.replica, a.replica, false)
	a.do(`UPDATE {n} SET u = u`)
	for _, m := range []*migrated{a, b} {
		m.migrate(`ALTER TABLE {n} RENAME COLUMN u TO v`)
		m.migrate(`ALTER TABLE {n} ADD COLUMN x DEFAULT 7`)
		same(t, own(`SELECT count(*) FROM {n}`), "1", m.replica)
		m.migrate(`DROP INDEX {n_u}`)
		m.seen("a same 7\nb same 7")
	}
	// The rebuild idiom, and a stricter constraint than before.
	for _, m := range []*migrated{a, b} {
		m.do(`UPDATE {n} SET v = id`)
	}
	a.do(`UPDATE {n} SET v = 'a' WHERE id = 'a'`)
	for _, m := range []*migrated{a, b} {
		m.migrate(`CREATE TABLE {__new_n} (id TEXT PRIMARY KEY, v UNIQUE, x);
			INSERT INTO {__new_n} SELECT id, v, x FROM {n}; DROP TABLE {n}; ALTER TABLE {__new_n} RENAME TO {n}`)
		m.seen("a a 7\nb b 7")
	}
	a.do(`INSERT INTO {n} VALUES ('c', 'new', 1)`)
	b.do(`INSERT INTO {n} VALUES ('d', 'new', 2)`)
	for range 2 {
		give(a.replica, b.replica, false)
		give(b.replica, a.replica, false)
	}
	if x, y := a.rows(own(`SELECT * FROM {n} ORDER BY id`)), b.rows(own(`SELECT * FROM {n} ORDER BY id`)); x != y || len(x) != len("a a 7\nb b 7\nc new 1") {
		t.Errorf("%s\n\n%s", x, y)
	}
}
