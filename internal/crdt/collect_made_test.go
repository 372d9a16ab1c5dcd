package crdt

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// forgetOne lets the first device forget that 'k' died, and the second delete the
// row from which a migration is to make it again.
func forgetOne(list []*migrated, from string) {
	a := list[0]
	a.t.Helper()
	a.do("INSERT INTO {a} VALUES ('k', 5, NULL), ('" + from + "', 7, NULL)")
	a.do("DELETE FROM {a} WHERE id = 'k'")
	gather(list...)
	if info := a.collectBelow(list...); info.Tombstones != 1 {
		a.t.Fatalf("forgot %+v", info)
	}
	list[1].do("DELETE FROM {a} WHERE id = '" + from + "'")
}

// One device has forgotten a tombstone, another has not, and a migration makes a
// row of that key on the first only, because it found other rows. The second
// hears of the row after it ran the migration; or before, and a third from it.
func TestARowMadeOnOneDeviceOutlivesASettledTombstone(t *testing.T) {
	for _, n := range []int{2, 3} {
		both(t, func(t *testing.T, table string) {
			list := devices(t, n, table)
			forgetOne(list, "from")
			for _, m := range list {
				m.migrate("INSERT OR IGNORE INTO {a} SELECT 'k', price, NULL FROM {a} WHERE id = 'from'")
				if n == 3 && m == list[0] {
					gather(list[:2]...)
					relay(list[1], list[2])
				}
			}
			gather(list...)
			agree(t, list...)
		})
	}
}

// The same by an UPDATE of the key, as the second device has deleted the row.
func TestAKeyRewrittenOutlivesASettledTombstone(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 2, table)
		a, b := list[0], list[1]
		forgetOne(list, "K")
		const change = "UPDATE {a} SET id = lower(id)"
		a.migrate(change)
		b.migrate(change)
		gather(list...)
		agree(t, list...)
	})
}

// What devices know of each other's versions is about the app's own migrations:
// a tombstone goes although another app's migration has yet to make the row here.
func TestARowMadeByAnotherAppOutlivesASettledTombstone(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	const change = "INSERT OR IGNORE INTO {a} VALUES ('seed', 1, NULL)"
	b.granted(store.ActionReadWrite, change)
	for _, step := range buriedTwice {
		b.do(step)
	}
	gather(list...)
	a.collectBelow(list...)
	a.granted(store.ActionReadWrite, change)
	gather(list...)
	agree(t, list...)
}

// A device collects alone, in steps, and somebody joins between two of them.
func TestWhoIsJoinedWhileCollectingAloneKeepsTombstones(t *testing.T) {
	a := newMigrated(t, prices, seeds)
	for _, step := range buriedTwice {
		a.do(step)
	}
	v, err := a.Vector(t.Context())
	must(t, err)
	c := collection{e: a.Engine, ctx: t.Context(), alone: true, told: map[string]int64{}}
	must(t, c.step(func(tx *store.Tx, reg *registry) error { return c.note(tx, reg, Vector{a.Self(): v[a.Self()]}) }))
	b := newMigrated(t)
	relay(a, b)
	must(t, c.table(tableRef{a.table("a").id, migratedApp}, newSweep(), nil))
	d := newMigrated(t)
	relay(a, d)
	for _, m := range []*migrated{b, d} {
		m.migrate(prices)
		m.migrate(seeds)
	}
	gather(a, b, d)
	agree(t, a, b, d)
}

// What a copy of the vault wrote under the site that both had is taken, although
// times of that site were seen: nobody has forgotten anything.
func TestWhatACopyWroteIsMerged(t *testing.T) {
	a := newReplica(t)
	createTracked(a, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)`)
	a.exec("INSERT INTO notes VALUES ('k', 1), ('l', 1)")
	copied := a.copied()
	a.exec("INSERT INTO notes VALUES ('of a', 1)")
	copied.exec("INSERT INTO notes VALUES ('of the copy', 1)", "UPDATE notes SET body = 2 WHERE id = 'k'", "DELETE FROM notes WHERE id = 'l'")
	a.exec("INSERT INTO notes VALUES ('of a too', 1)")
	must(t, copied.NewIncarnation(t.Context()))
	for range 2 {
		must(t, snapshotTo(t, copied, a))
		must(t, snapshotTo(t, a, copied))
	}
	if x, y := a.dump("notes"), copied.dump("notes"); strings.Join(x, "|") != strings.Join(y, "|") {
		t.Errorf("%v\n%v", x, y)
	}
}

// The number of another app's migration is none of the app's own: what comes of a
// row that it made is merged, as the row is here.
func TestARowThatAnotherAppMadeWaitsForNothing(t *testing.T) {
	for _, first := range []bool{false, true} {
		list := devices(t, 2, prices)
		a, b := list[0], list[1]
		made := func(m *migrated) {
			m.granted(store.ActionReadWrite, "SELECT 1")
			m.granted(store.ActionReadWrite, "INSERT OR IGNORE INTO {a} VALUES ('seed', 1, NULL)")
		}
		made(a)
		if first {
			made(b)
		}
		gather(list...)
		a.do("UPDATE {a} SET price = 2 WHERE id = 'seed'")
		gather(list...)
		if !first {
			made(b)
		}
		gather(list...)
		want(t, map[string]string{"seed": "2"}, list...)
		agree(t, list...)
	}
}
