package crdt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// More stories of devices that run a migration late: what was collected, what is
// hidden, and what refers to rows that are dead.

// everybody collects what all devices have seen.
func everybodyCollects(list ...*migrated) {
	t := list[0].t
	t.Helper()
	gather(list...)
	gathered(list...)
	seen, err := list[0].Vector(t.Context())
	must(t, err)
	for _, m := range list {
		_, err := m.Collect(t.Context(), seen)
		must(t, err)
	}
}

func TestASeedThatIsCollectedIsNotMadeAnew(t *testing.T) {
	for _, first := range []bool{false, true} { // the migrations run before the snapshot comes
		list := devices(t, 2, prices, seeds)
		a := list[0]
		a.do("INSERT INTO {a} VALUES ('x', 1, NULL)", "UPDATE {a} SET price = 7 WHERE id = 'seed2'")
		gather(list...)
		a.do("DELETE FROM {a} WHERE id IN ('seed', 'x')")
		everybodyCollects(list...)
		late := newMigrated(t)
		if first {
			late.migrate(prices)
			late.migrate(seeds)
			relay(a, late)
		} else {
			relay(a, late)
			late.migrate(prices)
			late.migrate(seeds)
		}
		list = append(list, late)
		want(t, map[string]string{"seed2": "7"}, list...)
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"seed2": "7"}, list...)
	}
}

func TestCollectingDoesNotHideWhatIsMigrated(t *testing.T) {
	list := devices(t, 3, prices)
	a, b, late := list[0], list[1], list[2]
	must(t, a.SetHistory(t.Context(), migratedApp, HistoryBounds{Off: true}))
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 1, NULL)")
	gather(list...)
	a.migrate(toCents)
	a.do("UPDATE {a} SET price = 200 WHERE id = 'x'")
	gather(list...)
	b.do("UPDATE {a} SET price = 3 WHERE id = 'y'")
	everybodyCollects(list...)
	b.migrate(toCents)
	gather(a, b)
	fresh := newMigrated(t)
	relay(a, fresh)
	fresh.migrate(prices)
	fresh.migrate(toCents)
	late.migrate(toCents)
	list = append(list, fresh)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"x": "200", "y": "300"}, list...)
}

// A row that only one device's migration makes refers to a seed that a person
// has deleted on another: it waits for its parent on both.
func TestAChildOfASeedThatIsDeadIsHidden(t *testing.T) {
	list := devices(t, 3, prices+`; CREATE TABLE {c} (id TEXT PRIMARY KEY NOT NULL);
		CREATE TABLE {b} (id TEXT PRIMARY KEY NOT NULL, up TEXT REFERENCES {a} (id))`)
	a, b, c := list[0], list[1], list[2]
	const change = seeds + "; INSERT OR IGNORE INTO {b} SELECT id, 'seed' FROM {c}"
	a.migrate(change)
	a.do("DELETE FROM {a} WHERE id = 'seed'")
	b.do("INSERT INTO {c} VALUES ('mine')")
	gather(a, b)
	b.migrate(change)
	if got := b.column("b", "up"); len(got) != 0 {
		t.Errorf("it is seen: %v", got)
	}
	gather(list...)
	c.migrate(change)
	gather(list...)
	agree(t, list...)
	a.do("INSERT INTO {a} VALUES ('seed', 9, NULL)")
	gather(list...)
	agree(t, list...)
	for _, m := range list {
		if diff := cmp.Diff(map[string]string{"mine": "seed"}, m.column("b", "up")); diff != "" {
			t.Error(diff)
		}
	}
}

// A migration makes a row whose key has a hidden row that was made after it.
func TestAHiddenRowThatIsPastAMigrationStays(t *testing.T) {
	list := devices(t, 2, "CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, price UNIQUE, note)")
	a, b := list[0], list[1]
	const change = "INSERT OR IGNORE INTO {a} VALUES ('seed', 1, NULL)"
	a.migrate(change)
	a.do("DELETE FROM {a} WHERE id = 'seed'", "INSERT INTO {a} VALUES ('seed', 5, 'mine')")
	b.do("INSERT INTO {a} VALUES ('other', 5, NULL)")
	gather(list...)
	b.migrate(change)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"other": "5"}, list...)
	b.do("UPDATE {a} SET price = 6 WHERE id = 'other'")
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"other": "6", "seed": "5"}, list...)
}

// The key of a seed that is dead is free again.
func TestADeadSeedIsInNobodysWay(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 2, table)
		a, b := list[0], list[1]
		a.migrate(seeds)
		a.do("DELETE FROM {a}")
		gather(list...)
		b.migrate(seeds)
		b.do("INSERT INTO {a} VALUES ('seed', 3, 'mine')")
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"seed": "3"}, list...)
		b.restart()
		b.migrate("UPDATE {a} SET price = 4")
		gather(list...)
		a.migrate("UPDATE {a} SET price = 4")
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"seed": "4"}, list...)
	})
}
