package store

import (
	"context"
	"testing"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// TestDriverConnectionHoldsItsHandle fails when a new version of the driver
// keeps its handle elsewhere than handleOf looks for it. Then handle.go must
// be made to fit, before anything else is believed.
func TestDriverConnectionHoldsItsHandle(t *testing.T) {
	if err := setAllocator(); err != nil { // before any connection
		t.Fatal(err)
	}
	conn, err := connector{driver: &sqlite.Driver{}, dsn: ":memory:"}.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h, err := handleOf(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.exec("CREATE TABLE t (x); INSERT INTO t VALUES (41 + 1)"); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := h.rows("SELECT x FROM t", nil, func(row []any) error { got = row[0]; return nil }); err != nil || got != int64(42) {
		t.Fatalf("the handle is of another connection: %v %v", got, err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if h, err := handleOf(conn); err == nil {
		t.Errorf("a closed connection gave %+v", h)
	}
	if _, err := handleOf("not a connection"); err == nil {
		t.Error("a string gave a handle")
	}
}

// TestConnectionSettings reads back what the store relies on.
func TestConnectionSettings(t *testing.T) {
	s, c := twoExtensions(t)
	_ = query(t, c, "SELECT 1")
	_ = dump(t, s)
	want := map[string]int64{
		"synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "temp_store": 1, "trusted_schema": 0,
		"cell_size_check": 1, "mmap_size": 0, "busy_timeout": busyPatience.Milliseconds(), "page_size": 4096,
	}
	for conn := range s.conns.all {
		for pragma, value := range want {
			var got any = int64(0) // mmap_size answers nothing when it cannot map
			if err := conn.handle.rows("PRAGMA "+pragma, nil, func(row []any) error { got = row[0]; return nil }); err != nil || got != value {
				t.Errorf("%s is %v, %v", pragma, got, err)
			}
		}
		for id, value := range map[int32]int32{sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0} {
			if got := conn.handle.limit(id, -1); got != value {
				t.Errorf("limit %d is %d", id, got)
			}
		}
		for _, attempt := range []string{"PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = OFF", "PRAGMA writable_schema = 1"} {
			_ = conn.handle.exec(attempt) // it may be refused or ignored
		}
		var mode any
		if err := conn.handle.rows("PRAGMA journal_mode", nil, func(row []any) error { mode = row[0]; return nil }); err != nil || mode != "wal" {
			t.Errorf("journal mode %v, %v", mode, err)
		}
		if err := conn.handle.exec("CREATE TABLE x (x)"); s.writer != conn && err == nil {
			t.Error("a reading connection wrote")
		}
	}
	if len(s.conns.all) != 3 {
		t.Errorf("%d connections", len(s.conns.all))
	}
}

func TestConnectionsShareTheCache(t *testing.T) {
	s, c := twoExtensions(t)
	_ = query(t, c, "SELECT 1")
	_ = dump(t, s)
	var total int64
	run(t, s, "SELECT 1")
	_ = query(t, c, "SELECT 1")
	_ = dump(t, s)
	for conn := range s.conns.all {
		total += conn.share
	}
	if total != s.conns.budget/3*3 {
		t.Errorf("%d bytes in all, of %d", total, s.conns.budget)
	}
}
