package crdt

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The stories of devices that run a migration late: after they have heard of
// what other devices wrote that had run it.

const (
	prices     = "CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, price, note)"
	toCents    = "UPDATE {a} SET price = price * 100"
	seeds      = "INSERT OR IGNORE INTO {a} VALUES ('seed', 1, NULL), ('seed2', 2, NULL)"
	withoutRid = "CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, price, note) WITHOUT ROWID"
)

// both calls fn for a table with rowids and one without.
func both(t *testing.T, fn func(t *testing.T, table string)) {
	t.Run("rowid", func(t *testing.T) { fn(t, prices) })
	t.Run("without rowid", func(t *testing.T) { fn(t, withoutRid) })
}

// want makes sure that every device shows these prices.
func want(t *testing.T, prices map[string]string, list ...*migrated) {
	t.Helper()
	for i, m := range list {
		if diff := cmp.Diff(prices, m.column("a", "price")); diff != "" {
			t.Errorf("device %d: %s", i, diff)
		}
	}
}

// relay gives to all that from has, as a snapshot.
func relay(from, to *migrated) {
	from.t.Helper()
	var all bytes.Buffer
	_, err := from.Snapshot(from.t.Context(), &all)
	must(from.t, err)
	_, err = to.Apply(from.t.Context(), &all, ApplyOptions{})
	must(from.t, err)
}

func TestAValueIsMigratedOnce(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 3, table)
		a, b, c := list[0], list[1], list[2]
		a.do("INSERT INTO {a} VALUES ('old', 10, NULL), ('edited', 20, NULL), ('late', 30, NULL)")
		gather(list...)
		a.migrate(toCents)
		a.do("UPDATE {a} SET price = 2100 WHERE id = 'edited'", "INSERT INTO {a} VALUES ('new', 5000, NULL)")
		b.do("UPDATE {a} SET price = 33 WHERE id = 'late'")
		gather(a, b)
		b.migrate(toCents)
		gather(a, b)
		agree(t, a, b)
		relay(b, c)
		c.migrate(toCents)
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"old": "1000", "edited": "2100", "late": "3300", "new": "5000"}, list...)
	})
}

func TestAValueIsMigratedOnceByEveryMigration(t *testing.T) {
	list := devices(t, 3, prices)
	a, b, c := list[0], list[1], list[2]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 1, NULL)")
	gather(list...)
	a.migrate(toCents)
	a.do("UPDATE {a} SET price = 200 WHERE id = 'x'")
	gather(list...)
	a.migrate("UPDATE {a} SET price = price * 10")
	a.do("UPDATE {a} SET price = 7000 WHERE id = 'y'", "UPDATE {a} SET note = 'no price' WHERE id = 'x'")
	relay(a, b)
	b.migrate(toCents)
	relay(b, c)
	b.migrate("UPDATE {a} SET price = price * 10")
	c.migrate(toCents)
	c.migrate("UPDATE {a} SET price = price * 10")
	want(t, map[string]string{"x": "2000", "y": "7000"}, list...)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"x": "2000", "y": "7000"}, list...)
}

func TestARestoredDeviceStandsWhereItsVaultDoes(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 1, NULL)")
	gather(list...)
	a.migrate(toCents)
	must(t, a.NewIncarnation(t.Context()))
	a.do("UPDATE {a} SET price = 200 WHERE id = 'x'")
	must(t, b.NewIncarnation(t.Context()))
	b.do("UPDATE {a} SET price = 3 WHERE id = 'y'")
	relay(a, b)
	b.migrate(toCents)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"x": "200", "y": "300"}, list...)
}

func TestADeletedSeedStaysDead(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 3, table)
		a, b, c := list[0], list[1], list[2]
		a.migrate(seeds)
		a.do("DELETE FROM {a} WHERE id = 'seed'", "UPDATE {a} SET price = 9 WHERE id = 'seed2'")
		gather(a, b)
		b.migrate(seeds)
		relay(b, c)
		c.migrate(seeds)
		want(t, map[string]string{"seed2": "9"}, list...)
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"seed2": "9"}, list...)
	})
}

