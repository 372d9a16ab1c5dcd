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
