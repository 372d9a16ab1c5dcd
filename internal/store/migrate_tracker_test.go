package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// recorder writes down what it is told, names without the prefix.
type recorder struct {
	tx   *Tx
	says []string
	fail error
}

func (r *recorder) note(format string, args ...any) {
	line := strings.ReplaceAll(fmt.Sprintf(format, args...), notesPrefix, "")
	r.says = append(r.says, strings.ReplaceAll(line, strings.ToLower(notesPrefix), ""))
}

// Before notes rows that may be added as +, and columns that may change.
func (r *recorder) Before(writes []TableWrite) error {
	line := "before"
	for _, w := range writes {
		line += " " + w.Table
		if w.Inserts {
			line += "+"
		}
		if slices.Sort(w.Updates); len(w.Updates) > 0 {
			line += "(" + strings.Join(w.Updates, ",") + ")"
		}
	}
	r.note("%s", line)
	// As tracking does: the schema changes between compiling and running.
	return r.tx.Exec("CREATE TABLE IF NOT EXISTS alcove_crdt_old_1 (a); DROP TABLE alcove_crdt_old_1; CREATE TABLE alcove_crdt_old_1 (a)")
}

func (r *recorder) Altering(table string) error {
	r.note("alter %s", table)
	return nil
}

func (r *recorder) After(changes []SchemaChange) error {
	for _, c := range changes {
		r.note("%d %s", c.Kind, strings.TrimSpace(strings.Join([]string{c.Table, c.Column, c.To}, " ")))
	}
	return nil
}

func (r *recorder) End() error {
	r.note("end")
	return errors.Join(r.fail, r.tx.Exec("DROP TABLE IF EXISTS alcove_crdt_old_1"))
}

func record(s *Store) *recorder {
	r := &recorder{}
	s.track = func(tx *Tx, m MigrationStep) (MigrationTracker, error) {
		r.tx = tx
		r.note("begin %s %d %d", m.Name, m.Extension, m.Ordinal)
		return r, nil
	}
	return r
}

