//go:build bench && unix

package crdt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/sidebyside"
	"github.com/alcove-vault/alcove/internal/store"
)

// TestBenchMerge: 100,000 rows are extracted, and merged into a table that is
// empty, has as many other rows, or has the same ones, beside plain insertion.
func TestBenchMerge(t *testing.T) {
	ours, from := benchTracked(t, true)
	ours.create("bench")
	must(t, ours.fill("bench", 0, benchRows))
	var changes bytes.Buffer
	extract := func() error {
		changes.Reset()
		_, err := from.Changes(t.Context(), nil, &changes)
		return err
	}
	must(t, extract())
	plainFill := func() time.Duration {
		b := benchPlain(t)
		b.create("bench")
		return benchTimed(t, func() error { return b.fill("bench", 0, benchRows) })
	}
	merge := func(first, rows int) func() time.Duration {
		return func() time.Duration {
			b, to := benchTracked(t, true)
			b.create("bench")
			must(t, b.fill("bench", first, rows))
			d := benchTimed(t, func() error {
				_, err := to.Apply(t.Context(), bytes.NewReader(changes.Bytes()), ApplyOptions{})
				return err
			})
			must(t, to.st.Close())
			return d
		}
	}
	sidebyside.Compare(t, "crdt", "merge 100k", 3,
		sidebyside.Subject{Name: "plain insertion", Run: plainFill},
		sidebyside.Subject{Name: "extract", Run: func() time.Duration { return benchTimed(t, extract) }},
		sidebyside.Subject{Name: "into empty", Run: merge(0, 0)},
		sidebyside.Subject{Name: "into populated", Run: merge(benchRows, benchRows)},
		sidebyside.Subject{Name: "into conflicting", Run: merge(0, benchRows)})
}

// TestBenchLinear: extraction and merge take time by the changes, not by the
// table. A million rows only with ALCOVE_FULL=1.
func TestBenchLinear(t *testing.T) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if os.Getenv("ALCOVE_FULL") == "" {
		sizes = sizes[:2]
	}
	var base map[string]float64
	for _, rows := range sizes {
		b, from := benchTracked(t, true)
		_, to := benchTracked(t, true)
		b.create("bench")
		createTracked(to, "CREATE TABLE bench"+benchTable)
		times := map[string]float64{}
		step := func(name string, fn func() error) { times[name] = float64(benchTimed(t, fn).Microseconds()) / 1e3 }
		send := func(since Vector, out *bytes.Buffer) func() error {
			return func() error { _, err := from.Changes(t.Context(), since, out); return err }
		}
		take := func(in *bytes.Buffer) func() error {
			return func() error { _, err := to.Apply(t.Context(), in, ApplyOptions{}); return err }
		}
		must(t, b.fill("bench", 0, rows))
		plain := benchPlain(t)
		plain.create("bench")
		step("plain insertion of all", func() error { return plain.fill("bench", 0, rows) })
		var all, one bytes.Buffer
		step("extract all", send(nil, &all))
		step("merge all into empty", take(&all))
		since, err := from.Vector(t.Context())
		must(t, err)
		must(t, each(b, "UPDATE bench SET title = 'x' WHERE id = ?", 1, func(int) []any { return []any{benchKey(rows / 2)} }))
		step("extract 1 change", send(since, &one))
		step("merge 1 change", take(&one))
		if rows == sizes[0] {
			base = times
		}
		for _, name := range []string{"plain insertion of all", "extract all", "merge all into empty", "extract 1 change", "merge 1 change"} {
			sidebyside.Record(t, sidebyside.Result{Suite: "crdt", Case: name, Subject: fmt.Sprintf("table of %d", rows), Baseline: fmt.Sprintf("table of %d", sizes[0]), Ratio: times[name] / base[name], Median: times[name], Unit: "ms", Runs: 1})
		}
		must(t, from.st.Close())
		must(t, to.st.Close())
	}
}

// TestBenchAlter: migrations of a table with 100,000 rows, goal under 1 s.
func TestBenchAlter(t *testing.T) {
	m := newMigrated(t, "CREATE TABLE {bench}"+benchTable)
	b := benched{update: func(fn func(*sql.Tx) error) error { return m.st.Update(context.Background(), fn) }}
	must(t, b.fill(own("{bench}"), 0, benchRows))
	for _, text := range []string{
		"ALTER TABLE {bench} ADD COLUMN more TEXT NOT NULL DEFAULT 'm'", "ALTER TABLE {bench} RENAME COLUMN more TO much",
		"ALTER TABLE {bench} RENAME TO {notes}", "ALTER TABLE {notes} DROP COLUMN much",
	} {
		m.list = append(slices.Clip(m.list), store.Migration{Name: fmt.Sprintf("%04d", len(m.list)), SQL: own(text), Hash: sha256.Sum256([]byte(text))})
		d := benchTimed(t, func() error {
			_, err := m.st.Migrate(t.Context(), nil, 1, store.Rights{Own: migratedApp}, m.list, m.options)
			return err
		})
		sidebyside.Record(t, sidebyside.Result{Suite: "crdt", Case: "alter 100k", Subject: strings.TrimPrefix(text, "ALTER TABLE "), Baseline: "1 s", Ratio: d.Seconds(), Median: float64(d.Microseconds()) / 1e3, Unit: "ms", Runs: 1})
	}
}
