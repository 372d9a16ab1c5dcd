package crdt

import "testing"

// A row that waits for a migration, and whose key has begun a longer life here
// meanwhile, holds up nothing that comes of that life.
func TestAParkedRowOfAnEarlierLifeHoldsUpNothing(t *testing.T) {
	for what, edit := range map[string]string{
		"an edit":    "UPDATE {a} SET price = 8 WHERE id = 'seed'",
		"a deletion": "DELETE FROM {a} WHERE id = 'seed'",
		"a new life": "REPLACE INTO {a} VALUES ('seed', 8, NULL)",
	} {
		both(t, func(t *testing.T, table string) {
			a, b, c := newMigrated(t, table, seeds), newMigrated(t, table), newMigrated(t, table)
			relay(a, b)
			b.do("INSERT INTO {a} VALUES ('seed', 5, NULL)")
			b.do("DELETE FROM {a} WHERE id = 'seed'")
			b.do("INSERT INTO {a} VALUES ('seed', 6, NULL)")
			gather(b, c)
			c.do(edit)
			gather(b, c)
			shown := map[string]string{"seed": "8"}
			if what == "a deletion" {
				shown = map[string]string{}
			}
			want(t, shown, b, c)
			b.migrate(seeds)
			c.migrate(seeds)
			gather(a, b, c)
			agree(t, a, b, c)
		})
	}
}

// A row that waits, and whose key has lived longer and died here meanwhile, has
// lost for good: it does not come back once the tombstone is settled.
func TestAParkedRowThatLostStaysLost(t *testing.T) {
	for _, steps := range [][]string{
		{"INSERT INTO {a} VALUES ('seed', 5, NULL)", "DELETE FROM {a} WHERE id = 'seed'"},
		{"INSERT INTO {a} VALUES ('seed', 5, NULL)", "REPLACE INTO {a} VALUES ('seed', 6, NULL)", "DELETE FROM {a} WHERE id = 'seed'"},
	} {
		both(t, func(t *testing.T, table string) {
			const change = "INSERT OR IGNORE INTO {a} SELECT 'seed', price, NULL FROM {a} WHERE id = 'from'"
			list := devices(t, 2, table)
			a, b := list[0], list[1]
			a.do("INSERT INTO {a} VALUES ('from', 7, NULL)")
			gather(a, b)
			a.migrate(change)
			relay(a, b)
			for _, step := range steps {
				b.do(step)
			}
			b.do("DELETE FROM {a} WHERE id = 'from'") // so the migration makes nothing here
			gather(a, b)
			a.collectBelow(a, b)
			a.do("INSERT INTO {a} VALUES ('more', 3, NULL)")
			gather(a, b)
			b.migrate(change)
			gather(a, b)
			want(t, map[string]string{"more": "3"}, a, b)
			agree(t, a, b)
		})
	}
}
