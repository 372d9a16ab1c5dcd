package plain

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// The authorizer stands behind every other check of an imported file: with one
// table's turn, nothing else can be compiled.
func TestOnlyTheTableWhoseTurnItIsCanBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE a (x); CREATE TABLE b (x); CREATE VIEW v AS SELECT x FROM a; CREATE VIEW w AS SELECT 1 AS x;
		CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO a VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	source, err := openSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	s := source.(*sqliteSource)
	s.allowed = "a"
	for query, allowed := range map[string]bool{
		"SELECT +x FROM a NOT INDEXED":         true,
		"PRAGMA quick_check('a')":              true,
		"SELECT x FROM b":                      false,
		"SELECT x FROM v":                      false,
		"SELECT x FROM w":                      false,
		"SELECT x FROM f":                      false,
		"SELECT x FROM a, b":                   false,
		"SELECT (SELECT max(x) FROM b) FROM a": false,
		"SELECT sql FROM sqlite_schema":        false,
		"SELECT hex(x) FROM a":                 false,
		"PRAGMA quick_check":                   false,
		"PRAGMA quick_check('b')":              false,
		"PRAGMA writable_schema = 1":           false,
		"ATTACH ':memory:' AS m":               false,
		"CREATE TEMP TABLE t (x)":              false,
		"INSERT INTO a VALUES (2)":             false,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n": false,
	} {
		var x any
		err := s.conn.QueryRowContext(t.Context(), query).Scan(&x)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestFileNamesAreSafeAndTellTheTable(t *testing.T) {
	seen := map[string]string{}
	for _, table := range []string{"notes", "Notes", "a b", "../x", "con", "com1", "com", ".x", "%41", "A", "Ünï", "a\x00b", "x.csv", "nul"} {
		file := fileName(table)
		if other, twice := seen[file]; twice {
			t.Errorf("%q and %q have the file %s", table, other, file)
		}
		seen[file] = table
		for _, c := range file {
			if c != '%' && c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'F') {
				t.Errorf("%q: %s", table, file)
			}
		}
		if device(file) {
			t.Errorf("%q: %s is a device", table, file)
		}
		if got, ok := tableName(file); !ok || got != table {
			t.Errorf("%q comes back as %q", table, got)
		}
	}
	long := fileName(string(make([]byte, 100)))
	if len(long) > maxFileName {
		t.Errorf("%d bytes", len(long))
	}
	if _, ok := tableName(long); ok {
		t.Error("a long name tells a table")
	}
}
