package store

import (
	"strings"
	"testing"
)

// TestShortStatementsDoNotKeepTheSchemaFromBeingRead: a person may allow an
// extension statements that are shorter than those that once made a table, its
// own or one of the vault's. SQLite reads the schema again when it has changed.
func TestShortStatementsDoNotKeepTheSchemaFromBeingRead(t *testing.T) {
	s, _ := twoExtensions(t)
	rights := Rights{Own: notesPrefix, Extension: 1}
	limits := DefaultLimits()
	limits.Statement = 1 << 10
	short, long := s.Confine(rights, limits), s.Confine(rights, DefaultLimits())
	defer short.Close()
	defer long.Close()
	if _, err := short.Query(t.Context(), Statement{SQL: own("SELECT title FROM {notes}")}); err != nil {
		t.Fatal(err)
	}
	if _, err := long.Migrate(t.Context(), []Migration{{
		Name: "wide", SQL: own("CREATE TABLE {wide} (id TEXT PRIMARY KEY NOT NULL /* " + strings.Repeat("x", 5000) + " */)"),
	}}, MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := short.Query(t.Context(), Statement{SQL: own("SELECT * FROM {wide}")}); err != nil {
		t.Error(err)
	}
	if _, err := short.Execute(t.Context(), Statement{SQL: own("INSERT INTO {wide} VALUES ('a')")}); err != nil {
		t.Error(err)
	}
}
