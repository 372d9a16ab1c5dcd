package bridge

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// register registers migrations as the SDK does.
func (p haexPlace) register(s *Session, migrations ...m) map[string]any {
	p.t.Helper()
	return p.good(s, "extension_database_register_migrations", m{"extensionVersion": "1.0.0", "migrations": migrations}).(map[string]any)
}

// notes makes the table notes(id, text, data, n).
func notes(id manifest.ID) m {
	return m{"name": "0000_first", "sql": "CREATE TABLE " + table(id, "notes") + " (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`text` text DEFAULT 'x' NOT NULL,\n\t`data` blob,\n\t`n` integer DEFAULT (unixepoch())\n);\n" +
		"--> statement-breakpoint\nCREATE UNIQUE INDEX " + table(id, "notes_text") + " ON " + table(id, "notes") + " (`text`)"}
}

func rows(result any) []any { return result.(map[string]any)["rows"].([]any) }

func TestHaexMigrationsRunOnceInTheOrderOfTheirNames(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil)
	s := p.open(id)
	second := m{"name": "0001_second", "sql": "ALTER TABLE " + table(id, "notes") + " ADD `more` text;"}
	got := p.register(s, second, notes(id))
	want := map[string]any{"appliedCount": int64(2), "alreadyAppliedCount": int64(0), "appliedMigrations": []any{"0000_first", "0001_second"}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v", got)
	}
	third := m{"name": "0002_third", "sql": rebuild(id)}
	got = p.register(s, notes(id), second, third)
	if got["appliedCount"] != int64(1) || got["alreadyAppliedCount"] != int64(2) {
		t.Errorf("%v", got)
	}
	p.good(s, "extension_database_execute", m{"sql": "insert into " + table(id, "notes") + " (id, text) values (?, ?)", "params": []any{"a", "b"}})
	if got := rows(p.good(s, "extension_database_execute", m{"sql": "select id, text, more from " + table(id, "notes"), "params": []any{}})); !reflect.DeepEqual(got, []any{[]any{"a", "b", nil}}) {
		t.Errorf("%v", got)
	}
	changed := m{"name": "0001_second", "sql": "ALTER TABLE " + table(id, "notes") + " ADD other text;"}
	if number, reason := p.code(s, "extension_database_register_migrations", m{"extensionVersion": "1", "migrations": []any{changed}}); number != 2000 || reason != "db.migration_changed" {
		t.Errorf("a changed migration: %d %s", number, reason)
	}
}

// rebuild is what the ORM writes to change a column.
func rebuild(id manifest.ID) string {
	fresh := "`__new_" + id.TablePrefix() + "notes`"
	return strings.Join([]string{
		"PRAGMA foreign_keys=OFF;", "CREATE TABLE " + fresh + " (`id` text PRIMARY KEY NOT NULL, `text` text, `data` blob, `n` integer, `more` text);",
		"INSERT INTO " + fresh + "(`id`, `text`, `data`, `n`, `more`) SELECT `id`, `text`, `data`, `n`, `more` FROM " + table(id, "notes") + ";",
		"DROP TABLE " + table(id, "notes") + ";", "ALTER TABLE " + fresh + " RENAME TO " + table(id, "notes") + ";", "PRAGMA foreign_keys=ON;",
	}, "--> statement-breakpoint\n")
}

func TestAHaexMigrationThatFailsLeavesNothing(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil)
	s := p.open(id)
	bad := m{"name": "0001_bad", "sql": "CREATE TABLE " + table(id, "half") + " (id text primary key)--> statement-breakpoint\nCREATE TABLE " + table(id, "half") + " (id text primary key)"}
	if number, reason := p.code(s, "extension_database_register_migrations", m{"extensionVersion": "1", "migrations": []any{notes(id), bad}}); number != 2000 || reason != "db.migration_failed" {
		t.Fatalf("%d %s", number, reason)
	}
	for _, name := range []string{"notes", "half"} {
		p.code(s, "extension_database_query", m{"sql": "select 1 from " + table(id, name), "params": []any{}})
	}
	if got := p.register(s, notes(id)); got["appliedCount"] != int64(1) {
		t.Errorf("%v", got)
	}
}

