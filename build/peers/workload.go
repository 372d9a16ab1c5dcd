package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The cases, in the order they are printed. "Populated" means that the receiver
// holds as many other rows; "conflicting" that it holds the same keys with
// values of its own.
const (
	caseInsert      = "insert"
	caseCommits     = "2,000 commits"
	caseUpdate      = "update half"
	caseDelete      = "delete a fifth"
	casePoints      = "20,000 point reads"
	caseScans       = "5 scans"
	caseSize        = "MB after insert"
	caseExtract     = "extract"
	caseEmpty       = "merge into empty"
	casePopulated   = "merge into populated"
	caseConflicting = "merge into conflicting"
)

var cases = []string{
	caseInsert, caseCommits, caseUpdate, caseDelete, casePoints, caseScans, caseSize,
	caseExtract, caseEmpty, casePopulated, caseConflicting,
}

// cost is what a case took: seconds, or megabytes and no processor time.
type cost struct{ wall, cpu float64 }

func (c cost) value() float64     { return c.wall }
func (c cost) processor() float64 { return c.cpu }

type results map[string]cost

func (r results) time(name string, fn func() error) error {
	start, before := time.Now(), processorTime()
	err := fn()
	r[name] = cost{time.Since(start).Seconds(), processorTime() - before}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// processorTime is how many seconds of processors this process has used.
func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// run measures every case once, in files of its own.
func (s *subject) run(rows int) (results, error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := results{}
	source, err := s.open(filepath.Join(dir, "source.db"))
	if err != nil {
		return nil, err
	}
	if err := r.time(caseInsert, func() error { return source.fill(insert, "a", 0, rows) }); err != nil {
		return nil, err
	}
	size, err := source.megabytes()
	if err != nil {
		return nil, err
	}
	r[caseSize] = cost{wall: size}
	var changes [][]any
	if s.peer.changes != "" {
		if err := r.time(caseExtract, func() (err error) { changes, err = source.extract(); return err }); err != nil {
			return nil, err
		}
	}
	for name, prepare := range map[string]func(*database) error{
		caseEmpty:       func(*database) error { return nil },
		casePopulated:   func(d *database) error { return d.fill(insert, "b", 0, rows) },
		caseConflicting: func(d *database) error { return d.fill(insert, "a", 1, rows) },
	} {
		if err := s.merge(r, name, filepath.Join(dir, name+".db"), prepare, changes, rows); err != nil {
			return nil, err
		}
	}
	if err := source.change(r, rows); err != nil {
		return nil, err
	}
	return r, source.close()
}

// merge times how the changes, or without tracking the rows themselves, get
// into a database that was prepared.
func (s *subject) merge(r results, name, path string, prepare func(*database) error, changes [][]any, rows int) error {
	d, err := s.open(path)
	if err != nil {
		return err
	}
	if err := prepare(d); err != nil {
		return err
	}
	err = r.time(name, func() error {
		if s.peer.apply == "" {
			return d.fill(upsert, "a", 0, rows)
		}
		return d.transaction(s.peer.apply, func(st *sql.Stmt) error {
			for _, row := range changes {
				if _, err := st.Exec(row...); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	var got int
	if err := d.value("SELECT count(*) FROM t WHERE id LIKE 'a%'", &got); err != nil {
		return err
	}
	if got != rows {
		return fmt.Errorf("%s: %d rows arrived, %d were sent", name, got, rows)
	}
	return d.close()
}

// change times the writes and reads of a table that is there.
func (d *database) change(r results, rows int) error {
	each := func(name, text string, n int, args func(int) []any) error {
		return r.time(name, func() error {
			return d.transaction(text, func(st *sql.Stmt) error {
				for i := range n {
					if _, err := st.Exec(args(i)...); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	err := r.time(caseCommits, func() error {
		for i := range 2000 {
			if err := d.exec(insert, row("c", 0, i)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = each(caseUpdate, "UPDATE t SET title = ?, n = n + 1 WHERE id = ?", rows/2, func(i int) []any {
			return []any{fmt.Sprint("changed ", i), key("a", i*2)}
		})
	}
	if err == nil {
		err = r.time(casePoints, func() error { return d.points(rows) })
	}
	if err == nil {
		err = r.time(caseScans, func() error {
			for range 5 {
				var n int
				if err := d.value("SELECT sum(length(body)) + sum(n) FROM t", &n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = each(caseDelete, "DELETE FROM t WHERE id = ?", rows/5, func(i int) []any { return []any{key("a", i*5)} })
	}
	return err
}

func (d *database) points(rows int) error {
	st, err := d.PrepareContext(context.Background(), "SELECT title, n FROM t WHERE id = ?")
	if err != nil {
		return err
	}
	defer st.Close()
	for i := range 20_000 {
		var title string
		var n int
		if err := st.QueryRow(key("a", i*7919%rows)).Scan(&title, &n); err != nil {
			return err
		}
	}
	return nil
}

const (
	insert = "INSERT INTO t (id, title, body, n, ratio, done) VALUES (?, ?, ?, ?, ?, ?)"
	// upsert is what merging comes to without tracking.
	upsert = insert + " ON CONFLICT (id) DO UPDATE SET " +
		"title = excluded.title, body = excluded.body, n = excluded.n, ratio = excluded.ratio, done = excluded.done"
)

// key spreads over the index as random identifiers do, the same in every run.
func key(prefix string, i int) string {
	return fmt.Sprintf("%s%016x-%08d", prefix, uint64(i+1)*0x9e3779b97f4a7c15, i)
}

func row(prefix string, version, i int) []any {
	return []any{key(prefix, i), fmt.Sprintf("Title %d of %d", i, version), fmt.Sprintf("%0100d", i), i + version, float64(i) / 3, i % 2}
}

func (d *database) fill(text, prefix string, version, rows int) error {
	return d.transaction(text, func(st *sql.Stmt) error {
		for i := range rows {
			if _, err := st.Exec(row(prefix, version, i)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *database) transaction(text string, fn func(*sql.Stmt) error) error {
	if err := d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	st, err := d.PrepareContext(context.Background(), text)
	if err != nil {
		return err
	}
	err = fn(st)
	if end := st.Close(); err == nil {
		err = end
	}
	if err != nil {
		return err
	}
	return d.exec("COMMIT")
}

// extract reads all changes into memory.
func (d *database) extract() (all [][]any, err error) {
	rows, err := d.QueryContext(context.Background(), d.peer.changes)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, rows.Err()
}

// megabytes is the size of the file with the log emptied into it.
func (d *database) megabytes() (float64, error) {
	if err := d.exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return 0, err
	}
	info, err := os.Stat(d.path)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / 1e6, nil
}
