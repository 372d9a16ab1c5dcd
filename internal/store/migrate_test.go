package store

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestMigrationsThatAreAllowed(t *testing.T) {
	s, c := twoExtensions(t)
	execute(t, c, "INSERT INTO {notes} (id, title) VALUES (1, 'a')")
	for name, text := range map[string]string{
		"columns": `ALTER TABLE {notes} ADD COLUMN pin INTEGER NOT NULL DEFAULT 0;
			ALTER TABLE {notes} RENAME COLUMN body TO text; ALTER TABLE {notes} DROP COLUMN made;`,
		"objects": `CREATE TABLE {a} (x INTEGER PRIMARY KEY AUTOINCREMENT, y TEXT UNIQUE);
			INSERT INTO {a} (y) VALUES ('x'); CREATE UNIQUE INDEX {a_y} ON {a} (lower(y)) WHERE y <> '';
			CREATE VIEW {v} AS WITH n AS (SELECT y FROM {a}) SELECT count(*) AS n FROM n;
			CREATE TRIGGER {t} INSTEAD OF INSERT ON {v} BEGIN INSERT INTO {a} (y) VALUES (NEW.n); END;
			INSERT INTO {v} VALUES (3); CREATE INDEX IF NOT EXISTS {a_y} ON {a} (y); CREATE VIEW IF NOT EXISTS {v} AS SELECT 1; DROP TRIGGER {t}; DROP VIEW {v}; DROP INDEX {a_y}; DROP TABLE {a}; DROP TABLE IF EXISTS {b};`,
		"a column with a CHECK": `ALTER TABLE {notes} ADD COLUMN size INTEGER CHECK (size < 10);
			ALTER TABLE {notes} ADD COLUMN long INTEGER NOT NULL AS (length(title));`,
		"rename": `CREATE TABLE {old} (x); ALTER TABLE {old} RENAME TO {young}; DROP TABLE {young};`,
		"without rowid": `CREATE TABLE {w} (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT;
			CREATE TABLE {child} (a, b, FOREIGN KEY (a, b) REFERENCES {w} (a, b) DEFERRABLE INITIALLY DEFERRED); DROP TABLE {child}; DROP TABLE {w}`,
		"rebuild": `PRAGMA foreign_keys=OFF; DROP TRIGGER {tagged};
			CREATE TABLE {__new_tags} (note INTEGER REFERENCES {notes} (id) ON DELETE CASCADE, tag TEXT NOT NULL);
			INSERT INTO {__new_tags} SELECT * FROM {tags};
			DROP TABLE {tags}; ALTER TABLE {__new_tags} RENAME TO {tags};
			CREATE TRIGGER {tagged} AFTER INSERT ON {notes} BEGIN INSERT INTO {tags} VALUES (NEW.id, 'new'); END;
			PRAGMA foreign_keys=ON;`,
		"comments": "-- nothing\n/* at all */ ; ;",
	} {
		text = strings.ReplaceAll(text, "{__new_", `"__new_`+notesPrefix)
		text = strings.ReplaceAll(text, "tags} (note", `tags" (note`)
		text = strings.ReplaceAll(text, "tags} SELECT", `tags" SELECT`)
		text = strings.ReplaceAll(text, "tags} RENAME", `tags" RENAME`)
		if err := migrate(s, 1, notesPrefix, migration(name, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := query(t, c, "SELECT n.id, t.tag FROM {notes} AS n JOIN {tags} AS t ON t.note = n.id").Rows; len(got) != 1 {
		t.Errorf("rows after all migrations: %v", got)
	}
}

func TestRebuildingAParentKeepsItsChildren(t *testing.T) {
	s, c := twoExtensions(t)
	execute(t, c, "INSERT INTO {notes} (id, title) VALUES (1, 'a'), (2, 'b')")
	text := `PRAGMA foreign_keys=OFF; DROP VIEW {titles};
		CREATE TABLE NEW (id INTEGER PRIMARY KEY, title TEXT NOT NULL, pin INTEGER);
		INSERT INTO NEW (id, title) SELECT id, title FROM {notes}; DROP TABLE {notes}; ALTER TABLE NEW RENAME TO {notes};`
	text = strings.ReplaceAll(text, "NEW", `"__new_`+notesPrefix+`notes"`)
	if err := migrate(s, 1, notesPrefix, migration("rebuild", text)); err != nil {
		t.Fatal(err)
	}
	if got := query(t, c, "SELECT count(*) FROM {tags}").Rows[0][0]; got != int64(2) {
		t.Errorf("%v children left", got)
	}
	if _, err := c.Execute(t.Context(), Statement{SQL: own("INSERT INTO {tags} (note) VALUES (99)")}); fault.Code(err) != "db.constraint" {
		t.Errorf("foreign keys stayed off: %v", err)
	}
}

func TestMigrationsRunOnceAndInOrder(t *testing.T) {
	s := create(t)
	one, two := migration("0001", "CREATE TABLE {a} (x)"), migration("0002", "CREATE TABLE {b} (x)")
	for i, tt := range []struct {
		list    []Migration
		applied []string
		code    string
	}{
		{[]Migration{one}, []string{"0001"}, ""},
		{[]Migration{one, two}, []string{"0002"}, ""},
		{[]Migration{one, two}, nil, ""},
		{[]Migration{{Name: "0001", SQL: one.SQL, Hash: sha256.Sum256([]byte("other"))}}, nil, "db.migration_changed"},
		{[]Migration{one, migration("0001b", "CREATE TABLE {c} (x)"), two}, nil, "db.migration_changed"},
		{[]Migration{migration("0003", "CREATE TABLE {c} (x)"), migration("0004", "nonsense")}, nil, "db.migration_failed"},
		{[]Migration{migration("0003", "CREATE TABLE {c} (x)")}, []string{"0003"}, ""},
	} {
		applied, err := s.Migrate(t.Context(), nil, 1, Rights{Own: notesPrefix}, tt.list, MigrateOptions{})
		if diff := cmp.Diff(tt.applied, applied); diff != "" || fault.Code(err) != tt.code {
			t.Errorf("%d: %v %s", i, err, diff)
		}
	}
	if applied, err := s.Migrate(t.Context(), nil, 2, Rights{Own: otherPrefix}, []Migration{{Name: "0001"}}, MigrateOptions{}); err != nil || len(applied) != 1 {
		t.Errorf("another extension's first migration: %v %v", applied, err)
	}
}

func TestFailedMigrationSaysWhere(t *testing.T) {
	s := create(t)
	err := migrate(s, 1, notesPrefix, migration("0001", "CREATE TABLE {a} (x); INSERT INTO {a} VALUES (1, 2)"))
	f := fault.Of(err)
	if f.Data["statement"] != 2 || f.Data["migration"] != "0001" || f.Data["cause"] != "db.syntax" || !strings.Contains(f.Message, "table a has 1 columns") {
		t.Errorf("%s %v", f.Message, f.Data)
	}
}

// TestDenialsSayWhatToDo: an author who forgot the braces, or where tables are
// made, learns of it.
func TestDenialsSayWhatToDo(t *testing.T) {
	s, c := twoExtensions(t)
	for text, want := range map[string]string{
		"CREATE TABLE greetings (id)":              "double braces: {{greetings}}.",
		"CREATE INDEX by_title ON {notes} (title)": "double braces: {{by_title}}.",
		"CREATE VIEW names AS SELECT 1":            "double braces: {{names}}.",
		"CREATE TABLE {{more}} (id)":               "granted for this.",
		"CREATE TABLE alcove_setting (id)":         "granted for this.",
	} {
		err := migrate(s, 1, notesPrefix, migration("0002", text))
		if f := fault.Of(err); f.Data["cause"] != "db.denied" || !strings.HasSuffix(f.Message, want) {
			t.Errorf("%s: %s %v", text, f.Message, f.Data)
		}
	}
	for _, text := range []string{"CREATE TABLE {more} (id)", "DROP TABLE {notes}", "CREATE VIEW {v} AS SELECT 1", "ALTER TABLE {notes} ADD COLUMN x", "create index {i} on {notes} (body)"} {
		_, err := c.Execute(t.Context(), Statement{SQL: own(text)})
		if f := fault.Of(err); f.Code != "db.denied" || !strings.Contains(f.Message, "in migrations, not in statements") {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := c.Query(t.Context(), Statement{SQL: "SELECT * FROM sqlite_schema"})
	if f := fault.Of(err); f.Code != "db.denied" || !strings.Contains(f.Message, "SQLite itself") {
		t.Errorf("SQLite's own table: %v", err)
	}
}
