package crdt

import (
	"testing"
)

// replicas are the devices without what migrated adds to them.
func replicas(list ...*migrated) (out []*replica) {
	for _, m := range list {
		out = append(out, m.replica)
	}
	return out
}

// collectBelow lets a device forget what all of list have seen.
func (m *migrated) collectBelow(list ...*migrated) CollectInfo {
	m.t.Helper()
	info, err := m.Collect(m.t.Context(), horizon(m.t, replicas(list...)...))
	must(m.t, err)
	return info
}

// buriedTwice leaves the tombstone of a person for a row that a migration made.
var buriedTwice = []string{
	"DELETE FROM {a} WHERE id = 'seed'", "INSERT INTO {a} VALUES ('seed', 5, NULL)", "DELETE FROM {a} WHERE id = 'seed'",
}

// A device that joins and makes a row anew whose deletion one device has
// forgotten and another has not: all say the same of it.
func TestTombstonesOfSeededTablesStay(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		a, b, c := newMigrated(t, table, seeds), newMigrated(t, table, seeds), newMigrated(t, table)
		for _, step := range buriedTwice {
			a.do(step)
		}
		gather(a, b)
		a.collectBelow(a, b)
		relay(a, c)
		c.migrate(seeds)
		gather(a, b, c)
		want(t, map[string]string{"seed2": "2"}, a, b, c)
		agree(t, a, b, c)
	})
}

// The same where who collects has yet to run the migration.
func TestTombstonesStayUntilAllHaveRunAMigration(t *testing.T) {
	both(t, func(t *testing.T, table string) {
		a, b := newMigrated(t, table), newMigrated(t, table, seeds)
		for _, step := range buriedTwice {
			b.do(step)
		}
		gather(a, b)
		a.collectBelow(a, b)
		a.migrate(seeds)
		gather(a, b)
		want(t, map[string]string{"seed2": "2"}, a, b)
		agree(t, a, b)
	})
}

// An edit of a row that a migration made is as late after a collection as before
// it: a device that joins makes the row with a greater value.
func TestEditsOfSeedsKeepTheirStamps(t *testing.T) {
	for _, n := range []int{1, 2} {
		both(t, func(t *testing.T, table string) {
			list := devices(t, n, table, seeds)
			a, joins := list[0], newMigrated(t, table)
			all := []*migrated{joins}
			all = append(all, list...)
			a.do("UPDATE {a} SET price = 0 WHERE id = 'seed'")
			gather(list...)
			a.collectBelow(list...)
			relay(a, joins)
			joins.migrate(seeds)
			gather(all...)
			want(t, map[string]string{"seed": "0", "seed2": "2"}, all...)
			agree(t, all...)
		})
	}
}

// What a migration only updates is no reason to keep tombstones, what it may
// make is, also if it makes nothing here; and it is one for good.
func TestWhichMigrationsKeepTombstones(t *testing.T) {
	for text, kept := range map[string]bool{
		"UPDATE {a} SET price = 1":                                            false,
		"DELETE FROM {a} WHERE price = 7":                                     false,
		"CREATE INDEX {i} ON {a} (price)":                                     false,
		"ALTER TABLE {a} ADD COLUMN more":                                     false,
		"INSERT INTO {a} (id) SELECT 'k' WHERE false":                         true,
		"UPDATE {a} SET id = id || 'x' WHERE false":                           true,
		"ALTER TABLE {a} RENAME COLUMN id TO k; UPDATE {a} SET k = 1 WHERE 0": true,
		"INSERT INTO {a} (id) SELECT 'k' WHERE false; ALTER TABLE {a} RENAME TO {b}; " + //
			"ALTER TABLE {b} RENAME TO {a}": true,
	} {
		a, b := newMigrated(t, prices, text), newMigrated(t, prices, text)
		key := "id"
		if n := a.count("SELECT count(*) FROM pragma_table_info('" + migratedApp + "a') WHERE name = 'k'"); n > 0 {
			key = "k"
		}
		a.restart()
		a.do("INSERT INTO {a} (" + key + ") VALUES ('gone')")
		a.do("DELETE FROM {a}")
		gather(a, b)
		if info := a.collectBelow(a, b); info.Tombstones > 0 == kept {
			t.Errorf("%s: forgot %+v", text, info)
		}
	}
}
