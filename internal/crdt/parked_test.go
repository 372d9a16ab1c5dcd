package crdt

import "testing"

// several are devices with one app, that share a clock and have run the same
// migrations.
func several(t *testing.T, n int, texts ...string) (all []*migrated) {
	t.Helper()
	now := stepping()
	for range n {
		d := &migrated{replica: newReplica(t, now)}
		for _, text := range texts {
			d.migrate(text)
		}
		all = append(all, d)
	}
	return all
}

// A parked cell wins over what it is later than, also if the table's cell has
// no stamp but that of its row's birth.
func TestAParkedCellIsNoLaterThanItIs(t *testing.T) {
	const table = `CREATE TABLE {n} (id TEXT PRIMARY KEY, x)`
	all := several(t, 3, table)
	a, b, old := all[0], all[1], all[2]
	a.migrate(`ALTER TABLE {n} ADD COLUMN y`)
	b.migrate(`ALTER TABLE {n} ADD COLUMN y`)
	a.do(`INSERT INTO {n} VALUES ('k', 1, 'A')`)
	b.do(`INSERT INTO {n} VALUES ('k', 2, 'B')`)
	give(a.replica, old.replica, false)
	give(old.replica, b.replica, true)
	b.seen("k 2 B")
	give(b.replica, a.replica, true)
	a.seen("k 2 B")
}

const (
	docN       = `CREATE TABLE {n} (id TEXT PRIMARY KEY, doc, a)`
	docIndex   = `CREATE INDEX {n_x} ON {n} (json_extract(doc, '$.a'))`
	noDocIndex = `DROP INDEX {n_x}`
)

// The same of a value that the table refused, in whatever order it came.
func TestARefusedCellIsNoLaterThanItIs(t *testing.T) {
	for _, first := range []int{0, 1} {
		all := several(t, 3, docN)
		young := all[2]
		young.migrate(docIndex)
		all[0].do(`INSERT INTO {n} VALUES ('k', 'bad', 1)`)
		all[1].do(`INSERT INTO {n} VALUES ('k', '[1]', 2)`)
		give(all[first].replica, young.replica, false)
		give(all[1-first].replica, young.replica, false)
		young.seen("k [1] 2")
		young.migrate(noDocIndex)
		young.seen("k [1] 2")
	}
}

const docNeeded = `CREATE TABLE {n} (id TEXT PRIMARY KEY, doc TEXT NOT NULL, a)`

// parkedWhole is two devices, of which the second does not take the row k of the
// first: it is parked whole.
func parkedWhole(t *testing.T) (old, young *migrated) {
	t.Helper()
	all := several(t, 2, docNeeded)
	old, young = all[0], all[1]
	young.migrate(docIndex)
	old.do(`INSERT INTO {n} VALUES ('k', 'bad', 1)`)
	give(old.replica, young.replica, false)
	young.seen("")
	same(t, `SELECT whole FROM alcove_crdt_parked`, "1", young.replica)
	return old, young
}

// What comes of a row that is parked whole is merged with it, and the row is
// shown when it can be, with all that is known of it.
func TestCellsOfARowThatIsParkedWhole(t *testing.T) {
	old, young := parkedWhole(t)
	old.do(`UPDATE {n} SET a = 5`)
	give(old.replica, young.replica, false)
	young.seen("")
	old.do(`UPDATE {n} SET doc = '[2]'`)
	give(old.replica, young.replica, false)
	young.seen("k [2] 5")
	same(t, `SELECT count(*) FROM alcove_crdt_parked`, "0", young.replica)
	same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", young.replica)

	old, young = parkedWhole(t)
	old.do(`UPDATE {n} SET a = 5`)
	give(old.replica, young.replica, true)
	young.migrate(noDocIndex)
	young.seen("k bad 5")
	same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", young.replica)
}

// A row that is parked whole dies like any other, and does not come back when
// its tombstone is forgotten.
func TestARowThatIsParkedWholeDies(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		old, young := parkedWhole(t)
		old.do(`DELETE FROM {n}`)
		give(old.replica, young.replica, snapshot)
		same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", young.replica)
		v, err := young.Vector(t.Context())
		must(t, err)
		_, err = young.Collect(t.Context(), v)
		must(t, err)
		young.migrate(noDocIndex)
		young.seen("")
	}
}

// A row that a longer life replaces and that the table then does not take is
// still known: what comes late of the life before does not bring that back.
func TestALongerLifeThatIsParkedStandsAgainstLateOnes(t *testing.T) {
	all := several(t, 3, docNeeded)
	a, b, young := all[0], all[1], all[2]
	young.migrate(docIndex)
	b.do(`INSERT INTO {n} VALUES ('k', '[0]', 0)`)
	a.do(`INSERT INTO {n} VALUES ('k', '[1]', 1)`)
	give(a.replica, young.replica, false)
	young.seen("k [1] 1")
	a.do(`DELETE FROM {n}`, `INSERT INTO {n} VALUES ('k', 'bad', 2)`)
	give(a.replica, young.replica, false)
	young.seen("")
	give(b.replica, young.replica, false)
	young.seen("")
	// Who inserts the key here begins a life that is longer than the parked one.
	young.do(`INSERT INTO {n} VALUES ('k', '[3]', 3)`)
	same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", young.replica)
	give(young.replica, a.replica, true)
	a.seen("k [3] 3")
	young.migrate(noDocIndex)
	young.seen("k [3] 3")
}

