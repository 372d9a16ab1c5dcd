//go:build bench && unix

package crdt

import (
	"database/sql"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/sidebyside"
)

const benchRows = 100_000

// work is what a case times, on a table.
type work func(b benched, table string) func() error

// statement runs one n times, with the parameters that args makes.
func statement(text string, n int, args func(i int) []any) work {
	return func(b benched, table string) func() error {
		return func() error { return each(b, fmt.Sprintf(text, table), n, args) }
	}
}

func commits(b benched, table string) error {
	for i := range 2000 {
		if err := b.fill(table, benchRows+i, 1); err != nil {
			return err
		}
	}
	return nil
}

var (
	updateHalf  = statement("UPDATE %s SET title = ? WHERE id = ?", benchRows/2, func(i int) []any { return []any{"Another title", benchKey(i * 2)} })
	deleteFifth = statement("DELETE FROM %s WHERE id = ?", benchRows/5, func(i int) []any { return []any{benchKey(i * 5)} })
)

// TestBenchTracking: what applications do, with tracking and without, and with
// the two usual ways to track. External peers are measured by build/peers.
func TestBenchTracking(t *testing.T) {
	on := func(fn func(benched, string) error) work {
		return func(b benched, table string) func() error { return func() error { return fn(b, table) } }
	}
	for _, c := range []struct {
		name string
		full bool // begins with a table of 100k rows
		run  work
	}{
		{"insert 100k", false, on(func(b benched, table string) error { return b.fill(table, 0, benchRows) })},
		{"2,000 commits", true, on(commits)},
		{"update 50k", true, updateHalf},
		{"update all, one statement", true, statement("UPDATE %s SET n = n + ?", 1, func(int) []any { return []any{1} })},
		{"delete 20k", true, deleteFifth},
		{"replace 20k", true, statement("REPLACE INTO %s ("+benchColumns+") VALUES (?, ?, ?, ?, ?, ?)", benchRows/5, func(i int) []any { return benchRow(i * 5) })},
		{"clear 100k", true, on(func(b benched, table string) error { return b.call("DELETE FROM " + table) })},
		{"20,000 point reads", true, on(pointReads)},
		{"5 scans", true, on(scans)},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours, _ := benchTracked(t, false) // first: it sets SQLite's allocator for all
			kept, _ := benchTracked(t, true)
			var subjects []sidebyside.Subject
			for _, b := range []benched{benchPlain(t), ours, kept, benchCells(t), benchJSON(t)} {
				n := 0
				subjects = append(subjects, sidebyside.Subject{Name: b.name, Run: func() time.Duration {
					n++
					table := fmt.Sprintf("bench%d", n)
					b.create(table)
					if c.full {
						must(t, b.fill(table, 0, benchRows))
					}
					return benchTimed(t, c.run(b, table))
				}})
			}
			sidebyside.Compare(t, "crdt", c.name, 3, subjects...)
		})
	}
}

func pointReads(b benched, table string) error {
	rng := rand.New(rand.NewSource(1))
	return b.view(func(tx *sql.Tx) error {
		st, err := tx.Prepare("SELECT title, body, n FROM " + table + " WHERE id = ?")
		if err != nil {
			return err
		}
		defer st.Close()
		for range 20_000 {
			var title, body string
			var n int
			if err := st.QueryRow(benchKey(rng.Intn(benchRows))).Scan(&title, &body, &n); err != nil {
				return err
			}
		}
		return nil
	})
}

func scans(b benched, table string) error {
	return b.view(func(tx *sql.Tx) error {
		for range 5 {
			var n, length int
			if err := tx.QueryRow("SELECT sum(n), sum(length(body)) FROM "+table+" WHERE kind <> 9").Scan(&n, &length); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestBenchSize: how large the database is after each kind of work.
func TestBenchSize(t *testing.T) {
	ours, _ := benchTracked(t, false)
	kept, _ := benchTracked(t, true)
	base := map[string]float64{}
	for _, b := range []benched{benchPlain(t), ours, kept, benchCells(t), benchJSON(t)} {
		empty := databaseBytes(t, b)
		b.create("bench")
		for _, step := range []struct {
			name string
			run  func() error
		}{
			{"size after insert 100k", func() error { return b.fill("bench", 0, benchRows) }},
			{"size after 2,000 commits", func() error { return commits(b, "bench") }},
			{"size after update 50k", updateHalf(b, "bench")},
			{"size after delete 20k", deleteFifth(b, "bench")},
		} {
			must(t, step.run())
			size := databaseBytes(t, b) - empty
			if b.name == "plain" {
				base[step.name] = size
			}
			sidebyside.Record(t, sidebyside.Result{Suite: "crdt", Case: step.name, Subject: b.name, Baseline: "plain", Ratio: size / base[step.name], Median: size / 1e6, Unit: "MB", Runs: 1})
		}
	}
}

func databaseBytes(t testing.TB, b benched) (n float64) {
	must(t, b.view(func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&n)
	}))
	return n
}