func TestHaexValuesAndWhatStatementsDid(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil)
	s := p.open(id)
	p.register(s, notes(id), m{"name": "0001_numbers", "sql": "CREATE TABLE " + table(id, "numbers_no_sync") + " (id integer PRIMARY KEY, v)"})
	execute := func(sql string, params ...any) map[string]any {
		return p.good(s, "extension_database_execute", m{"query": sql, "params": params}).(map[string]any)
	}
	numbers := table(id, "numbers_no_sync")
	for i, tt := range []struct {
		in, kind, out any
	}{
		{nil, "null", nil},
		{true, "integer", int64(1)},
		{false, "integer", int64(0)},
		{5, "integer", int64(5)},
		{5.0, "integer", int64(5)},
		{1.5, "real", 1.5},
		{float64(1 << 60), "integer", int64(1 << 60)},
		{1e300, "real", 1e300},
		{"a  'b", "text", "a  'b"},
		{[]byte{1, 2, 3}, "blob", "AQID"},
		{[]byte{}, "blob", ""},
		{[]any{1, "x", nil}, "text", `[1,"x",null]`},
		{m{"k": []any{true}}, "text", `{"k":[true]}`},
	} {
		did := execute("INSERT INTO "+numbers+" (id, v) VALUES (?, ?)", 100+i, tt.in)
		if did["rowsAffected"] != int64(1) || did["lastInsertId"] != int64(100+i) || len(rows(did)) != 0 {
			t.Errorf("%v: %v", tt.in, did)
		}
		got := rows(execute("SELECT typeof(v), v FROM "+numbers+" WHERE id = ?", 100+i))
		if !reflect.DeepEqual(got, []any{[]any{tt.kind, tt.out}}) {
			t.Errorf("%v came back as %v", tt.in, got)
		}
	}
	if got := rows(execute("SELECT 1e999, -1e999")); !reflect.DeepEqual(got, []any{[]any{int64(0), int64(0)}}) {
		t.Errorf("infinity: %v", got)
	}
	// The SDK's get and values come as queries, also where they write.
	returned := p.good(s, "extension_database_query", m{"sql": "INSERT INTO " + numbers + " (id, v) VALUES (1, 'r') RETURNING id, v", "params": []any{}}).(map[string]any)
	if !reflect.DeepEqual(rows(returned), []any{[]any{int64(1), "r"}}) || returned["rowsAffected"] != int64(1) || !reflect.DeepEqual(returned["columns"], []any{"id", "v"}) {
		t.Errorf("%v", returned)
	}
	if did := execute("UPDATE "+numbers+" SET v = 0 WHERE id >= ?", 100); did["rowsAffected"] != int64(13) {
		t.Errorf("%v", did)
	}
	if did := execute("WITH old AS (SELECT id FROM " + numbers + " WHERE id >= 110) DELETE FROM " + numbers + " WHERE id IN old"); did["rowsAffected"] != int64(3) {
		t.Errorf("%v", did)
	}
	if number, reason := p.code(s, "extension_database_execute", m{"sql": "INSERT INTO " + numbers + " (v) VALUES (?)", "params": []any{}}); number != 2000 || reason != "db.parameter" {
		t.Errorf("too few values: %d %s", number, reason)
	}
}

func TestAHaexTransactionIsAllOrNothing(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil)
	s := p.open(id)
	p.register(s, notes(id))
	insert := "INSERT INTO " + table(id, "notes") + " (id, text) VALUES (?, ?)"
	got := p.good(s, "extension_database_transaction", m{"statements": []any{
		[]any{insert, []any{"a", "1"}}, m{"sql": insert, "params": []any{"b", "2"}}, []any{"DELETE FROM " + table(id, "notes") + " WHERE id = 'a'"},
	}}).(map[string]any)
	if got["rowsAffected"] != int64(3) || len(rows(got)) != 0 {
		t.Errorf("%v", got)
	}
	if number, _ := p.code(s, "extension_database_transaction", m{"statements": []any{[]any{insert, []any{"c", "3"}}, []any{insert, []any{"d", "2"}}}}); number != 2000 {
		t.Errorf("%d", number)
	}
	if got := rows(p.good(s, "extension_database_query", m{"sql": "SELECT id FROM " + table(id, "notes")})); !reflect.DeepEqual(got, []any{[]any{"b"}}) {
		t.Errorf("%v", got)
	}
	for _, statements := range []any{"x", []any{5}, []any{[]any{}}, []any{[]any{insert, "x"}}, []any{m{"params": []any{}}}} {
		if number, reason := p.code(s, "extension_database_transaction", m{"statements": statements}); number != 3001 {
			t.Errorf("%v: %d %s", statements, number, reason)
		}
	}
}

