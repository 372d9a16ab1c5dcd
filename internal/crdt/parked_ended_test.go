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
