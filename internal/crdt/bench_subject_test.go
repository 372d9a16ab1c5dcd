//go:build bench && unix

package crdt

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

// benched is a database of the bench: plain, with one of the usual ways to
// track changes, or a store.
type benched struct {
	name   string
	update func(func(*sql.Tx) error) error
	view   func(func(*sql.Tx) error) error
	create func(table string)
	call   func(text string) error // a transaction of one statement, as an app sends it
}

const (
	benchColumns = "id, title, body, n, x, kind"
	benchTable   = ` (id TEXT PRIMARY KEY NOT NULL, title TEXT, body TEXT, n INTEGER, x REAL, kind INTEGER)`
)

// benchDriver opens the driver that the store uses, with the same settings and
// as much cache. track makes what a table is tracked with; tick, if it is not
// "", begins every transaction.
func benchDriver(t testing.TB, name, tick string, track func(table string) string) benched {
	path := filepath.Join(t.TempDir(), "plain.db")
	open := func(extra string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
			"&_pragma=temp_store(MEMORY)&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"+
			"&_pragma=busy_timeout(5000)&_pragma=wal_autocheckpoint(1000)&_defensive=1&_dqs=0&_pragma=cache_size(-32768)"+extra)
		must(t, err)
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { db.Close() })
		return db
	}
	w, r := open("&_txlock=immediate"), open("&_pragma=query_only(1)")
	in := func(db *sql.DB, begin string) func(func(*sql.Tx) error) error {
		return func(fn func(*sql.Tx) error) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if begin != "" {
				if _, err := tx.Exec(begin); err != nil {
					return err
				}
			}
			if err := fn(tx); err != nil {
				return err
			}
			return tx.Commit()
		}
	}
	b := benched{name: name, update: in(w, tick), view: in(r, "")}
	b.call = func(text string) error {
		return b.update(func(tx *sql.Tx) error { _, err := tx.Exec(text); return err })
	}
	b.create = func(table string) {
		must(t, in(w, "")(func(tx *sql.Tx) error {
			_, err := tx.Exec("CREATE TABLE " + table + benchTable + track(table))
			return err
		}))
	}
	return b
}

func benchPlain(t testing.TB) benched {
	return benchDriver(t, "plain", "", func(string) string { return "" })
}

const benchTick = "CREATE TABLE IF NOT EXISTS tick (h INTEGER PRIMARY KEY); INSERT OR IGNORE INTO tick SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tick);"

// benchCells has a row for the clock of each column of each row, which triggers
// write, and one for the row itself.
func benchCells(t testing.TB) benched {
	return benchDriver(t, "clock row per column", "UPDATE tick SET h = h + 1", func(table string) string {
		replace := "INSERT OR REPLACE INTO " + table + "_c SELECT %s.id, '%s', h, 0 FROM tick%s;"
		var insert, update strings.Builder
		for _, c := range strings.Split(benchColumns, ", ")[1:] {
			fmt.Fprintf(&insert, replace, "NEW", c, "")
			fmt.Fprintf(&update, replace, "NEW", c, " WHERE NEW."+c+" IS NOT OLD."+c)
		}
		return "; " + benchTick + "CREATE TABLE " + table + "_c (id, c, h, site, PRIMARY KEY (id, c)) WITHOUT ROWID;" +
			"CREATE TRIGGER " + table + "_i AFTER INSERT ON " + table + " BEGIN " + insert.String() + " END;" +
			"CREATE TRIGGER " + table + "_u AFTER UPDATE ON " + table + " BEGIN " + update.String() + " END;" +
			"CREATE TRIGGER " + table + "_d AFTER DELETE ON " + table + " BEGIN DELETE FROM " + table + "_c WHERE id = OLD.id; " + fmt.Sprintf(replace, "OLD", "", "") + " END;"
	})
}

// benchJSON has the clocks of a row in a column of it, as a JSON object that
// triggers write.
func benchJSON(t testing.TB) benched {
	return benchDriver(t, "JSON in the row", "UPDATE tick SET h = h + 1", func(table string) string {
		set, object := "clocks", "json_object('site', 0"
		columns := strings.Split(benchColumns, ", ")[1:]
		for _, c := range columns {
			set = "CASE WHEN NEW." + c + " IS NOT OLD." + c + " THEN json_set(" + set + ", '$." + c + "', (SELECT h FROM tick)) ELSE " + set + " END"
			object += ", '" + c + "', (SELECT h FROM tick)"
		}
		write := "UPDATE " + table + " SET clocks = %s WHERE id = NEW.id;"
		return "; " + benchTick + "ALTER TABLE " + table + " ADD COLUMN clocks TEXT; CREATE TABLE " + table + "_d (id PRIMARY KEY, h, site) WITHOUT ROWID;" +
			"CREATE TRIGGER " + table + "_i AFTER INSERT ON " + table + " BEGIN " + fmt.Sprintf(write, object+")") + " END;" +
			"CREATE TRIGGER " + table + "_u AFTER UPDATE OF " + strings.Join(columns, ", ") + " ON " + table + " BEGIN " + fmt.Sprintf(write, set) + " END;" +
			"CREATE TRIGGER " + table + "_d AFTER DELETE ON " + table + " BEGIN INSERT OR REPLACE INTO " + table + "_d SELECT OLD.id, h, 0 FROM tick; END;"
	})
}

// benchTracked is a store.
func benchTracked(t testing.TB, history bool) (benched, *replica) {
	r := newReplica(t)
	name := "ours with history"
	if !history {
		name = "ours"
		r.exec("INSERT INTO alcove_crdt_history_app (prefix, flags) VALUES ('" + testApp + "', 1)")
		r.restart()
	}
	b := benched{
		name:   name,
		update: func(fn func(*sql.Tx) error) error { return r.st.Update(context.Background(), fn) },
		view:   func(fn func(*sql.Tx) error) error { return r.st.View(context.Background(), fn) },
	}
	app := r.st.Confine(store.Rights{Own: "bench"}, store.DefaultLimits())
	t.Cleanup(app.Close)
	b.call = func(text string) error {
		_, err := app.Execute(context.Background(), store.Statement{SQL: text})
		return err
	}
	b.create = func(table string) { createTracked(r, "CREATE TABLE "+table+benchTable) }
	return b, r
}

func benchKey(i int) string { return fmt.Sprintf("note-%08x-%08x", uint32(i)*2654435761, i) }

func benchRow(i int) []any {
	return []any{benchKey(i), "A title of some length", "A body that is a little longer than the title is, as bodies are.", i, float64(i) / 3, i % 7}
}

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

func insertInto(table string) string {
	return "INSERT INTO " + table + " (" + benchColumns + ") VALUES (?, ?, ?, ?, ?, ?)"
}

func (b benched) fill(table string, from, n int) error {
	return each(b, insertInto(table), n, func(i int) []any { return benchRow(from + i) })
}

// processorEnv makes the bench count time of the processor, which other work on
// the machine disturbs less, instead of time.
const processorEnv = "ALCOVE_BENCH_CPU"

func benchTimed(t testing.TB, fn func() error) time.Duration {
	t.Helper()
	clock := func() time.Duration { return time.Duration(time.Now().UnixNano()) }
	if os.Getenv(processorEnv) != "" {
		clock = func() time.Duration {
			var u syscall.Rusage
			must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
			return time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	start := clock()
	must(t, fn())
	return clock() - start
}