// All that is refused of a row is on the list, until it is not refused any more.
func TestTheListOfWhatIsRefused(t *testing.T) {
	all := several(t, 2, `CREATE TABLE {n} (id TEXT PRIMARY KEY, x, y)`)
	old, young := all[0], all[1]
	young.migrate(`CREATE INDEX {n_x} ON {n} (json_extract(x, '$.a')); CREATE INDEX {n_y} ON {n} (json_extract(y, '$.a'))`)
	old.do(`INSERT INTO {n} VALUES ('k', '[1]', '[1]')`)
	give(old.replica, young.replica, false)
	listed := func() (kinds []int) {
		t.Helper()
		list, err := young.Conflicts(t.Context(), migratedApp, 0, 10)
		must(t, err)
		for _, c := range list {
			if c.Kind != ConflictRefused {
				t.Errorf("%+v", c)
			}
			kinds = append(kinds, len(c.Values))
		}
		return kinds
	}
	old.do(`UPDATE {n} SET x = 'bad'`)
	give(old.replica, young.replica, false)
	old.do(`UPDATE {n} SET y = 'bad'`)
	give(old.replica, young.replica, false)
	if got := listed(); len(got) != 1 || got[0] != 2 {
		t.Errorf("%v", got)
	}
	old.do(`UPDATE {n} SET x = '[2]'`)
	give(old.replica, young.replica, false)
	if got := listed(); len(got) != 1 || got[0] != 1 {
		t.Errorf("%v", got)
	}
	young.seen("k [2] [1]")
	young.migrate(`DROP INDEX {n_y}`)
	if got := listed(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	young.seen("k [2] bad")
}

const (
	strictDoc = `CREATE TABLE {__new_n} (id TEXT PRIMARY KEY, doc NOT NULL, a UNIQUE); INSERT INTO {__new_n} SELECT * FROM {n}; DROP TABLE {n}; ALTER TABLE {__new_n} RENAME TO {n}`
	looseDoc  = `CREATE TABLE {__new_n} (id TEXT PRIMARY KEY, doc, a); INSERT INTO {__new_n} SELECT * FROM {n}; DROP TABLE {n}; ALTER TABLE {__new_n} RENAME TO {n}`
)

// A value of this device that gives way to one that is refused for now is on the
// list of what was lost, as if the other had been taken.
func TestWhatGivesWayToARefusedValueIsListed(t *testing.T) {
	all := several(t, 2, docN)
	old, young := all[0], all[1]
	young.migrate(strictDoc)
	old.do(`INSERT INTO {n} VALUES ('k', '[1]', 1)`)
	give(old.replica, young.replica, false)
	young.do(`UPDATE {n} SET doc = 'mine'`)
	old.do(`UPDATE {n} SET doc = NULL`)
	give(old.replica, young.replica, false)
	young.seen("k mine 1")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "lost\nrefused", young.replica)
	old.do(`UPDATE {n} SET a = 1`)
	again, _ := bytesOf(old.replica, 0)
	_, err := young.apply(again)
	must(t, err)
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "lost\nrefused", young.replica)
	young.migrate(looseDoc)
	young.seen("k <nil> 1")
	list := young.conflicts()
	if len(list) != 1 || list[0].Kind != ConflictLost {
		t.Fatalf("%+v", list)
	}
	must(t, young.RestoreLost(t.Context(), list[0].ID))
	young.seen("k mine 1")
}

// What is refused of a row that is hidden is listed too.
func TestWhatIsRefusedOfAHiddenRowIsListed(t *testing.T) {
	all := several(t, 2, docN)
	old, young := all[0], all[1]
	young.migrate(strictDoc)
	old.do(`INSERT INTO {n} VALUES ('k', '[1]', 1)`)
	young.do(`INSERT INTO {n} VALUES ('l', '[2]', 1)`)
	give(old.replica, young.replica, false)
	old.do(`UPDATE {n} SET doc = NULL`)
	give(old.replica, young.replica, false)
	young.seen("l [2] 1")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "refused\nunique", young.replica)
	young.migrate(looseDoc)
	young.seen("k <nil> 1\nl [2] 1")
	same(t, `SELECT kind FROM alcove_crdt_conflict ORDER BY kind`, "", young.replica)
}

// Parked cells do not make a row either when its tombstone is forgotten.
func TestParkedCellsOfAForgottenRowAreDropped(t *testing.T) {
	old, young := newMigrated(t, tableN), newMigrated(t, tableN, columnB)
	young.do(`INSERT INTO {n} VALUES ('k', 1, 'one'), ('l', 2, 'two')`)
	give(young.replica, old.replica, false)
	young.do(`DELETE FROM {n} WHERE id = 'k'`)
	give(young.replica, old.replica, false)
	v, err := old.Vector(t.Context())
	must(t, err)
	_, err = old.Collect(t.Context(), v)
	must(t, err)
	old.migrate(columnB)
	old.seen("l 2 two")
}

// What was parked of an app whose data was removed does not come back from who
// was away.
func TestWhatIsParkedOfRemovedDataDoesNotComeBack(t *testing.T) {
	all := several(t, 4)
	a, away, b, other := all[0], all[1], all[2], all[3]
	a.migrate(tableN)
	other.migrate(tableN)
	other.do(`INSERT INTO {n} VALUES ('m', 1)`)
	give(other.replica, away.replica, false)
	a.do(`INSERT INTO {n} VALUES ('k', 1)`)
	give(a.replica, away.replica, false)
	a.do(`DELETE FROM {n}`, `INSERT INTO {n} VALUES ('l', 1)`)
	a.removeAll(migratedApp)
	if got := len(a.stored(migratedApp + "n")); got != 0 {
		t.Errorf("%d rows are known, dead ones included", got)
	}
	b.migrate(tableN)
	give(a.replica, b.replica, true)
	give(away.replica, b.replica, true)
	b.seen("")
	give(b.replica, away.replica, true)
	same(t, `SELECT count(*) FROM alcove_crdt_parked`, "0", away.replica, b.replica)
}
