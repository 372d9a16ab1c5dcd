package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

var (
	notesPrefix = strings.Repeat("a1", 32) + "__notes__"
	otherPrefix = strings.Repeat("b2", 32) + "__other__"
)

// own expands {x} to the quoted full name of the table x of notes, and {{x}}
// to that of the other extension.
func own(text string) string {
	text = strings.ReplaceAll(text, "{{", `"`+otherPrefix)
	text = strings.ReplaceAll(text, "}}", `"`)
	text = strings.ReplaceAll(text, "{", `"`+notesPrefix)
	return strings.ReplaceAll(text, "}", `"`)
}

func migration(name, text string) Migration {
	return Migration{Name: name, SQL: own(text), Hash: sha256.Sum256([]byte(text))}
}

func migrate(s *Store, ext int64, prefix string, list ...Migration) error {
	_, err := s.Migrate(context.Background(), nil, ext, Rights{Own: prefix}, list, MigrateOptions{})
	return err
}

// twoExtensions makes a store with the tables of two extensions.
func twoExtensions(t testing.TB) (*Store, *Confined) {
	t.Helper()
	s := create(t)
	if err := migrate(s, 1, notesPrefix, migration("0001", `
		CREATE TABLE {notes} (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, body TEXT, made DATE, data BLOB, CHECK (title <> ''));
		CREATE INDEX {by_body} ON {notes} (body);
		CREATE TABLE {tags} (note INTEGER REFERENCES {notes} (id) ON DELETE CASCADE, tag TEXT);
		CREATE VIEW {titles} AS SELECT title FROM {notes};
		CREATE TRIGGER {tagged} AFTER INSERT ON {notes} BEGIN INSERT INTO {tags} VALUES (NEW.id, 'new'); END;
		CREATE TABLE {seq} (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
	`)); err != nil {
		t.Fatal(err)
	}
	if err := migrate(s, 2, otherPrefix, migration("0001", `
		CREATE TABLE {{secrets}} (id INTEGER PRIMARY KEY, secret TEXT);
		INSERT INTO {{secrets}} (secret) VALUES ('other people''s secret');
		CREATE VIEW {{view}} AS SELECT secret FROM {{secrets}};
	`)); err != nil {
		t.Fatal(err)
	}
	run(t, s, "INSERT INTO alcove_setting (key, value) VALUES ('host', 'host secret')")
	c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
	t.Cleanup(c.Close)
	return s, c
}

func query(t testing.TB, c *Confined, text string, params ...any) Rows {
	t.Helper()
	rows, err := c.Query(t.Context(), Statement{SQL: own(text), Params: params})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rows
}

