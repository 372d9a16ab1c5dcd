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