func TestTrackerHearsWhatAMigrationDoes(t *testing.T) {
	s, _ := twoExtensions(t)
	r := record(s)
	rebuild := `PRAGMA foreign_keys=OFF;--> statement-breakpoint
		CREATE TABLE NEW (id INTEGER PRIMARY KEY, t TEXT);--> statement-breakpoint
		INSERT INTO NEW (id, t) SELECT id, t FROM {x};--> statement-breakpoint
		DROP TABLE {x};--> statement-breakpoint
		ALTER TABLE NEW RENAME TO {x};--> statement-breakpoint
		PRAGMA foreign_keys=ON;`
	for i, tt := range []struct {
		text string
		want []string
	}{
		{"CREATE TABLE {x} (id INTEGER PRIMARY KEY, t TEXT); CREATE INDEX {x_t} ON {x} (t)", []string{"1 x", "7 x"}},
		{"CREATE TABLE {y} (id TEXT PRIMARY KEY, x REFERENCES {x} (id) ON DELETE CASCADE ON UPDATE SET NULL)", []string{"1 y"}},
		{"ALTER TABLE {x} ADD COLUMN a DEFAULT 'b'; ALTER TABLE {x} RENAME a TO b; ALTER TABLE {x} RENAME COLUMN b TO B", []string{"alter x", "4 x a", "alter x", "6 x a b", "alter x", "6 x b B"}},
		{"ALTER TABLE {x} DROP COLUMN b; ALTER TABLE {x} ADD COLUMN c AS (id + 1) VIRTUAL; ALTER TABLE {x} DROP COLUMN c", []string{"alter x", "5 x B", "alter x", "4 x c", "alter x", "5 x c"}},
		{"ALTER TABLE {x} RENAME TO {Z}; ALTER TABLE {z} RENAME TO {x}", []string{"alter x", "3 x  Z", "alter z", "3 Z  x"}},
		{"INSERT INTO {x} (t) VALUES ('a'), ('b'); UPDATE {x} SET t = id", []string{"before x+", "before x(t)"}},
		{"DELETE FROM {x} WHERE id = 2", []string{"before x y"}},
		{"UPDATE {x} SET id = id + 1", []string{"before x(id) y(x)"}},
		{"DELETE FROM {y}; SELECT * FROM {x}", []string{"before y"}},
		{"CREATE TRIGGER {tr} AFTER INSERT ON {y} BEGIN UPDATE {x} SET t = ''; END; INSERT INTO {y} VALUES ('k', NULL); DROP TRIGGER {tr}", []string{"before x(t) y+"}},
		{"WITH q AS (SELECT 'z' AS id) INSERT INTO {y} (id) SELECT id FROM q WHERE true ON CONFLICT DO UPDATE SET x = 1 RETURNING *", []string{"before y+(x)"}},
		{strings.ReplaceAll(rebuild, "NEW", `"__new_`+notesPrefix+`x"`), []string{"1 __new_x", "before __new_x+", "before x", "2 x", "alter __new_x", "3 __new_x  x"}},
		{"DROP TABLE {x}", []string{"before x y", "2 x"}},
		{"CREATE UNIQUE INDEX {Y_x} ON {Y} (x); DROP INDEX {y_x}; DROP INDEX IF EXISTS {y_x}", []string{"7 y", "7 y"}},
		{"DROP TABLE IF EXISTS {x}; CREATE TABLE IF NOT EXISTS {y} (z)", nil},
	} {
		r.says = nil
		name := fmt.Sprintf("n%d", i)
		if err := migrate(s, 1, notesPrefix, migration(name, tt.text)); err != nil {
			t.Fatalf("%s: %v", tt.text, err)
		}
		want := append(append([]string{fmt.Sprintf("begin %s 1 %d", name, i+2)}, tt.want...), "end")
		if diff := cmp.Diff(want, r.says); diff != "" {
			t.Errorf("%s\n%s", tt.text, diff)
		}
	}
}

func TestTrackerIsToldTheNumberOfAMigration(t *testing.T) {
	s := create(t)
	r := record(s)
	list := []Migration{migration("a", "CREATE TABLE {a} (x)")}
	for _, name := range []string{"b", "c", "d"} {
		if _, err := s.Migrate(t.Context(), nil, 7, Rights{Own: notesPrefix}, list, MigrateOptions{}); err != nil {
			t.Fatal(err)
		}
		list = append(list, migration(name, "SELECT 1"))
	}
	want := []string{"begin a 7 1", "1 a", "end", "begin b 7 2", "end", "begin c 7 3", "end"}
	if diff := cmp.Diff(want, r.says); diff != "" {
		t.Error(diff)
	}
}

func TestTrackerCanRefuseAMigration(t *testing.T) {
	s, c := twoExtensions(t)
	r := record(s)
	r.fail = fault.New("db.key_missing", "No key.")
	err := migrate(s, 1, notesPrefix, migration("a", "CREATE TABLE {made} (x); DELETE FROM {notes}"))
	if f := fault.Of(err); f.Code != "db.migration_failed" || f.Data["cause"] != "db.key_missing" {
		t.Errorf("%v %v", err, f.Data)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: own("SELECT * FROM {made}")}); err == nil {
		t.Error("the refused migration left a table")
	}
}

// TestATrackedMigrationEndsAtItsDeadline, also in a statement that SQLite
// compiled once more because tracking changed the schema.
func TestATrackedMigrationEndsAtItsDeadline(t *testing.T) {
	s, _ := twoExtensions(t)
	record(s)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.Migrate(ctx, nil, 1, Rights{Own: notesPrefix}, []Migration{migration("slow",
		"INSERT INTO {tags} (tag) "+fmt.Sprintf(longValues, many("(x < y)")))}, MigrateOptions{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > long {
		t.Errorf("took %v", took)
	}
}