func TestADeletedSeedStaysDeadWhenTheMigrationRanFirst(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.migrate(seeds)
	a.do("DELETE FROM {a} WHERE id = 'seed'")
	b.migrate(seeds)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"seed2": "2"}, list...)
}

func TestASeedThatWasDeletedBeforeIsMadeAgain(t *testing.T) {
	for _, late := range []bool{false, true} {
		list := devices(t, 2, prices)
		a, b := list[0], list[1]
		a.do("INSERT INTO {a} VALUES ('seed', 5, NULL)")
		gather(list...)
		b.do("DELETE FROM {a} WHERE id = 'seed'")
		gather(list...)
		a.migrate(seeds)
		if late {
			gather(list...)
		}
		b.migrate(seeds)
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"seed": "1", "seed2": "2"}, list...)
	}
}

func TestALaterMigrationMakesAgainWhatAnEarlierOneDeleted(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		list := devices(t, 3, prices)
		a, b, c := list[0], list[1], list[2]
		a.do("INSERT INTO {a} VALUES ('seed', 5, NULL)")
		gather(list...)
		a.migrate("DELETE FROM {a}")
		a.migrate(seeds)
		prices := map[string]string{"seed": "1", "seed2": "2"}
		if deleted {
			a.do("DELETE FROM {a} WHERE id = 'seed'")
			delete(prices, "seed")
		}
		gather(a, b)
		b.migrate("DELETE FROM {a}")
		relay(b, c)
		b.migrate(seeds)
		c.migrate("DELETE FROM {a}")
		c.migrate(seeds)
		gather(list...)
		agree(t, list...)
		want(t, prices, list...)
	}
}

func TestARowOutlivesAMigrationThatItsDeviceHadRun(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		list := devices(t, 3, table)
		a, b, c := list[0], list[1], list[2]
		a.do("INSERT INTO {a} VALUES ('kept', 1, 'x'), ('gone', 1, NULL)")
		gather(list...)
		const clean = "DELETE FROM {a} WHERE note IS NULL"
		a.migrate(clean)
		a.do("UPDATE {a} SET note = NULL WHERE id = 'kept'", "INSERT INTO {a} VALUES ('new', 3, NULL)")
		gather(a, b)
		b.do("UPDATE {a} SET price = 2 WHERE id = 'new'") // not sent yet when its row moves
		b.migrate(clean)
		gather(a, b)
		agree(t, a, b)
		relay(b, c)
		c.migrate(clean)
		gather(list...)
		agree(t, list...)
		want(t, map[string]string{"kept": "1", "new": "2"}, list...)
	})
}

func TestAKeyIsMigratedOnce(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL)")
	gather(list...)
	const change = "UPDATE {a} SET id = 'p' || id"
	a.migrate(change)
	a.do("INSERT INTO {a} VALUES ('py', 2, NULL)")
	gather(list...)
	b.migrate(change)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"px": "1", "py": "2"}, list...)
}

func TestWhatIsPastAMigrationKeepsItsUniqueValue(t *testing.T) {
	list := devices(t, 2, "CREATE TABLE {a} (id TEXT PRIMARY KEY NOT NULL, price UNIQUE, note)")
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 2, NULL)")
	gather(list...)
	const change = "UPDATE {a} SET price = 'n' || price"
	a.migrate(change)
	a.do("UPDATE {a} SET price = 5 WHERE id = 'x'")
	gather(list...)
	b.migrate(change)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"x": "5", "y": "n2"}, list...)
}

func TestASeedOfARemovedAppBeginsAnew(t *testing.T) {
	list := devices(t, 2, prices, toCents)
	a, b := list[0], list[1]
	a.removeApp()
	a.migrate(prices)
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL)")
	b.removeApp()
	b.migrate(prices)
	gather(list...)
	b.migrate(toCents)
	a.migrate(toCents)
	gather(list...)
	agree(t, list...)
	want(t, map[string]string{"x": "100"}, list...)
}

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
