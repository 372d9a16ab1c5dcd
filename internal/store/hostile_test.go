package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// hostile are statements that reach for what is not the extension's. None may
// run, and none may tell whether what it names exists.
var hostile = []string{
	// tables of the host and of others, by every way to name them
	"SELECT * FROM alcove_setting",
	"SELECT count(*) FROM alcove_setting",
	"SELECT 1 FROM ALCOVE_SETTING",
	`SELECT * FROM "alcove_setting"`,
	"SELECT * FROM [alcove_setting]",
	"SELECT * FROM `alcove_setting`",
	"SELECT * FROM 'alcove_setting'",
	"SELECT * FROM main.alcove_setting",
	"SELECT missing FROM alcove_setting",
	"SELECT missing FROM alcove_nothing",
	"SELECT * FROM {{secrets}}",
	"SELECT * FROM {{nothing}}",
	"SELECT missing FROM {{secrets}}",
	"SELECT count(*) FROM {{secrets}}",
	"SELECT 1 WHERE EXISTS (SELECT 1 FROM {{secrets}})",
	"SELECT * FROM {{view}}",
	"SELECT (SELECT secret FROM {{secrets}})",
	"SELECT * FROM {notes} JOIN {{secrets}}",
	"SELECT * FROM {notes} WHERE id IN {{secrets}}",
	"SELECT * FROM {notes} UNION ALL SELECT 1, 2, 3, 4, 5 FROM {{secrets}}",
	"WITH x AS (SELECT * FROM {{secrets}}) SELECT * FROM x",
	"WITH alcove_setting AS (SELECT 1) SELECT * FROM alcove_setting",
	"WITH {{view}} AS (SELECT secret FROM {{secrets}}) SELECT * FROM {{view}}",
	"SELECT * FROM {notes} ORDER BY (SELECT value FROM alcove_setting)",
	"SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM alcove_setting)) FROM {notes}",
	"INSERT INTO {notes} (title) SELECT secret FROM {{secrets}}",
	"INSERT INTO {{secrets}} (secret) VALUES ('x')",
	"INSERT INTO alcove_setting (key, value) VALUES ('x', 'x')",
	"UPDATE {{secrets}} SET secret = ''",
	"UPDATE {notes} SET title = (SELECT secret FROM {{secrets}})",
	"UPDATE {notes} SET title = s.secret FROM {{secrets}} AS s",
	"DELETE FROM {{secrets}}",
	"DELETE FROM alcove_setting",
	"DELETE FROM {notes} WHERE id IN (SELECT id FROM {{secrets}})",
	"REPLACE INTO alcove_setting (key, value) VALUES ('host', '')",
	"INSERT INTO {notes} (title) VALUES ('x') RETURNING (SELECT secret FROM {{secrets}})",
	"INSERT INTO {notes} (title) VALUES ('x') ON CONFLICT (title) DO UPDATE SET title = (SELECT secret FROM {{secrets}})",
	// what describes the database
	"SELECT * FROM sqlite_master",
	"SELECT * FROM sqlite_schema",
	"SELECT count(*) FROM sqlite_schema",
	"SELECT * FROM main.sqlite_schema",
	"SELECT * FROM 'sqlite_master'",
	"SELECT * FROM sqlite_temp_master",
	"SELECT * FROM sqlite_temp_schema",
	"SELECT * FROM sqlite_sequence",
	"UPDATE sqlite_sequence SET seq = 1",
	"DELETE FROM sqlite_schema",
	"UPDATE sqlite_schema SET sql = ''",
	"SELECT * FROM pragma_table_list",
	"SELECT * FROM pragma_table_info('alcove_setting')",
	"SELECT * FROM pragma_database_list",
	"SELECT * FROM pragma_function_list",
	"SELECT * FROM pragma_table_xinfo(?)",
	"SELECT * FROM dbstat",
	"SELECT count(*) FROM dbstat",
	"SELECT * FROM sqlite_dbpage",
	"SELECT count(*) FROM sqlite_dbpage",
	"SELECT * FROM fts5vocab",
	"SELECT * FROM bytecode('SELECT 1')",
	// the state of the connection
	"PRAGMA table_list",
	"PRAGMA foreign_keys",
	"PRAGMA foreign_keys = OFF",
	"PRAGMA main.journal_mode = DELETE",
	"PRAGMA writable_schema = ON",
	"PRAGMA temp_store_directory = '/tmp'",
	"PRAGMA cache_size = 1000000000",
	"PRAGMA query_only = 0",
	"PRAGMA optimize",
	"BEGIN", "BEGIN EXCLUSIVE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "ROLLBACK TO a",
	"INSERT OR ROLLBACK INTO {notes} (title) VALUES ('x')",
	"INSERT OR \ufeffROLLBACK INTO {notes} (title) VALUES ('x')",
	"ATTACH '/tmp/x' AS x", "ATTACH ':memory:' AS x", "DETACH main",
	"VACUUM", "VACUUM INTO '/tmp/copy.db'", "VACUUM main",
	"ANALYZE", "ANALYZE {notes}", "REINDEX", "REINDEX {notes}",
	// definitions outside a migration
	"CREATE TABLE {more} (x)",
	"CREATE TABLE IF NOT EXISTS {notes} (x)",
	"CREATE TABLE stranger (x)",
	"CREATE TABLE {copy} AS SELECT * FROM {{secrets}}",
	"CREATE TEMP TABLE t (x)",
	"CREATE TEMP TABLE t AS SELECT * FROM {{secrets}}",
	"CREATE TEMP VIEW v AS SELECT * FROM alcove_setting",
	"CREATE TEMP TRIGGER r AFTER INSERT ON {notes} BEGIN SELECT 1; END",
	"CREATE VIEW {v} AS SELECT * FROM {{secrets}}",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN DELETE FROM {{secrets}}; END",
	"CREATE TRIGGER {r} AFTER INSERT ON {{secrets}} BEGIN SELECT 1; END",
	"CREATE INDEX {i} ON {notes} (title)",
	"CREATE INDEX {i} ON {{secrets}} (secret)",
	"CREATE VIRTUAL TABLE {f} USING fts5(x)",
	"CREATE VIRTUAL TABLE temp.f USING fts5(x)",
	"ALTER TABLE {notes} RENAME TO {{notes}}",
	"ALTER TABLE {notes} ADD COLUMN x",
	"ALTER TABLE {{secrets}} DROP COLUMN secret",
	"DROP TABLE {notes}", "DROP TABLE IF EXISTS {nothing}", "DROP TABLE alcove_setting", "DROP TABLE IF EXISTS {{secrets}}",
	"DROP VIEW {titles}", "DROP INDEX {by_body}", "DROP TRIGGER {tagged}",
	// functions
	"SELECT load_extension('/tmp/x')",
	"SELECT sqlite_version()",
	"SELECT sqlite_source_id()",
	"SELECT sqlite_compileoption_get(1)",
	"SELECT fts3_tokenizer('x')",
	"SELECT rtreecheck('x')",
	"SELECT total_changes()",
	"SELECT sqlite_offset(id) FROM {notes}",
	"SELECT sqlite_log(1, 'x')",
	"SELECT fts5_source_id()",
	"SELECT readfile('/etc/passwd')",
	"SELECT writefile('/tmp/x', 'y')",
	"SELECT edit('x')",
	"EXPLAIN SELECT 1",
	"EXPLAIN DELETE FROM {{secrets}}",
	"EXPLAIN QUERY PLAN SELECT * FROM {{secrets}}",
}

