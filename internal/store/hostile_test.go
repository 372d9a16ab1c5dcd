package store

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestForeignNamesAllFailAlike makes sure that an error cannot be used to ask
// which other extensions are installed.
func TestForeignNamesAllFailAlike(t *testing.T) {
	_, c := twoExtensions(t)
	for _, pattern := range []string{
		"SELECT 1 FROM %s", "SELECT missing FROM %s", "SELECT 1 FROM {notes} INDEXED BY %s", "DELETE FROM %s", "INSERT INTO %s VALUES (1,2,3,4,5,6,7)",
		"SELECT %s.secret FROM {notes}", "DROP TABLE %s", "DROP TABLE IF EXISTS %s", "CREATE INDEX {x} ON %s (y)", "EXPLAIN QUERY PLAN SELECT missing FROM %s",
		"SELECT $a('), missing FROM %s", "SELECT @a(\"x), missing FROM %s", "SELECT :a(`), missing FROM %s", "SELECT #a(--), missing FROM %s", "SELECT $a::b('), missing FROM %s",
		"SELECT missing FROM \ufeff%s", "SELECT 1 \ufeff-- '\n, missing FROM %s",
	} {
		var said []string
		for _, name := range []string{"{{secrets}}", "{{nothing}}", "alcove_setting", "alcove_nothing"} {
			_, err := c.Execute(t.Context(), Statement{SQL: own(fmt.Sprintf(pattern, name))})
			said = append(said, fault.Code(err)+" "+fault.Of(err).Message)
		}
		for _, other := range said[1:] {
			if other != said[0] {
				t.Errorf("%s: %q and %q", pattern, said[0], other)
			}
		}
	}
}

