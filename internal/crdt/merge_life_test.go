package crdt

import (
	"fmt"
	"testing"
)

// pairWithFloor is two devices that have the table n with UNIQUE x and have both
// collected a tombstone, so the lives that begin there are 3 long and in ranges.
func pairWithFloor(t *testing.T, table string) (a, b *replica) {
	t.Helper()
	a, b = pair(t, table)
	a.exec(`INSERT INTO n VALUES ('gone', NULL, 1)`)
	a.exec(`DELETE FROM n WHERE k = 'gone'`)
	settleAll(t, a, b)
	h := horizon(t, a, b)
	for _, r := range []*replica{a, b} {
		info, err := r.Collect(t.Context(), h)
		must(t, err)
		if info.Tombstones != 1 {
			t.Fatalf("forgot %+v", info)
		}
	}
	return a, b
}

// A row whose life is in a range keeps it when a merged value makes it give way
// to another.
func TestARowThatIsHiddenKeepsTheLifeOfItsRange(t *testing.T) {
	for _, without := range []string{"", " WITHOUT ROWID"} {
		a, b := pairWithFloor(t, `CREATE TABLE n (k TEXT PRIMARY KEY NOT NULL, x UNIQUE, y)`+without)
		a.exec(`INSERT INTO n VALUES ('k', 1, 1), ('l', 2, 2)`)
		settleAll(t, a, b)
		b.exec(`UPDATE n SET x = 3 WHERE k = 'l'`)
		a.exec(`UPDATE n SET x = 3, y = 9 WHERE k = 'k'`)
		settleAll(t, a, b)
		for _, r := range []*replica{a, b} {
			r.exec(`UPDATE n SET x = k`)
		}
		settleAll(t, a, b)
		same(t, `SELECT k FROM n ORDER BY k`, "k\nl", a, b)
		for i, r := range []*replica{a, b} {
			for key, row := range r.stored("n") {
				if row.cl != 3 {
					t.Errorf("device %d, %q: life %d, want 3", i, key, row.cl)
				}
			}
		}
	}
}

// The next life of a key is longer than all tombstones that were collected,
// also if it follows a life that was not.
func TestEveryNewLifeIsLongerThanWhatWasCollected(t *testing.T) {
	for what, again := range map[string]string{
		"replaced": `REPLACE INTO n VALUES ('k', 2, 2)`,
		"deleted":  `DELETE FROM n WHERE k = 'k'; INSERT INTO n VALUES ('k', 2, 2)`,
	} {
		t.Run(what, func(t *testing.T) {
			a, b := pair(t, `CREATE TABLE n (k TEXT PRIMARY KEY NOT NULL, x UNIQUE, y)`)
			a.exec(`INSERT INTO n VALUES ('k', 1, 1)`)
			for range 3 {
				a.exec(`INSERT INTO n VALUES ('gone', NULL, 1)`)
				a.exec(`DELETE FROM n WHERE k = 'gone'`)
			}
			settleAll(t, a, b)
			_, err := a.Collect(t.Context(), horizon(t, a, b))
			must(t, err)
			a.exec(again)
			for key, row := range a.stored("n") {
				if row.cl != 7 {
					t.Errorf("%q: life %d, want 7", key, row.cl)
				}
			}
			settleAll(t, a, b)
			same(t, `SELECT * FROM n`, "k 2 2", a, b)
		})
	}
}

// A tombstone has the M of its own row's birth, not of one that died beside it.
func TestATombstoneHasTheMigrationOfItsOwnRow(t *testing.T) {
	m := newMigrated(t, prices)
	m.do(`INSERT INTO {a} VALUES ('first', 1, NULL), ('last', 1, NULL)`)
	m.do(`DELETE FROM {a} WHERE id = 'last'`)
	m.migrate(`INSERT INTO {a} VALUES ('seed', 1, NULL)`) // in the place of the last, so its birth is in no range
	m.do(`INSERT INTO {a} VALUES ('person', 1, NULL)`)
	m.do(`DELETE FROM {a} WHERE id <> 'first'`)
	id := m.table("a").id
	for key, want := range map[string]int64{"person": 0, "seed": 2} {
		text := fmt.Sprintf("SELECT m FROM alcove_crdt_d_%d WHERE instr(CAST(k AS TEXT), '%s') > 0", id, key)
		if got := m.count(text); got != want {
			t.Errorf("the tombstone of %s has M %d, want %d", key, got, want)
		}
	}
}

// So has each of many, which are written together.
func TestManyTombstonesHaveTheMigrationOfTheirRows(t *testing.T) {
	const many = 1000
	rows := func(what string) string {
		return fmt.Sprintf("INSERT INTO {a} (id) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT '%s' || i FROM n", many, what)
	}
	both(t, func(t *testing.T, table string) {
		m := newMigrated(t, table)
		m.do(rows("a"))
		m.migrate(rows("b"))
		m.do(rows("c"), "DELETE FROM {a}")
		m.do(rows("a"))
		m.do("DELETE FROM {a}")
		text := fmt.Sprintf("SELECT count(*) FROM alcove_crdt_d_%d WHERE m = ", m.table("a").id)
		if x, y := m.count(text+"0"), m.count(text+"2"); x != many || y != many {
			t.Errorf("%d tombstones of people's rows and %d of the migration's, want %d of each", x, y, many)
		}
	})
}
