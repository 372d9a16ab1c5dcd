package store

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

const fillTags = "INSERT INTO {tags} (tag) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT hex(zeroblob(500)) FROM n"

func metered(t *testing.T, s *Store, storage int64) *Confined {
	t.Helper()
	l := DefaultLimits()
	l.Storage = storage
	c := s.Confine(Rights{Own: notesPrefix, Extension: 1}, l)
	t.Cleanup(c.Close)
	return c
}

// usedAndCounted is what the meter says and what a look at every page says.
func usedAndCounted(t *testing.T, s *Store) (used, counted int64) {
	t.Helper()
	if err := s.write(t.Context(), func(c *conn) error {
		return c.raw(func(handle) (err error) {
			if used, _, err = c.usage(t.Context(), 1); err == nil {
				counted, err = c.countPages(t.Context(), &Rights{Own: notesPrefix})
			}
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	return used, counted
}

func TestStorageIsCountedByPage(t *testing.T) {
	s, _ := twoExtensions(t)
	c := metered(t, s, 256<<20)
	for _, text := range []string{
		"INSERT INTO {notes} (title) VALUES ('first')",
		strings.Replace(fillTags, "?", "3000", 1),
		"UPDATE {tags} SET tag = tag || tag WHERE rowid % 3 = 0",
		"DELETE FROM {tags} WHERE rowid % 2 = 0",
		strings.Replace(fillTags, "?", "500", 1),
	} {
		execute(t, c, text)
		if used, counted := usedAndCounted(t, s); used < counted-3 || used > counted+3 {
			t.Errorf("after %.40s: the meter says %d pages, there are %d", text, used, counted)
		}
	}
	execute(t, c, "DELETE FROM {tags}")
	if used, counted := usedAndCounted(t, s); used > counted+3 || used > 20 {
		t.Errorf("after deleting all: %d and %d pages", used, counted)
	}
}

func TestReachedStorageEndsACallAndLeavesNothing(t *testing.T) {
	s, _ := twoExtensions(t)
	const quota = 2 << 20
	c := metered(t, s, quota)
	size := func() (n int64) {
		if err := s.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("PRAGMA page_count").Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := size()
	_, err := c.Execute(t.Context(), Statement{SQL: expand(fillTags), Params: []any{int64(100_000)}})
	if fault.Code(err) != "quota.storage" || !strings.Contains(fault.Of(err).Message, "2 MB") {
		t.Errorf("100 MB in one statement: %v", err)
	}
	if n := size(); n-before > quota/pageBytes+slack {
		t.Errorf("the file grew by %d pages", n-before)
	}
	kept := 0
	for range 30 {
		_, err := c.Execute(t.Context(), Statement{SQL: expand(fillTags), Params: []any{int64(100)}})
		if err == nil {
			kept += 100
		} else if fault.Code(err) != "quota.storage" {
			t.Fatal(err)
		}
	}
	if n := query(t, c, "SELECT count(*) FROM {tags}").Rows[0][0]; n != int64(kept) || kept < 1000 || kept > 2100 {
		t.Errorf("%v rows, %d were acknowledged", n, kept)
	}
	if _, err := c.Migrate(t.Context(), []Migration{migration("more", "CREATE TABLE {copy} (x); INSERT INTO {copy} SELECT tag FROM {tags}")}, MigrateOptions{}); fault.Of(err).Data["cause"] != "quota.storage" {
		t.Errorf("a migration: %v", err)
	}
	// What makes room is always possible, and room can be used again.
	execute(t, c, "UPDATE {tags} SET tag = 'x' WHERE rowid % 2 = 0")
	execute(t, c, "DELETE FROM {tags}")
	execute(t, c, strings.Replace(fillTags, "?", "100", 1))
	// The host and others are not bound by it.
	other := s.Confine(Rights{Own: otherPrefix, Extension: 2}, DefaultLimits())
	defer other.Close()
	if _, err := other.Execute(t.Context(), Statement{SQL: expand("INSERT INTO {{secrets}} (secret) SELECT hex(zeroblob(4000000))")}); err != nil {
		t.Errorf("another app: %v", err)
	}
	run(t, s, "INSERT INTO alcove_setting VALUES ('large', zeroblob(4000000))")
}

// TestAFullMeterIsReadAgain: pages that the host dropped are not on the meter.
// Before an app is refused its pages are counted.
func TestAFullMeterIsReadAgain(t *testing.T) {
	s, _ := twoExtensions(t)
	c := metered(t, s, 1<<20)
	execute(t, c, "DELETE FROM {tags}")
	run(t, s, "UPDATE alcove_usage SET pages = 1000000 WHERE extension = 1")
	s.metered.Clear() // as after opening the vault
	if _, err := c.Execute(t.Context(), Statement{SQL: expand("INSERT INTO {tags} (tag) VALUES ('x')")}); err != nil {
		t.Error(err)
	}
	if used, counted := usedAndCounted(t, s); used != counted || counted < 5 {
		t.Errorf("%d, %d", used, counted)
	}
}

// TestInstallingIsBoundByStorageToo: the migrations of an installation run in
// the host's transaction.
func TestInstallingIsBoundByStorageToo(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Storage = 1 << 20
	err := s.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := s.Migrate(context.WithoutCancel(t.Context()), tx, 1, Rights{Own: notesPrefix, Extension: 1},
			[]Migration{migration("large", strings.Replace(fillTags, "?", "100000", 1))}, MigrateOptions{Limits: l})
		return err
	})
	if fault.Of(err).Data["cause"] != "quota.storage" {
		t.Error(err)
	}
	run(t, s, "INSERT INTO alcove_setting VALUES ('large', zeroblob(4000000))")
}