func TestHostileStatementsAreRefused(t *testing.T) {
	s, c := twoExtensions(t)
	before := dump(t, s)
	refused := map[string]bool{"db.denied": true, "db.syntax": true, "db.not_a_query": true}
	for _, text := range hostile {
		st := Statement{SQL: own(text)}
		if strings.Contains(text, "?") {
			st.Params = []any{"alcove_setting"}
		}
		rows, err := c.Query(t.Context(), st)
		if !refused[fault.Code(err)] {
			t.Errorf("query %s: %v %v", text, rows, err)
		}
		out, err := c.Execute(t.Context(), st)
		if !refused[fault.Code(err)] {
			t.Errorf("execute %s: %v %v", text, out, err)
		}
		if f := fault.Of(err); strings.Contains(f.Message, otherPrefix) || strings.Contains(strings.ToLower(f.Message), "alcove_") {
			t.Errorf("%s tells too much: %s", text, f.Message)
		}
	}
	if after := dump(t, s); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	if len(hostile) < 60 {
		t.Errorf("only %d statements", len(hostile))
	}
}

// TestAuthorizerAloneRefuses leaves out the look at the words, so that the
// authorizer is shown to confine by itself.
func TestAuthorizerAloneRefuses(t *testing.T) {
	s, _ := twoExtensions(t)
	before := dump(t, s)
	for _, text := range hostile {
		if strings.Contains(text, "ROLLBACK INTO") || strings.HasPrefix(text, "WITH alcove_setting") {
			continue // ends its own transaction; reads nothing but itself
		}
		st := Statement{SQL: own(text)}
		if strings.Contains(text, "?") {
			st.Params = []any{"alcove_setting"}
		}
		err := s.write(t.Context(), func(c *conn) error {
			return c.raw(func(handle) error {
				return c.transaction(t.Context(), func() error {
					g := &guard{own: notesPrefix, modules: s.modules}
					out, err := c.run(g, DefaultLimits(), st, false)
					if err == nil {
						t.Errorf("%s: %v", text, out)
					}
					return errors.New("undo")
				})
			})
		})
		if err == nil {
			t.Errorf("%s was committed", text)
		}
	}
	if after := dump(t, s); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

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

// hostileMigrations are migrations that must leave no trace.
var hostileMigrations = []string{
	"CREATE TABLE stranger (x)",
	"CREATE TABLE alcove_new (x)",
	"CREATE TABLE {{more}} (x)",
	"CREATE TEMP TABLE {t} (x)",
	"CREATE TABLE temp.{t} (x)",
	"CREATE TABLE {copy} AS SELECT 1 AS x",
	"CREATE TABLE {copy} AS SELECT * FROM sqlite_master",
	"CREATE TABLE {t} (x); INSERT INTO {t} SELECT name FROM sqlite_master",
	"CREATE TABLE {t} (x); INSERT INTO {t} SELECT name FROM sqlite_sequence",
	"CREATE TABLE {t} (x); INSERT INTO {t} SELECT name FROM pragma_table_list",
	"UPDATE sqlite_sequence SET seq = 9",
	"DELETE FROM sqlite_sequence",
	"CREATE TABLE {t} (x REFERENCES {{secrets}} (id) ON DELETE CASCADE)",
	"CREATE TABLE {t} (x REFERENCES alcove_extension (id))",
	"CREATE TABLE {t} (x REFERENCES 'alcove_extension' (id))",
	"CREATE TABLE {t} (x REFERENCES stranger (id))",
	"ALTER TABLE {notes} ADD COLUMN y REFERENCES stranger (id)",
	"ALTER TABLE {notes} RENAME TO stranger",
	"ALTER TABLE {seq} RENAME TO stranger",
	"CREATE TABLE {t} (x); ALTER TABLE {t} RENAME TO 'stranger'; DROP TABLE {seq}",
	"ALTER TABLE {notes} RENAME TO alcove_notes",
	"ALTER TABLE {notes} RENAME TO {{notes}}",
	"ALTER TABLE {notes} RENAME TO stranger; ALTER TABLE stranger RENAME TO {notes}",
	"ALTER TABLE {{secrets}} RENAME TO {secrets}",
	"ALTER TABLE {{secrets}} ADD COLUMN x",
	"ALTER TABLE alcove_setting ADD COLUMN x",
	"DROP TABLE {{secrets}}",
	"DROP TABLE alcove_setting",
	"DROP VIEW {{view}}",
	"CREATE VIEW {v} AS SELECT * FROM {{secrets}}",
	"CREATE VIEW stranger AS SELECT 1",
	"CREATE VIEW {v} AS SELECT name FROM sqlite_master; CREATE TABLE {t} (x); INSERT INTO {t} SELECT * FROM {v}",
	"CREATE TRIGGER {r} AFTER INSERT ON {{secrets}} BEGIN SELECT 1; END",
	"CREATE TRIGGER stranger AFTER INSERT ON {notes} BEGIN SELECT 1; END",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN DELETE FROM {{secrets}}; END",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN SELECT RAISE(ROLLBACK, 'x'); END",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN INSERT INTO {tags} SELECT 1, name FROM sqlite_master; END; INSERT INTO {notes} (title) VALUES ('x')",
	"CREATE TEMP TRIGGER {r} AFTER INSERT ON {{secrets}} BEGIN SELECT 1; END",
	"CREATE INDEX {i} ON {{secrets}} (secret)",
	"CREATE INDEX stranger ON {notes} (title)",
	"CREATE TABLE {t} (x UNIQUE ON CONFLICT ROLLBACK)",
	"CREATE TABLE {t} (x UNIQUE ON CONFLICT \ufeffROLLBACK)",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN SELECT RAISE(\ufeffROLLBACK, 'x'); END",
	"CREATE TABLE {t} (x, CHECK (load_extension('x')))",
	"CREATE TABLE {t} (x DEFAULT (sqlite_version())); INSERT INTO {t} DEFAULT VALUES",
	"CREATE VIRTUAL TABLE {f} USING fts5(x)",
	"CREATE TABLE __new_stranger (x)",
	`CREATE TABLE "__new_` + notesPrefix + `left" (x)`,
	`CREATE TABLE "__new_` + otherPrefix + `left" (x)`,
	"COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT a", "CREATE TABLE {t} (x); COMMIT; CREATE TABLE {u} (x)",
	"PRAGMA writable_schema = 1", "PRAGMA foreign_keys; PRAGMA user_version = 7", "PRAGMA journal_mode = DELETE",
	"ATTACH ':memory:' AS x", "VACUUM", "VACUUM INTO '/tmp/x'", "ANALYZE", "REINDEX",
	"INSERT INTO {notes} (title) VALUES (?)",
	"PRAGMA foreign_keys = OFF; INSERT INTO {tags} (note) VALUES (99)",
	"CREATE TABLE {t} (x); CREATE VIEW {v} AS SELECT x FROM {t}; DROP TABLE {t}",
	"CREATE VIEW {v} AS SELECT x FROM {missing}",
	"CREATE VIEW {v} AS SELECT missing FROM {notes}",
	"CREATE VIEW {v} AS SELECT 1 FROM {w}; CREATE VIEW {w} AS SELECT 1 FROM {v}",
	"CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN INSERT INTO {missing} VALUES (1); END",
	"CREATE TABLE {t} (x); CREATE TRIGGER {r} AFTER INSERT ON {notes} BEGIN INSERT INTO {t} VALUES (1); END; DROP TABLE {t}",
	"CREATE TABLE {t} (x); CREATE TABLE {u} (x REFERENCES {t} (x))",
	"CREATE TABLE {t} (x PRIMARY KEY, y); CREATE TABLE {u} (x, y, FOREIGN KEY (x, y) REFERENCES {t})",
	"CREATE TABLE {t} (x); nonsense",
	"CREATE TABLE {t} (x); EXPLAIN SELECT 1; SELECT * FROM alcove_setting",
}

func TestHostileMigrationsLeaveNoTrace(t *testing.T) {
	s, _ := twoExtensions(t)
	before := dump(t, s)
	for i, text := range hostileMigrations {
		err := migrate(s, 1, notesPrefix, migration(fmt.Sprintf("hostile %d", i), text))
		if fault.Code(err) != "db.migration_failed" {
			t.Errorf("%s: %v", text, err)
		}
		if f := fault.Of(err); strings.Contains(f.Message, otherPrefix) || strings.Contains(strings.ToLower(f.Message), "alcove_") {
			t.Errorf("%s tells too much: %s", text, f.Message)
		}
		if after := dump(t, s); after != before {
			t.Fatalf("%s left something:\n%s\n%s", text, before, after)
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
