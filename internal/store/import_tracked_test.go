package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/store/plain"
)

// What an import writes is tracked like any other change, the app's triggers
// add nothing, and those of tracking stay the newest.
func TestImportedRowsAreTracked(t *testing.T) {
	s, c, said := tracked(t, `CREATE TABLE {pairs} (a INTEGER NOT NULL, b TEXT, PRIMARY KEY (a));
		CREATE TABLE {words} (id TEXT PRIMARY KEY NOT NULL, mail TEXT UNIQUE, n INTEGER);
		CREATE TRIGGER {also} AFTER INSERT ON {words} BEGIN INSERT INTO {pairs} (b) VALUES (NEW.id); END;`, false)
	data := Data{Extension: 1, Rights: Rights{Own: notesPrefix}, App: plain.App{Name: "notes"}}
	name := func(text string) string {
		return strings.NewReplacer("{", `"`+notesPrefix, "}", `"`).Replace(text)
	}
	before := triggersInOrder(t, s)
	run(t, s, name("INSERT INTO {words} VALUES ('a', 'x', 1), ('b', 'y', 2)"))
	if got := said.take(); got != `i1:1-2 i2:1-2` {
		t.Fatalf("before: %s", got)
	}
	path := file(t, "CREATE TABLE words (id, mail, n)", "INSERT INTO words VALUES ('a', 'x', 5), ('c', 'y', 3), ('d', 'z', 4)")
	if _, err := s.Import(t.Context(), data, path, Replace, nil); err != nil {
		t.Fatal(err)
	}
	got := said.take()
	for _, want := range []string{`d2:`, `"b"`, `u2:1/`, `i2:`} { // b gave way to c, a changed, c and d came
		if !strings.Contains(got, want) {
			t.Errorf("tracked: %s; %s is missing", got, want)
		}
	}
	if strings.Contains(got, "i1:") {
		t.Errorf("the app's trigger ran: %s", got)
	}
	if diff := cmp.Diff(before, triggersInOrder(t, s)); diff != "" {
		t.Errorf("the triggers changed: %s", diff)
	}
	if _, err := c.Execute(t.Context(), Statement{SQL: name("INSERT INTO {words} VALUES ('e', 'e', 6)")}); err != nil {
		t.Fatal(err)
	}
	if got := said.take(); !strings.Contains(got, "i1:3") || !strings.Contains(got, "i2:") {
		t.Errorf("afterwards: %s", got)
	}

	// Passed over, nothing is tracked.
	if _, err := s.Import(t.Context(), data, path, KeepExisting, nil); err != nil {
		t.Fatal(err)
	}
	if got := said.take(); got != "" {
		t.Errorf("nothing was written, but tracked: %s", got)
	}
}

// triggersInOrder are all triggers, oldest first within their tables.
func triggersInOrder(t *testing.T, s *Store) (list []string) {
	t.Helper()
	err := s.ViewTx(t.Context(), func(tx *Tx) error {
		return tx.conn.handle.rows("SELECT tbl_name || ' ' || name || ' ' || sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name, rowid", nil, func(row []any) error {
			text, _ := row[0].(string)
			list = append(list, text)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
