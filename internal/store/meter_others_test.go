package store

import (
	"context"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// twoMetered are two extensions that may each write in a table of the other.
func twoMetered(t *testing.T, quota int64) (s *Store, notes, other *Confined) {
	t.Helper()
	s, _ = twoExtensions(t)
	for id, prefix := range map[int64]string{1: notesPrefix, 2: otherPrefix} {
		lineage, name, _ := strings.Cut(prefix, "__")
		run(t, s, "INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at) VALUES (?, unhex(?), ?, '1.0.0', 0, 0)", id, lineage, strings.TrimSuffix(name, "__"))
	}
	l := DefaultLimits()
	l.Storage = quota
	confine := func(r Rights) *Confined {
		c := s.Confine(r, l)
		t.Cleanup(c.Close)
		return c
	}
	tags := Grant{Action: ActionReadWrite, Target: notesPrefix + "tags"}
	secrets := Grant{Action: ActionReadWrite, Target: otherPrefix + "secrets"}
	deletes := func(g Grant) []Grant { return []Grant{g, {Action: ActionDelete, Target: g.Target}} }
	return s, confine(Rights{Own: notesPrefix, Extension: 1, Grants: deletes(secrets)}), confine(Rights{Own: otherPrefix, Extension: 2, Grants: deletes(tags)})
}

const fillSecrets = "INSERT INTO {{secrets}} (secret) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1500) SELECT hex(zeroblob(500)) FROM n"

// TestNobodyMakesRoomInTablesOfOthers: what one extension writes and another
// deletes is on both meters, or else two of them would fill the disk.
func TestNobodyMakesRoomInTablesOfOthers(t *testing.T) {
	const quota = 2 << 20
	fillOwn := strings.Replace(expand(fillTags), "?", "1500", 1)
	for name, round := range map[string]func(t *testing.T, notes, other *Confined) (by *Confined, text string){
		"deleting what the other wrote": func(t *testing.T, notes, other *Confined) (*Confined, string) {
			do(t, other, expand(fillSecrets))
			do(t, notes, expand("DELETE FROM {{secrets}}"))
			return notes, fillOwn
		},
		"writing what the other deletes": func(t *testing.T, notes, other *Confined) (*Confined, string) {
			do(t, other, fillOwn)
			do(t, notes, expand("DELETE FROM {tags} WHERE rowid > 2000"))
			return notes, fillOwn
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, notes, other := twoMetered(t, quota)
			do(t, notes, fillOwn)
			refused := false
			for range 6 {
				by, text := round(t, notes, other)
				_, err := by.Execute(t.Context(), Statement{SQL: text})
				refused = refused || fault.Code(err) == "quota.storage"
				s.metered.Clear() // as after opening the vault
			}
			if _, counted := usedAndCounted(t, s); counted*pageBytes > quota+slack*pageBytes || !refused {
				t.Errorf("%d bytes of %d; refused: %v", counted*pageBytes, quota, refused)
			}
		})
	}
}

// TestAFullMeterIsReadAgainOnceSomethingWentOffIt: bytes that went are not to the
// page, and less goes off than the database shrinks by.
func TestAFullMeterIsReadAgainOnceSomethingWentOffIt(t *testing.T) {
	s, notes, _ := twoMetered(t, 1<<20)
	run(t, s, "INSERT INTO alcove_usage VALUES (1, 250) ON CONFLICT DO UPDATE SET pages = excluded.pages")
	s.metered.Store(int64(1), true)
	insert := Statement{SQL: own("INSERT INTO {tags} (tag) SELECT hex(zeroblob(20000))")}
	if _, err := notes.Execute(t.Context(), insert); fault.Code(err) != "quota.storage" {
		t.Errorf("a meter that was read: %v", err)
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { return tx.FreedBytes(notesPrefix, pageBytes) }); err != nil {
		t.Fatal(err)
	}
	if _, err := notes.Execute(t.Context(), insert); err != nil {
		t.Error(err)
	}
}

// do runs a statement that may be refused for storage.
func do(t *testing.T, c *Confined, text string) {
	t.Helper()
	if _, err := c.Execute(context.WithoutCancel(t.Context()), Statement{SQL: text}); err != nil && fault.Code(err) != "quota.storage" {
		t.Fatal(err)
	}
}
