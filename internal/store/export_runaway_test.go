package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// long is far more than what is ended takes, and far less than what is not.
const long = 20 * time.Second

// exports are the two kinds of export, into a folder that is looked at after.
var exports = map[string]func(t *testing.T, ctx context.Context, s *Store, d Data) error{
	"archive": func(_ *testing.T, ctx context.Context, s *Store, d Data) error {
		var b bytes.Buffer
		_, err := s.ExportArchive(ctx, d, &b)
		return err
	},
	"folder": func(t *testing.T, ctx context.Context, s *Store, d Data) error {
		parent := t.TempDir()
		_, err := s.Export(ctx, d, filepath.Join(parent, "out"), nil)
		if left, _ := os.ReadDir(parent); err != nil && len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
		return err
	},
}

// TestAnExportComputesWhatTheAuthorWroteAsTheVaultDoes: where the vault takes a
// row in milliseconds, SQLite's own functions would take from seconds to minutes.
func TestAnExportComputesWhatTheAuthorWroteAsTheVaultDoes(t *testing.T) {
	for name, schema := range map[string]string{
		"generated column":    "CREATE TABLE {large} (a TEXT, b TEXT, i INT AS (instr(a, b)) STORED)",
		"replaced":            "CREATE TABLE {large} (a TEXT, b TEXT, i INT AS (length(replace(a, b, 'c'))) STORED)",
		"expression of index": "CREATE TABLE {large} (a TEXT, b TEXT); CREATE INDEX {large_i} ON {large} (instr(a, b))",
		"condition of index":  "CREATE TABLE {large} (a TEXT, b TEXT); CREATE INDEX {large_i} ON {large} (length(a)) WHERE instr(a, b) > 5",
	} {
		t.Run(name, func(t *testing.T) {
			s := create(t)
			if err := migrate(s, 1, notesPrefix, migration("0001", schema)); err != nil {
				t.Fatal(err)
			}
			c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
			defer c.Close()
			execute(t, c, "INSERT INTO {large} (a, b) VALUES (printf('%.*c', 2000000, 'a'), printf('%.*c', 1000000, 'a') || 'b')")
			for kind, export := range exports {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				err := export(t, ctx, s, Data{Extension: 1, Rights: Rights{Own: notesPrefix}})
				cancel()
				if took := time.Since(began); took > long {
					t.Errorf("%s: took %v", kind, took)
				}
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", kind, err)
				}
				if err := export(t, t.Context(), s, Data{Extension: 1, Rights: Rights{Own: notesPrefix}}); err != nil {
					t.Errorf("%s without a deadline: %v", kind, err)
				}
			}
		})
	}
}

// computed would go on for seconds or minutes for one row of two values of
// 4,000,000 letters, on which functions of bounded time do not help.
var computed = map[string]string{
	"LIKE":        "a LIKE '%" + strings.Repeat("1", 200) + "b'",
	"GLOB":        "a GLOB '*" + strings.Repeat("[0-9]", 40) + "b'",
	"lengths":     many("length(a)"),
	"comparisons": many("(a < b)"),
	"sums":        many("a"),
	"joined":      many("length(a || b)"),
}

// TestThePlainDatabaseEndsWithItsExport: in the middle of one row.
func TestThePlainDatabaseEndsWithItsExport(t *testing.T) {
	value := strings.Repeat("1", 4_000_000)
	for name, expression := range computed {
		for kind, table := range map[string]string{
			"column": fmt.Sprintf("CREATE TABLE t (a TEXT, b TEXT, i AS (%s) STORED)", expression),
			"index":  fmt.Sprintf("CREATE TABLE t (a TEXT, b TEXT, UNIQUE (a)); CREATE INDEX i ON t (%s)", expression),
		} {
			s := create(t)
			ctx, cancel := context.WithCancel(t.Context())
			e := &exporter{store: s, ctx: ctx}
			db, err := e.OpenDatabase("file:plain?mode=memory")
			if err != nil {
				t.Fatal(err)
			}
			for text := range strings.SplitSeq(table, "; ") {
				if err := db.Exec(text); err != nil {
					t.Fatalf("%s, %s: %v", name, kind, err)
				}
			}
			insert, err := db.Prepare("INSERT INTO t (a, b) VALUES (?, ?)")
			if err != nil {
				t.Fatalf("%s, %s: %v", name, kind, err)
			}
			const patience = 100 * time.Millisecond
			began := time.Now()
			time.AfterFunc(patience, cancel)
			err = insert.Run([]any{value, value})
			took := time.Since(began) - patience
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
			if took > long {
				t.Errorf("%s, %s: took %v", name, kind, took)
			}
			t.Logf("%-12s %-7s ended %v after its context", name, kind, took.Round(time.Millisecond))
			insert.Close()
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// computes reports whether a statement runs on a connection that is watched and
// none of the vault's.
func computes(s *Store) (found bool) {
	s.conns.mu.Lock()
	defer s.conns.mu.Unlock()
	vaults := map[any]bool{}
	for c := range s.conns.all {
		vaults[c.handle.db] = true
	}
	watches.Range(func(key, w any) bool {
		db, ok := key.(uintptr)
		found = ok && !vaults[db] && w.(*watch).store == s && (*sqlite3.Tsqlite3)(pointer(db)).FnVdbeActive > 0
		return !found
	})
	return found
}

// TestClosingEndsAnExportInTheMiddleOfARow that takes the vault, too, as long as
// a call may.
func TestClosingEndsAnExportInTheMiddleOfARow(t *testing.T) {
	s := create(t)
	schema := "CREATE TABLE {large} (id INTEGER PRIMARY KEY, a TEXT, i AS (a LIKE '%" + strings.Repeat("a", 200) + "b') STORED)"
	if err := migrate(s, 1, notesPrefix, migration("0001", schema)); err != nil {
		t.Fatal(err)
	}
	run(t, s, own("INSERT INTO {large} (a) "+countSome+"SELECT 'a' FROM n LIMIT 256"))
	run(t, s, own("INSERT INTO {large} (a) VALUES (printf('%.*c', 500000, 'a'))"))
	begun, ended := make(chan struct{}), make(chan error)
	parent := t.TempDir()
	go func() {
		_, err := s.Export(t.Context(), Data{Extension: 1, Rights: Rights{Own: notesPrefix}}, filepath.Join(parent, "out"), func(int64, int64) { close(begun) })
		ended <- err
	}()
	<-begun // the next row is the long one
	until(t, func() bool { return computes(s) })
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-ended; fault.Code(err) != "vault.locked" {
		t.Errorf("the export: %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
