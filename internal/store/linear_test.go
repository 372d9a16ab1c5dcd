package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// TestLinearFunctionsAnswerLikeSQLite compares with a database that has
// SQLite's own functions.
func TestLinearFunctionsAnswerLikeSQLite(t *testing.T) {
	plain, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_, c := twoExtensions(t)
	values := []any{
		nil, "", "a", "aa", "aab", "abcabc", "ü", "aüb", "üü日本", "日", "4142", "41 42", "41-42 4", "4g", "xx", " a ",
		int64(4142), int64(1), 1.5,
		[]byte{},
		[]byte("a"), []byte("aüb"),
		[]byte{0xff, 'a'},
		[]byte{1, 2, 3},
		[]byte{2},
	}
	same := func(text string, params ...any) {
		t.Helper()
		var want, kind any
		if err := plain.QueryRow("SELECT x, typeof(x) FROM (SELECT "+text+" AS x)", params...).Scan(&want, &kind); err != nil {
			t.Fatal(err)
		}
		got := query(t, c, "SELECT x, typeof(x) FROM (SELECT "+text+" AS x)", params...)
		if b, ok := want.([]byte); ok && len(b) == 0 {
			want = []byte{}
		}
		if !reflect.DeepEqual(got.Rows[0], []any{want, kind}) {
			t.Errorf("%s of %#v: %#v, want %#v %v", text, params, got.Rows[0], want, kind)
		}
	}
	for _, x := range values {
		for _, y := range values {
			for _, text := range []string{"instr(?, ?)", "trim(?, ?)", "ltrim(?, ?)", "rtrim(?, ?)", "unhex(?, ?)"} {
				same(text, x, y)
			}
			for _, z := range []any{nil, "", "x", "xyz", int64(7)} {
				same("replace(?, ?, ?)", x, y, z)
			}
		}
	}
}

// TestLongValuesEndInTime: SQLite cannot end a function while it runs, so
// each call has to be short by itself.
func TestLongValuesEndInTime(t *testing.T) {
	_, c := twoExtensions(t)
	const n = 1 << 19
	many := strings.Repeat("a", 2*n)
	for _, call := range []struct {
		text   string
		params []any
	}{
		{"SELECT instr(?, ?)", []any{many, many[:n] + "b"}},
		{"SELECT length(replace(?, ?, 'x'))", []any{many, many[:n] + "b"}},
		{"SELECT length(trim(?, ?))", []any{many, strings.Repeat("b", n) + "a"}},
		{"SELECT length(ltrim(?, ?))", []any{many, strings.Repeat("b", n) + "a"}},
		{"SELECT length(rtrim(?, ?))", []any{many, strings.Repeat("b", n) + "a"}},
		{"SELECT length(unhex(?, ?))", []any{strings.Repeat("z", n), strings.Repeat("y", n) + "z"}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), long)
		start := time.Now()
		if _, err := c.Query(ctx, Statement{SQL: call.text, Params: call.params}); err != nil {
			t.Errorf("%s: %v after %v", call.text, err, time.Since(start))
		}
		cancel()
	}
	for _, text := range []string{
		"SELECT replace(?, 'a', '" + strings.Repeat("x", 100) + "')",
		"SELECT json_patch('{}', ?)", "SELECT jsonb_patch('{}', ?)",
		"SELECT 'x' LIKE ?", "SELECT 'x' GLOB ?",
	} {
		if _, err := c.Query(t.Context(), Statement{SQL: text, Params: []any{many}}); err == nil {
			t.Errorf("%.40s was run", text)
		}
	}
	if _, err := c.Query(t.Context(), Statement{SQL: fmt.Sprintf("SELECT max(1%s)", strings.Repeat(",1", 127))}); err == nil {
		t.Error("128 arguments were taken")
	}
}

// TestLinearFunctionsWorkInTheSchema: they are trusted where SQLite's own are.
func TestLinearFunctionsWorkInTheSchema(t *testing.T) {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("0002", `
		CREATE TABLE {w} (x CHECK (instr(x, 'a') > 0), y AS (replace(x, 'a', 'b')), z DEFAULT (trim('xax', 'x')));
		CREATE INDEX {w_i} ON {w} (rtrim(x, 'a'));
		CREATE VIEW {w_v} AS SELECT ltrim(x, 'a') AS l FROM {w};`)); err != nil {
		t.Fatal(err)
	}
	execute(t, c, "INSERT INTO {w} (x) VALUES ('aca')")
	if got := query(t, c, "SELECT y, z, l FROM {w}, {w_v}"); fmt.Sprint(got.Rows) != "[[bcb a ca]]" {
		t.Error(got.Rows)
	}
}