func execute(t testing.TB, c *Confined, text string, params ...any) Outcome {
	t.Helper()
	out, err := c.Execute(t.Context(), Statement{SQL: own(text), Params: params})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func TestValuesKeepTheirType(t *testing.T) {
	_, c := twoExtensions(t)
	values := []any{
		int64(0), int64(math.MaxInt64), int64(math.MinInt64), 1.0, 0.1, math.Inf(1), "", "x", "a\x00b",
		"2026-11-20", "2026-11-20 10:00:00",
		[]byte{},
		[]byte{0, 1, 0xff},
		nil,
	}
	for i, v := range values {
		execute(t, c, `INSERT INTO {notes} (id, title, made, data) VALUES (?1, 'n' || ?1, ?2, ?2)`, int64(i), v)
		got := query(t, c, `SELECT made, data, max(data) FROM {notes} WHERE id = ?`, int64(i)).Rows[0]
		for col, g := range got[1:] { // made has NUMERIC affinity, which may turn 1.0 into 1
			if diff := cmp.Diff(v, g); diff != "" {
				t.Errorf("value %#v, column %d: %s", v, col+1, diff)
			}
		}
		if s, ok := v.(string); ok && got[0] != s {
			t.Errorf("DATE column turned %q into %#v", s, got[0])
		}
	}
	if got := query(t, c, "SELECT ?, typeof(?)", true, false).Rows[0]; got[0] != int64(1) || got[1] != "integer" {
		t.Errorf("bool became %v", got)
	}
}

func TestExecuteReportsWhatItDid(t *testing.T) {
	_, c := twoExtensions(t)
	out := execute(t, c, `INSERT INTO {notes} (id, title) VALUES (7, 'a'), (8, 'b') RETURNING id, title`)
	want := Outcome{RowsAffected: 2, LastInsertID: 8, Columns: []string{"id", "title"}, Rows: [][]any{{int64(7), "a"}, {int64(8), "b"}}}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if got := query(t, c, "SELECT tag FROM {tags}").Rows; len(got) != 2 {
		t.Errorf("the trigger did not run: %v", got)
	}
	if out := execute(t, c, "DELETE FROM {notes} WHERE id = 7"); out.RowsAffected != 1 {
		t.Errorf("delete: %+v", out)
	}
	if got := query(t, c, "SELECT tag FROM {tags}").Rows; len(got) != 1 {
		t.Errorf("the foreign key did not cascade: %v", got)
	}
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	_, c := twoExtensions(t)
	_, err := c.Transaction(t.Context(), []Statement{
		{SQL: own(`INSERT INTO {notes} (title) VALUES ('a')`)},
		{SQL: own(`INSERT INTO {notes} (title) VALUES (NULL)`)},
	})
	if fault.Code(err) != "db.constraint" || fault.Of(err).Data["statement"] != 1 || fault.Of(err).Data["constraint"] != "not_null" {
		t.Errorf("error %v %v", err, fault.Of(err).Data)
	}
	if strings.Contains(fault.Of(err).Message, "a1a1") || !strings.Contains(fault.Of(err).Message, "notes.title") {
		t.Errorf("message: %s", fault.Of(err).Message)
	}
	if n := query(t, c, "SELECT count(*) FROM {notes}").Rows[0][0]; n != int64(0) {
		t.Errorf("%v rows", n)
	}
	out, err := c.Transaction(t.Context(), []Statement{
		{SQL: own(`INSERT INTO {notes} (title) VALUES ('a')`)},
		{SQL: own(`INSERT INTO {tags} (note, tag) SELECT last_insert_rowid(), 'x'`)},
		{SQL: own(`SELECT count(*) FROM {tags}`)},
	})
	if err != nil || len(out) != 3 || out[2].Rows[0][0] != int64(2) {
		t.Errorf("outcomes %+v, %v", out, err)
	}
}

func TestErrorsTellTheAuthorWhatToDo(t *testing.T) {
	_, c := twoExtensions(t)
	execute(t, c, `INSERT INTO {notes} (title) VALUES ('a')`)
	for _, tt := range []struct {
		call, sql string
		params    []any
		code      string
		says      string
	}{
		{"query", "SELEC 1", nil, "db.syntax", "SELEC"},
		{"query", "", nil, "db.syntax", "no statement"},
		{"query", " -- nothing", nil, "db.syntax", "no statement"},
		{"query", "SELECT * FROM {missing}", nil, "db.syntax", "no such table: missing"},
		{"query", "SELECT missing FROM {notes}", nil, "db.syntax", "no such column: missing"},
		{"query", "SELECT 1; SELECT 2", nil, "db.several_statements", "one statement"},
		{"query", "SELECT 1; nonsense", nil, "db.several_statements", "one statement"},
		{"query", "SELECT ?", nil, "db.parameter", "1 parameter, but 0 values"},
		{"query", "SELECT ?", []any{struct{}{}}, "db.parameter", "Value 1"},
		{"query", "SELECT ?", []any{math.NaN()}, "db.parameter", "not a number"},
		{"query", "DELETE FROM {notes}", nil, "db.not_a_query", "only reads"},
		{"query", "INSERT INTO {notes} (title) VALUES ('q') RETURNING id", nil, "db.not_a_query", "only reads"},
		{"execute", "INSERT INTO {notes} (title) VALUES ('a')", nil, "db.constraint", "UNIQUE constraint failed: notes.title"},
		{"execute", "INSERT INTO {notes} (title) VALUES ('')", nil, "db.constraint", "CHECK"},
		{"execute", "INSERT INTO {tags} (note) VALUES (99)", nil, "db.constraint", "FOREIGN KEY"},
		{"execute", "INSERT INTO {notes} (id, title) VALUES ('x', 'y')", nil, "db.constraint", "datatype mismatch"},
	} {
		var err error
		if st := (Statement{SQL: own(tt.sql), Params: tt.params}); tt.call == "query" {
			_, err = c.Query(t.Context(), st)
		} else {
			_, err = c.Execute(t.Context(), st)
		}
		f := fault.Of(err)
		if f.Code != tt.code || !strings.Contains(f.Message, tt.says) || strings.Contains(f.Message, notesPrefix) {
			t.Errorf("%s %s: %s %q", tt.call, tt.sql, f.Code, f.Message)
		}
	}
	for _, harmless := range []string{"SELECT 1;", "SELECT 1; -- done\n", "SELECT 1 ;; /* done */ ;", "EXPLAIN QUERY PLAN SELECT 1"} {
		query(t, c, harmless)
	}
}

func TestLimitsEndAStatement(t *testing.T) {
	s, _ := twoExtensions(t)
	c := s.Confine(Rights{Own: notesPrefix}, Limits{Statement: 200, Params: 3, Rows: 10, Bytes: 1000, Time: 150 * time.Millisecond})
	defer c.Close()
	const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
	for _, tt := range []struct {
		sql    string
		params []any
		code   string
	}{
		{"SELECT 1" + strings.Repeat(" ", 200), nil, "quota.statement"},
		{"SELECT ?,?,?,?", []any{nil, nil, nil, nil}, "quota.params"},
		{endless + "SELECT i FROM n", nil, "quota.rows"},
		{endless + "SELECT i FROM n LIMIT 10", nil, ""},
		{endless + "SELECT randomblob(200) FROM n LIMIT 10", nil, "quota.bytes"},
		{"SELECT randomblob(2000)", nil, "quota.bytes"},
		{"SELECT zeroblob(2000)", nil, "quota.bytes"},
		{"SELECT replace(hex(zeroblob(400)), '00', 'xxxxxxxx')", nil, "quota.bytes"},
		{"SELECT printf('%.*c', 100000, 'x')", nil, "quota.bytes"},
		{"SELECT ?", []any{strings.Repeat("x", 2000)}, "quota.bytes"},
		{endless + "SELECT count(*) FROM n", nil, "quota.time"},
		{endless + "SELECT max(i) FROM n ORDER BY 1", nil, "quota.time"},
	} {
		start := time.Now()
		_, err := c.Query(t.Context(), Statement{SQL: tt.sql, Params: tt.params})
		if fault.Code(err) != tt.code {
			t.Errorf("%.60s: %v", tt.sql, err)
		}
		if d := time.Since(start); d > long {
			t.Errorf("%.60s: took %v", tt.sql, d)
		}
	}
	if _, err := c.Execute(t.Context(), Statement{SQL: own("INSERT INTO {tags} (tag) " + endless[:0] + endless + "SELECT i FROM n")}); fault.Code(err) != "quota.time" {
		t.Errorf("endless insert: %v", err)
	}
	if rows, err := c.Query(t.Context(), Statement{SQL: own("SELECT count(*) FROM {tags}")}); err != nil || rows.Rows[0][0] != int64(0) {
		t.Errorf("after the endless insert: %v %v", rows, err)
	}
}

func TestCancelledCallEndsWithTheContextsError(t *testing.T) {
	_, c := twoExtensions(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Query(ctx, Statement{SQL: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	query(t, c, "SELECT 1") // the connection is still good
}

func TestHostAndExtensionShareTheWriter(t *testing.T) {
	s, c := twoExtensions(t)
	err := s.Update(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO alcove_setting (key, value) VALUES ('x', x'')"); err != nil {
			return err
		}
		applied, err := s.Migrate(t.Context(), tx, 1, Rights{Own: notesPrefix}, []Migration{migration("0002", "ALTER TABLE {notes} ADD COLUMN pin INTEGER")}, MigrateOptions{})
		if err != nil || len(applied) != 1 {
			t.Errorf("migrate in the host's transaction: %v %v", applied, err)
		}
		return errors.New("never mind")
	})
	if err == nil || err.Error() != "never mind" {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: own("SELECT pin FROM {notes}")}); fault.Code(err) != "db.syntax" {
		t.Errorf("the migration was not undone: %v", err)
	}
	var n int
	if err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM alcove_migration WHERE extension = 1").Scan(&n)
	}); err != nil || n != 1 {
		t.Errorf("%d migrations recorded, %v", n, err)
	}
}

