package store

import (
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestEveryErrorOfSQLiteReachesTheAuthorWithACode provokes each kind that a
// statement can.
func TestEveryErrorOfSQLiteReachesTheAuthorWithACode(t *testing.T) {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("kinds", `
		CREATE TABLE {k} (id INTEGER PRIMARY KEY, n TEXT NOT NULL, u TEXT UNIQUE, c INTEGER CONSTRAINT positive CHECK (c > 0), parent INTEGER REFERENCES {k} (id), g AS (json_valid(n)));
		CREATE TABLE {w} (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
		CREATE TABLE {strict} (i INTEGER) STRICT;
		CREATE TRIGGER {stop} BEFORE DELETE ON {k} BEGIN SELECT RAISE(ABORT, 'this stays'); END;
		CREATE TRIGGER {fail} BEFORE UPDATE ON {k} BEGIN SELECT RAISE(FAIL, 'this too'); END;
		INSERT INTO {k} (id, n, u) VALUES (1, 'n', 'u');
		INSERT INTO {w} VALUES ('a', 'b');
	`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ sql, code, constraint, says string }{
		{"INSERT INTO {k} (n) VALUES (NULL)", "db.constraint", "not_null", "k.n"},
		{"INSERT INTO {k} (n, u) VALUES ('n', 'u')", "db.constraint", "unique", "k.u"},
		{"INSERT INTO {k} (id, n) VALUES (1, 'n')", "db.constraint", "primary_key", "k.id"},
		{"INSERT INTO {w} VALUES ('a', 'b')", "db.constraint", "primary_key", "w.a, w.b"},
		{"INSERT INTO {k} (n, c) VALUES ('n', -1)", "db.constraint", "check", "positive"},
		{"INSERT INTO {k} (n, parent) VALUES ('n', 9)", "db.constraint", "foreign_key", "FOREIGN KEY"},
		{"INSERT INTO {k} (id, n) VALUES ('x', 'n')", "db.constraint", "type", "mismatch"},
		{"INSERT INTO {strict} VALUES ('x')", "db.constraint", "type", "strict.i"},
		{"DELETE FROM {k}", "db.constraint", "trigger", "this stays"},
		{"UPDATE {k} SET n = 'x'", "db.constraint", "trigger", "this too"},
		{"INSERT INTO {k} (n) VALUES (zeroblob(9000000))", "quota.bytes", "", "8388608 bytes"},
		{"SELECT json_extract('{', '$')", "db.syntax", "", "malformed JSON"},
		{"SELECT abs(-9223372036854775808)", "db.syntax", "", "integer overflow"},
		{"SELECT sum(v) FROM (SELECT 9223372036854775807 AS v UNION ALL SELECT 1)", "db.syntax", "", "integer overflow"},
		{"SELECT 'x' LIKE 'y' ESCAPE 'zz'", "db.syntax", "", "ESCAPE"},
		{"INSERT INTO {k} (g) VALUES (1)", "db.syntax", "", "generated column"},
		{"SELECT max()", "db.syntax", "", "max()"},
		{"SELECT id FROM {k} AS a, {k} AS b", "db.syntax", "", "ambiguous"},
	} {
		_, err := c.Execute(t.Context(), Statement{SQL: expand(tt.sql)})
		f := fault.Of(err)
		constraint, _ := f.Data["constraint"].(string)
		if fault.Code(err) != tt.code || constraint != tt.constraint || err != nil && !strings.Contains(f.Message, tt.says) {
			t.Errorf("%s: %s %q %q", tt.sql, fault.Code(err), constraint, f.Message)
		}
		if err != nil && (strings.Contains(f.Message, notesPrefix) || !strings.HasSuffix(f.Message, ".")) {
			t.Errorf("%s: %s", tt.sql, f.Message)
		}
	}
}

// TestErrorsNameNobodyElse: what SQLite says is passed on without names that
// were not granted, whatever it is.
func TestErrorsNameNobodyElse(t *testing.T) {
	granted := &Rights{Own: notesPrefix, Grants: []Grant{{Action: ActionRead, Target: otherPrefix + "open"}}}
	for message, want := range map[string]string{
		"no such table: main." + notesPrefix + "x":           "no such table: main.x",
		"no such table: main." + otherPrefix + "open":        "no such table: main." + otherPrefix + "open",
		"no such column: " + otherPrefix + "open.x":          "no such column: " + otherPrefix + "open.x",
		"no such table: main." + otherPrefix + "secrets":     "it names what is not there",
		"error in trigger " + strings.ToUpper(otherPrefix):   "it names what is not there",
		"error in view " + otherPrefix + "open2: no such x":  "it names what is not there",
		"error in trigger alcove_crdt_t_7_i: no such column": "it names what is not there",
		otherPrefix + "open and " + otherPrefix + "log":      "it names what is not there",
	} {
		if got := unprefixed(message, granted); got != want {
			t.Errorf("%s: %s", message, got)
		}
	}
	for _, code := range []int32{
		sqlite3.SQLITE_ERROR, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_VTAB, sqlite3.SQLITE_MISMATCH,
		sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
	} {
		err := explain(&sqliteError{code: code, message: "near " + otherPrefix + "secrets"}, granted, DefaultLimits())
		if fault.Code(err) == fault.CodeInternal || strings.Contains(fault.Of(err).Message, otherPrefix) {
			t.Errorf("code %d: %v", code, err)
		}
	}
}
