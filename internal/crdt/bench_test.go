//go:build bench

package crdt

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/sidebyside"
)

// benched is a database of the bench: the same driver with the same settings,
// or a store whose tables are tracked.
type benched struct {
	name   string
	update func(func(*sql.Tx) error) error
	create func(table string)
}

const benchTable = ` (id TEXT PRIMARY KEY NOT NULL, title TEXT, body TEXT, n INTEGER, x REAL, kind INTEGER)`

func benchPlain(t testing.TB) benched {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "plain.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"+
		"&_pragma=wal_autocheckpoint(1000)&_defensive=1&_dqs=0&_pragma=cache_size(-32768)&_txlock=immediate")
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	b := benched{name: "plain", update: func(fn func(*sql.Tx) error) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Commit()
	}}
	b.create = func(table string) {
		must(t, b.update(func(tx *sql.Tx) error { _, err := tx.Exec("CREATE TABLE " + table + benchTable); return err }))
	}
	return b
}

func benchTracked(t testing.TB) (benched, *replica) {
	r := newReplica(t)
	return benched{"tracked, encrypted", func(fn func(*sql.Tx) error) error { return r.st.Update(context.Background(), fn) }, func(table string) {
		createTracked(r, "CREATE TABLE "+table+benchTable)
	}}, r
}

func benchKey(i int) string { return fmt.Sprintf("note-%08x-%08x", uint32(i)*2654435761, i) }

// each runs a statement n times, with the parameters that args makes.
func each(b benched, query string, n int, args func(i int) []any) error {
	return b.update(func(tx *sql.Tx) error {
		st, err := tx.Prepare(query)
		if err != nil {
			return err
		}
		defer st.Close()
		for i := range n {
			if _, err := st.Exec(args(i)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func benchRow(i int) []any {
	return []any{benchKey(i), "A title of some length", "A body that is a little longer than the title is, as bodies are.", i, float64(i) / 3, i % 7}
}

func benchTimed(t testing.TB, fn func() error) time.Duration {
	start := time.Now()
	must(t, fn())
	return time.Since(start)
}

func TestBenchTracking(t *testing.T) {
	const rows = 100_000
	fill := func(b benched, table string, n int) func() error {
		return func() error { return each(b, "INSERT INTO "+table+" VALUES (?, ?, ?, ?, ?, ?)", n, benchRow) }
	}
	cases := []struct {
		name string
		full bool // begins with a table of 100k rows
		run  func(b benched, table string) func() error
	}{
		{"insert 100k", false, func(b benched, table string) func() error { return fill(b, table, rows) }},
		{"commit 2k", true, func(b benched, table string) func() error {
			return func() error {
				for i := range 2000 {
					if err := b.update(func(tx *sql.Tx) error {
						_, err := tx.Exec("INSERT INTO "+table+" VALUES (?, 't', 'b', 1, 2.0, 3)", benchKey(rows+i))
						return err
					}); err != nil {
						return err
					}
				}
				return nil
			}
		}},
		{"update 50k", true, func(b benched, table string) func() error {
			return func() error {
				return each(b, "UPDATE "+table+" SET title = ? WHERE id = ?", rows/2, func(i int) []any { return []any{"Another title", benchKey(i * 2)} })
			}
		}},
		{"delete 20k", true, func(b benched, table string) func() error {
			return func() error {
				return each(b, "DELETE FROM "+table+" WHERE id = ?", rows/5, func(i int) []any { return []any{benchKey(i * 5)} })
			}
		}},
		{"replace 20k", true, func(b benched, table string) func() error {
			return func() error {
				return each(b, "REPLACE INTO "+table+" VALUES (?, ?, ?, ?, ?, ?)", rows/5, func(i int) []any { return benchRow(i * 5) })
			}
		}},
		{"clear 100k", true, func(b benched, table string) func() error {
			return func() error { return each(b, "DELETE FROM "+table, 1, func(int) []any { return nil }) }
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tracked, _ := benchTracked(t)
			var subjects []sidebyside.Subject
			for _, b := range []benched{benchPlain(t), tracked} {
				n := 0
				subjects = append(subjects, sidebyside.Subject{Name: b.name, Run: func() time.Duration {
					n++
					table := fmt.Sprintf("bench%d", n)
					b.create(table)
					if c.full {
						must(t, fill(b, table, rows)())
					}
					return benchTimed(t, c.run(b, table))
				}})
			}
			sidebyside.Compare(t, "crdt", c.name, 3, subjects...)
		})
	}
}

// TestBenchExtract: the time depends on the changes, not on the table.
func TestBenchExtract(t *testing.T) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b, r := benchTracked(t)
		b.create("bench")
		must(t, each(b, "INSERT INTO bench VALUES (?, ?, ?, ?, ?, ?)", rows, benchRow))
		v, err := r.Vector(t.Context())
		must(t, err)
		must(t, each(b, "UPDATE bench SET title = 'x' WHERE id = ?", 1, func(int) []any { return []any{benchKey(rows / 2)} }))
		for _, c := range []struct {
			name  string
			since Vector
		}{{"all", nil}, {"one", v}} {
			var info ChangesInfo
			d := benchTimed(t, func() (err error) { info, err = r.Changes(t.Context(), c.since, io.Discard); return err })
			sidebyside.Record(t, sidebyside.Result{Suite: "crdt", Case: fmt.Sprintf("extract %s of %d", c.name, rows), Subject: fmt.Sprintf("%d bytes", info.Bytes), Median: float64(d.Microseconds()) / 1e3, Unit: "ms", Runs: 1})
		}
		must(t, r.st.Close())
	}
}