func TestRemovingAnExtensionsTablesLeavesOthersAlone(t *testing.T) {
	s, c := twoExtensions(t)
	execute(t, c, `INSERT INTO {notes} (title) VALUES ('a'), ('b')`)
	var sizes []TableInfo
	if err := s.Update(t.Context(), func(tx *sql.Tx) (err error) {
		sizes, err = s.TableSizes(t.Context(), tx, notesPrefix)
		if err != nil {
			return err
		}
		return s.DropTables(t.Context(), tx, notesPrefix)
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]TableInfo{{"notes", 2}, {"seq", 0}, {"tags", 2}}, sizes); diff != "" {
		t.Error(diff)
	}
	other := s.Confine(Rights{Own: otherPrefix}, DefaultLimits())
	defer other.Close()
	if got := query(t, other, "SELECT * FROM {{secrets}}").Rows; len(got) != 1 {
		t.Errorf("rows %v", got)
	}
	var left int
	if err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM sqlite_schema WHERE tbl_name LIKE ?", notesPrefix+"%").Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("%d objects left, %v", left, err)
	}
}

func TestEmptyAndNilBlobDiffer(t *testing.T) {
	_, c := twoExtensions(t)
	got := query(t, c, "SELECT ?, ?", []byte(nil), []byte{}).Rows[0]
	if got[0] != nil || got[1] == nil || !bytes.Equal(got[1].([]byte), []byte{}) {
		t.Errorf("%#v", got)
	}
}