func TestAHaexResultIsBounded(t *testing.T) {
	p := newHaexPlace(t)
	s := p.open(p.install(nil))
	const many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) SELECT n FROM c"
	for _, method := range []string{"extension_database_query", "extension_database_execute"} {
		if number, reason := p.code(s, method, m{"sql": many}); number != 7000 || reason != "quota.rows" {
			t.Errorf("%s: %d %s", method, number, reason)
		}
	}
}

// The ways around the peer's checks, of which each has to be refused here.
func TestHaexStatementsReachNothingElse(t *testing.T) {
	p := newHaexPlace(t)
	id, victim := p.install(nil), p.install(nil, bundletest.WithKey(2))
	s, other := p.open(id), p.open(victim)
	p.register(s, notes(id))
	p.register(other, notes(victim))
	p.good(other, "extension_database_execute", m{"sql": "INSERT INTO " + table(victim, "notes") + " (id, text) VALUES ('v', 'secret')"})
	p.good(s, "extension_database_execute", m{"sql": "INSERT INTO " + table(id, "notes") + " (id, text) VALUES ('o', 'own')"})
	own, foreign := table(id, "notes"), table(victim, "notes")
	upper := `"` + strings.ToUpper(strings.Trim(foreign, `"`)) + `"`
	runtime := []string{
		"SELECT * FROM " + foreign,
		"SELECT * FROM main." + foreign,
		"SELECT * FROM " + upper,
		"SELECT * FROM `" + strings.Trim(foreign, `"`) + "`",
		"SELECT * FROM [" + strings.Trim(foreign, `"`) + "]",
		"SELECT 1; SELECT * FROM " + foreign,
		"WITH " + own + " AS (SELECT * FROM " + foreign + ") SELECT * FROM " + own,
		"SELECT (SELECT text FROM " + foreign + ") FROM " + own,
		"SELECT 1 FROM " + own + " WHERE EXISTS (SELECT 1 FROM " + foreign + ")",
		"SELECT CASE WHEN (SELECT count(*) FROM " + foreign + ") > 0 THEN 1 END FROM " + own,
		"SELECT length((SELECT text FROM " + foreign + ")) FROM " + own,
		"SELECT id FROM " + own + " ORDER BY (SELECT text FROM " + foreign + ")",
		"SELECT id FROM " + own + " GROUP BY id HAVING (SELECT count(*) FROM " + foreign + ") > 0",
		"SELECT a.id FROM " + own + " a JOIN " + own + " b ON (SELECT count(*) FROM " + foreign + ") > 0",
		"SELECT a.id FROM " + own + " a JOIN " + foreign + " b",
		"SELECT id FROM " + own + " UNION SELECT text FROM " + foreign,
		"INSERT INTO " + own + " (id, text) VALUES ('o', 'x') ON CONFLICT (id) DO UPDATE SET text = (SELECT text FROM " + foreign + ")",
		"INSERT INTO " + own + " (id, text) VALUES ('p', 'y') RETURNING (SELECT text FROM " + foreign + ")",
		"UPDATE " + own + " SET text = (SELECT text FROM " + foreign + ")",
		"UPDATE " + own + " SET text = f.text FROM " + foreign + " f",
		"DELETE FROM " + own + " WHERE id = (SELECT id FROM " + foreign + ")",
		"INSERT INTO " + foreign + " (id, text) VALUES ('w', 'x')",
		"UPDATE " + foreign + " SET text = 'x'",
		"DELETE FROM " + foreign,
		"REPLACE INTO " + foreign + " (id, text) VALUES ('v', 'x')",
		"SELECT * FROM sqlite_master",
		"SELECT * FROM sqlite_schema",
		"SELECT * FROM alcove_extension",
		"SELECT * FROM alcove_kv",
		"SELECT * FROM alcove_crdt_site",
		"SELECT * FROM pragma_table_info('alcove_kv')",
		"PRAGMA table_list",
		"PRAGMA writable_schema = ON",
		"ATTACH DATABASE '/tmp/x' AS x",
		"VACUUM INTO '/tmp/x'",
		"CREATE TABLE " + table(id, "made") + " (id text primary key)",
		"CREATE TABLE " + table(id, "made") + " AS SELECT * FROM " + foreign,
		"CREATE TEMP TABLE t (id)",
		"CREATE TRIGGER " + table(id, "t") + " AFTER INSERT ON " + own + " BEGIN SELECT 1; END",
		"DROP TABLE " + own,
		"ALTER TABLE " + own + " ADD x text",
		"BEGIN", "COMMIT", "SAVEPOINT x",
		"SELECT load_extension('x')",
		"EXPLAIN SELECT * FROM " + foreign,
	}
	migrations := []string{
		"CREATE TABLE " + table(id, "made") + " AS SELECT * FROM " + foreign,
		"INSERT INTO " + own + " (id, text) SELECT 'x', text FROM " + foreign,
		"UPDATE " + foreign + " SET text = 'x'",
		"DELETE FROM " + foreign,
		"DROP TABLE " + foreign,
		"ALTER TABLE " + foreign + " RENAME TO " + table(id, "stolen"),
		"CREATE INDEX " + table(id, "i") + " ON " + foreign + " (text)",
		"CREATE TRIGGER " + table(id, "t") + " AFTER INSERT ON " + foreign + " BEGIN DELETE FROM " + own + "; END",
		"CREATE TRIGGER " + table(id, "t") + " AFTER INSERT ON " + own + " BEGIN INSERT INTO " + own + " (id, text) SELECT 'y', text FROM " + foreign + "; END;INSERT INTO " + own + " (id, text) VALUES ('z', 'z')",
		"CREATE VIEW " + table(id, "v") + " AS SELECT * FROM " + foreign + "; INSERT INTO " + own + " (id, text) SELECT 'w', text FROM " + table(id, "v"),
		"CREATE TABLE stray (id text primary key)",
		"CREATE TABLE `__new_" + id.TablePrefix() + "left` (id text primary key)",
		"CREATE TABLE alcove_x (id text primary key)",
		"DROP TABLE alcove_kv",
		"PRAGMA writable_schema=ON",
		"ATTACH DATABASE '/tmp/x' AS x",
	}
	for _, sql := range runtime {
		for _, method := range []string{"extension_database_query", "extension_database_execute"} {
			if number, reason := p.code(s, method, m{"sql": sql, "params": []any{}}); number != 2000 {
				t.Errorf("%s: %s: %d %s", method, sql, number, reason)
			}
		}
		if number, reason := p.code(s, "extension_database_transaction", m{"statements": []any{[]any{sql, []any{}}}}); number != 2000 {
			t.Errorf("transaction: %s: %d %s", sql, number, reason)
		}
	}
	for i, sql := range migrations {
		params := m{"extensionVersion": "1", "migrations": []any{m{"name": fmt.Sprintf("9%03d", i), "sql": sql}}}
		if number, reason := p.code(s, "extension_database_register_migrations", params); number != 2000 {
			t.Errorf("migration: %s: %d %s", sql, number, reason)
		}
	}
	for _, tt := range []struct {
		s   *Session
		sql string
		out []any
	}{
		{s, "SELECT * FROM " + own, []any{"o", "own"}},
		{other, "SELECT * FROM " + foreign, []any{"v", "secret"}},
	} {
		got := rows(p.good(tt.s, "extension_database_query", m{"sql": tt.sql}))
		// As many columns as the migration made: nothing of Alcove's is among them.
		if len(got) != 1 || len(got[0].([]any)) != 4 || !reflect.DeepEqual(got[0].([]any)[:2], tt.out) {
			t.Errorf("%s: %v", tt.sql, got)
		}
	}
}
