//go:build bench

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sidebyside"
)

// benched is a database as both subjects offer it.
type benched struct {
	update func(func(*sql.Tx) error) error
	view   func(func(*sql.Tx) error) error
}

// encrypted opens a store in dir, which is new or not.
func encrypted(t testing.TB, dir string, cache int64, synchronous string) benched {
	t.Helper()
	opts := []Option{WithCache(cache), func(o *options) { o.synchronous, o.readers = synchronous, 1 }}
	s, err := Open(context.Background(), dir, testKeys{name: "ada"}, opts...)
	if fault.Code(err) == "vault.missing" {
		s, err = Create(context.Background(), dir, testKeys{name: "ada"}, opts...)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx := context.Background()
	return benched{
		func(fn func(*sql.Tx) error) error { return s.Update(ctx, fn) },
		func(fn func(*sql.Tx) error) error { return s.View(ctx, fn) },
	}
}

// openPlain opens the same driver with the same settings on a file of its own. A
// reading and a writing connection share the cache like the store's two.
func openPlain(t testing.TB, dir string, cache int64, synchronous string) benched {
	t.Helper()
	open := func(extra string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "plain.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+
			")&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"+
			"&_pragma=busy_timeout(5000)&_pragma=wal_autocheckpoint(1000)&_defensive=1&_dqs=0"+fmt.Sprintf("&_pragma=cache_size(%d)", -cache/2/1024)+extra)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { db.Close() })
		return db
	}
	w, r := open("&_txlock=immediate"), open("&_pragma=query_only(1)")
	in := func(db *sql.DB, o *sql.TxOptions) func(func(*sql.Tx) error) error {
		return func(fn func(*sql.Tx) error) error {
			tx, err := db.BeginTx(context.Background(), o)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if err := fn(tx); err != nil {
				return err
			}
			return tx.Commit()
		}
	}
	return benched{in(w, nil), in(r, &sql.TxOptions{ReadOnly: true})}
}

const (
	benchRows    = 100_000
	benchCommits = 2000
	benchReads   = 20_000
	benchScans   = 5
)

func timed(t testing.TB, fn func() error) time.Duration {
	t.Helper()
	start := time.Now()
	if err := fn(); err != nil {
		t.Fatal(err)
	}
	return time.Since(start)
}

func key(i int) string { return fmt.Sprintf("note-%08x-%08x", uint32(i)*2654435761, i) }

func fill(tx *sql.Tx, from, n int) error {
	st, err := tx.Prepare("INSERT INTO bench VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer st.Close()
	for i := from; i < from+n; i++ {
		if _, err := st.Exec(key(i), "A title of some length", "A body that is a little longer than the title is, as bodies are.", i, float64(i)/3, i%7); err != nil {
			return err
		}
	}
	return nil
}

func recreate(tx *sql.Tx) error {
	_, err := tx.Exec("DROP TABLE IF EXISTS bench; CREATE TABLE bench (id TEXT PRIMARY KEY, title TEXT, body TEXT, n INTEGER, x REAL, kind INTEGER)")
	return err
}

func TestBenchStore(t *testing.T) {
	if err := setAllocator(); err != nil { // for both subjects, before any connection
		t.Fatal(err)
	}
	type opener func(testing.TB, string, int64, string) benched
	kinds := []struct {
		name string
		open opener
	}{{"plain", openPlain}, {"encrypted", encrypted}}

	// Subtests, so that a case closes its connections: open ones would lend the
	// next case their part of the cache.
	for _, synchronous := range []string{"FULL", "NORMAL"} {
		t.Run(synchronous, func(t *testing.T) {
			subjects := map[string][]sidebyside.Subject{}
			for _, kind := range kinds {
				db := kind.open(t, t.TempDir(), 64<<20, synchronous)
				next := benchRows
				subjects["insert 100k"] = append(subjects["insert 100k"], sidebyside.Subject{Name: kind.name, Run: func() time.Duration {
					timed(t, func() error { return db.update(recreate) })
					return timed(t, func() error { return db.update(func(tx *sql.Tx) error { return fill(tx, 0, benchRows) }) })
				}})
				subjects["commit 2k"] = append(subjects["commit 2k"], sidebyside.Subject{Name: kind.name, Run: func() time.Duration {
					return timed(t, func() error {
						for range benchCommits {
							next++
							if err := db.update(func(tx *sql.Tx) error {
								_, err := tx.Exec("INSERT INTO bench VALUES (?, 't', 'b', 1, 2.0, 3)", key(next))
								return err
							}); err != nil {
								return err
							}
						}
						return nil
					})
				}})
			}
			for _, name := range []string{"insert 100k", "commit 2k"} {
				sidebyside.Compare(t, "store", name+" "+synchronous, 5, subjects[name]...)
			}
		})
	}
	for _, cache := range []struct {
		name  string
		bytes int64
	}{{"64 MB", 64 << 20}, {"2 MB", 2 << 20}} {
		t.Run(cache.name, func(t *testing.T) {
			subjects := map[string][]sidebyside.Subject{}
			for _, kind := range kinds {
				dir := t.TempDir()
				db := kind.open(t, dir, cache.bytes, "FULL")
				if err := db.update(func(tx *sql.Tx) error { return errors.Join(recreate(tx), fill(tx, 0, benchRows)) }); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * quiet) // the log is emptied meanwhile
				subjects["read 20k"] = append(subjects["read 20k"], sidebyside.Subject{Name: kind.name, Run: func() time.Duration {
					rng := rand.New(rand.NewSource(1))
					return timed(t, func() error {
						return db.view(func(tx *sql.Tx) error {
							st, err := tx.Prepare("SELECT title, body, n FROM bench WHERE id = ?")
							if err != nil {
								return err
							}
							defer st.Close()
							for range benchReads {
								var title, body string
								var n int
								if err := st.QueryRow(key(rng.Intn(benchRows))).Scan(&title, &body, &n); err != nil {
									return err
								}
							}
							return nil
						})
					})
				}})
				subjects["scan 5x"] = append(subjects["scan 5x"], sidebyside.Subject{Name: kind.name, Run: func() time.Duration {
					return timed(t, func() error {
						return db.view(func(tx *sql.Tx) error {
							for range benchScans {
								var n, length int
								if err := tx.QueryRow("SELECT sum(n), sum(length(body)) FROM bench WHERE kind <> 9").Scan(&n, &length); err != nil {
									return err
								}
							}
							return nil
						})
					})
				}})
			}
			for _, name := range []string{"read 20k", "scan 5x"} {
				sidebyside.Compare(t, "store", name+" "+cache.name, 7, subjects[name]...)
			}
		})
	}
}