func TestStatementCannotTakeAllMemory(t *testing.T) {
	_, c := twoExtensions(t)
	system.ceiling.Store(system.held.Load() + 50<<20)
	defer system.ceiling.Store(memoryCeiling)
	for _, text := range []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT randomblob(1000) AS b FROM n ORDER BY b",
		"WITH RECURSIVE n(i, b) AS (SELECT 1, randomblob(1000) UNION SELECT i + 1, randomblob(1000) FROM n) SELECT count(*) FROM n",
		"INSERT INTO {notes} (title) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT hex(randomblob(1000)) AS b FROM n ORDER BY b",
	} {
		if _, err := c.Execute(t.Context(), Statement{SQL: own(text)}); fault.Code(err) != "quota.bytes" && fault.Code(err) != "quota.time" {
			t.Errorf("%s: %v", text, err)
		}
	}
	if n := query(t, c, "SELECT count(*) FROM {notes}").Rows[0][0]; n != int64(0) {
		t.Errorf("%v rows", n)
	}
}

func TestWaitingForAnotherWriterIsBusy(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Time = 30 * time.Millisecond
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	if err := s.Update(t.Context(), func(*sql.Tx) error {
		_, err := c.Execute(t.Context(), Statement{SQL: own("DELETE FROM {notes}")})
		if fault.Code(err) != "db.busy" {
			t.Errorf("error %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestTransactionBoundsAllItsResults: the limit of a result is one for the
// whole transaction, or many statements together could ask for all memory.
func TestTransactionBoundsAllItsResults(t *testing.T) {
	s, _ := twoExtensions(t)
	limits := DefaultLimits()
	limits.Bytes = 1 << 16
	c := s.Confine(Rights{Own: notesPrefix}, limits)
	t.Cleanup(c.Close)
	one := Statement{SQL: "SELECT zeroblob(20000)"}
	if _, err := c.Transaction(t.Context(), []Statement{one, one, one}); err != nil {
		t.Error(err)
	}
	if _, err := c.Transaction(t.Context(), []Statement{one, one, one, one}); fault.Code(err) != "quota.bytes" {
		t.Errorf("four: %v", err)
	}
}
