package crdt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// onceDevice is a device of TestEveryValueIsMigratedOnce and how many
// migrations it has run, the first of which makes the table.
type onceDevice struct {
	*migrated
	version int
}

// passed is what a value says that has gone through all migrations until n.
func passed(n int) string {
	text := ""
	for i := 2; i <= n; i++ {
		text += fmt.Sprintf(",%d", i)
	}
	return text
}

// onceMigration is migration number n: it writes its number behind every price,
// and makes a row.
func onceMigration(n int) string {
	return fmt.Sprintf("UPDATE {a} SET price = price || ',%d'; INSERT OR IGNORE INTO {a} VALUES ('seed%d', 's%s', NULL)", n, n, passed(n))
}

// Whatever devices write before and after they run migrations that must not run
// twice on a value, in whatever order they hear of it: in the end every value
// has gone through each once, and a row that a migration made and a person
// deleted is nowhere.
func TestEveryValueIsMigratedOnce(t *testing.T) {
	runs := 3
	if fullTests() {
		runs = 150
	}
	first := uint64(0)
	if s := os.Getenv("ALCOVE_SEED"); s != "" {
		fmt.Sscan(s, &first)
		runs = 1
	}
	for i := range runs {
		seed := first + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { migrateOnce(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func migrateOnce(t *testing.T, r *rand.Rand) {
	const last = 4
	table := prices
	if r.IntN(3) == 0 {
		table = withoutRid
	}
	var list []*onceDevice
	all := func() (out []*migrated) {
		for _, d := range list {
			out = append(out, d.migrated)
		}
		return out
	}
	log := func(format string, args ...any) {
		if os.Getenv("ALCOVE_SEED") != "" {
			t.Logf(format, args...)
		}
	}
	advance := func(i int) {
		d := list[i]
		if d.version < last {
			d.version++
			d.migrate(onceMigration(d.version))
			log("%d is at %d", i, d.version)
		}
	}
	for range 3 {
		list = append(list, &onceDevice{newMigrated(t, table), 1})
	}
	gone := map[string]bool{}
	for step := range 25 + r.IntN(25) {
		i := r.IntN(len(list))
		d, other := list[i], list[r.IntN(len(list))]
		key := fmt.Sprintf("k%d", r.IntN(4))
		switch r.IntN(12) {
		case 0, 1:
			advance(i)
		case 2:
			log("%d meets", i)
			gather(d.migrated, other.migrated)
		case 3:
			if d != other {
				log("%d has a snapshot", i)
				relay(other.migrated, d.migrated)
			}
		case 4:
			log("%d is restored", i)
			must(t, d.NewIncarnation(t.Context()))
		case 5:
			d.restart()
		case 6:
			seed := fmt.Sprintf("seed%d", 2+r.IntN(last-1))
			if _, there := d.column("a", "price")[seed]; there {
				log("%d deletes %s", i, seed)
				d.do(fmt.Sprintf("DELETE FROM {a} WHERE id = '%s'", seed))
				gone[seed] = true
			}
		case 7:
			seed := fmt.Sprintf("seed%d", 2+r.IntN(last-1))
			log("%d edits %s", i, seed)
			d.do(fmt.Sprintf("UPDATE {a} SET price = 'e%d%s' WHERE id = '%s'", step, passed(d.version), seed))
		case 8:
			log("all collect")
			everybodyCollects(all()...)
		case 9:
			if len(list) < 5 {
				log("%d joins", len(list))
				late := &onceDevice{newMigrated(t), 0}
				first := r.IntN(2) == 0
				if first {
					late.migrate(table)
				}
				relay(d.migrated, late.migrated)
				if !first {
					late.migrate(table)
				}
				late.version = 1
				list = append(list, late)
			}
		default:
			log("%d writes %s", i, key)
			d.do(fmt.Sprintf("INSERT INTO {a} VALUES ('%s', 'w%d%s', NULL) ON CONFLICT DO UPDATE SET price = excluded.price", key, step, passed(d.version)))
		}
	}
	for i := range list {
		for list[i].version < last {
			advance(i)
			if r.IntN(3) == 0 {
				gather(all()...)
			}
		}
	}
	gather(all()...)
	agree(t, all()...)
	rows := list[0].column("a", "price")
	for key, price := range rows {
		if gone[key] || !strings.HasSuffix(price, passed(last)) || strings.Count(price, ",") != last-1 {
			t.Errorf("%s: %s", key, price)
		}
	}
	for n := 2; n <= last; n++ {
		if key := fmt.Sprintf("seed%d", n); rows[key] == "" && !gone[key] {
			t.Errorf("%s is not there", key)
		}
	}
}