// dump describes everything in the database but the seal counts.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2")
		if err != nil {
			return err
		}
		defer rows.Close()
		var tables []string
		for rows.Next() {
			var kind, name string
			var text sql.NullString
			if err := rows.Scan(&kind, &name, &text); err != nil {
				return err
			}
			fmt.Fprintln(&b, kind, name, text.String)
			if kind == "table" && name != "alcove_seal" {
				tables = append(tables, name)
			}
		}
		for _, name := range tables {
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM " + quoteName(name)).Scan(&n); err != nil {
				return err
			}
			fmt.Fprintln(&b, name, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBrokenViewsDoNotStopOthers: SQLite looks at every view and trigger of the
// database when any table is altered, so one that is broken would keep the host
// and all other extensions from altering theirs.
func TestBrokenViewsDoNotStopOthers(t *testing.T) {
	s, _ := twoExtensions(t)
	for i, text := range []string{
		"CREATE VIEW {v} AS SELECT x FROM {missing}",
		"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN INSERT INTO {missing} VALUES (1); END",
	} {
		_ = migrate(s, 1, notesPrefix, migration(fmt.Sprintf("broken %d", i), text))
		if err := migrate(s, 2, otherPrefix, migration(fmt.Sprintf("later %d", i), fmt.Sprintf("ALTER TABLE {{secrets}} ADD COLUMN a%d; ALTER TABLE {{secrets}} RENAME COLUMN a%d TO b%d", i, i, i))); err != nil {
			t.Errorf("after %s: %v", text, err)
		}
	}
}

func TestDefinitionsAreBounded(t *testing.T) {
	s, _ := twoExtensions(t)
	var many strings.Builder
	for i := range maxObjects {
		fmt.Fprintf(&many, "CREATE INDEX {i%d} ON {notes} (title);", i)
	}
	for name, text := range map[string]string{
		"many": many.String(),
		"long": "CREATE VIEW {long} AS SELECT '" + strings.Repeat("x", maxSchema) + "'",
	} {
		if err := migrate(s, 1, notesPrefix, migration(name, text)); fault.Of(err).Data["cause"] != "quota.schema" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestViewsWithinViewsAreBounded: SQLite goes through all of them whenever
// anybody alters a table.
func TestViewsWithinViewsAreBounded(t *testing.T) {
	s, _ := twoExtensions(t)
	chain := func(name, one, text string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "CREATE TABLE {%s} (x); CREATE VIEW {%s0} AS %s;", name, name, one)
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, strings.ReplaceAll(text, "NAME", name), i, i-1)
		}
		return b.String()
	}
	for name, tt := range map[string]struct{ text, cause string }{
		"long":     {chain("a", "SELECT 1 AS x", "CREATE VIEW {NAME%[1]d} AS SELECT * FROM {NAME%[2]d};", 250), "quota.schema"},
		"doubling": {chain("b", "SELECT 1 AS x", "CREATE VIEW {NAME%[1]d} AS SELECT p.x FROM {NAME%[2]d} p, {NAME%[2]d} q;", 14), "quota.schema"},
		"triggers": {chain("c", "SELECT 1 AS x", "CREATE TRIGGER {NAME%[1]d} AFTER INSERT ON {NAME} BEGIN INSERT INTO {NAME} SELECT max("+strings.Repeat("x,", 40)+"x) FROM {NAME0}; END;", 300), "quota.schema"},
		"short":    {chain("d", "SELECT 1 AS x", "CREATE VIEW {NAME%[1]d} AS SELECT * FROM {NAME%[2]d};", 20), ""},
	} {
		if err := migrate(s, 1, notesPrefix, migration(name, tt.text)); fault.Code(err) != "" && fault.Of(err).Data["cause"] != tt.cause || (err == nil) != (tt.cause == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMigrationsAreBoundedInNumber(t *testing.T) {
	s, _ := twoExtensions(t)
	run(t, s, `WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO alcove_migration (extension, name, sha256, applied_at) SELECT 1, 'made ' || i, x'00', 0 FROM n`)
	if err := migrate(s, 1, notesPrefix, migration("one more", "SELECT 1")); fault.Code(err) != "quota.migrations" {
		t.Error(err)
	}
	if err := migrate(s, 2, otherPrefix, migration("of another", "SELECT 1")); err != nil {
		t.Error(err)
	}
}

// TestConstraintsOfAnAppAreNoDamage: a CHECK that was true when the row was
// written, and is not now, must not make a good vault look damaged.
func TestConstraintsOfAnAppAreNoDamage(t *testing.T) {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("fickle", "CREATE TABLE {fickle} (x CHECK (random() > 0))")); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for range 64 {
		if _, err := c.Execute(t.Context(), Statement{SQL: own("INSERT INTO {fickle} VALUES (1)")}); err == nil {
			kept++
		}
	}
	if err := s.Check(t.Context(), nil); err != nil || kept == 0 {
		t.Error(kept, err)
	}
	if _, err := c.Execute(t.Context(), Statement{SQL: own("INSERT INTO {notes} (title) VALUES ('')")}); fault.Code(err) != "db.constraint" {
		t.Errorf("constraints are off after the check: %v", err)
	}
}

func TestHostileStatements(t *testing.T) {
	entries := corpus(t)
	w := newWorld(t)
	before := w.state(t)
	for _, e := range entries {
		a := w.send(t, e.context, e.text, e.grants)
		if a.code() != e.code {
			t.Errorf("line %d (%s), %s: got %q, want %q: %v", e.line, e.why, e.context, a.code(), e.code, a.err)
		}
		after := w.state(t)
		for _, what := range w.broken(before, after, a, e.grants, e.despite, "") {
			t.Errorf("line %d (%s), %s: %s", e.line, e.why, e.context, what)
		}
		if a.err != nil && !maps.Equal(before, after) {
			t.Errorf("line %d (%s), %s: refused, and something changed", e.line, e.why, e.context)
		}
		if !maps.Equal(before, after) {
			w = newWorld(t)
			before = w.state(t)
		}
	}
	if len(entries) < 400 {
		t.Errorf("only %d statements", len(entries))
	}
}

// TestAuthorizerAloneRefuses leaves out the look at the words, so that the
// authorizer is shown to confine by itself.
func TestAuthorizerAloneRefuses(t *testing.T) {
	w := newWorld(t)
	before := w.state(t)
	for _, e := range corpus(t) {
		words := []string{"rollback into", "with \"" + otherPrefix, "with '" + otherPrefix}
		if e.code != "db.denied" || e.context != "execute" || slices.ContainsFunc(words, func(w string) bool {
			return strings.Contains(strings.ReplaceAll(strings.ToLower(e.text), byteOrderMark, ""), w)
		}) {
			continue // a common table expression with a name of others, or the end of its own transaction
		}
		var a answer
		_ = w.write(t.Context(), func(c *conn) error {
			return c.raw(func(handle) error {
				return c.transaction(t.Context(), func() error {
					out, err := c.run(newGuard(Rights{Own: notesPrefix, Grants: e.grants}, w.modules, false), w.limits, Statement{SQL: e.text}, false)
					a.shown = fmt.Sprint(out.Rows)
					return err
				})
			})
		})
		after := w.state(t)
		for _, what := range w.broken(before, after, a, e.grants, e.despite, "") {
			t.Errorf("line %d (%s): %s", e.line, e.why, what)
		}
		before = after
	}
}
