package crdt

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func (r *replica) words() []ConflictWords {
	r.t.Helper()
	list, err := r.ConflictWords(r.t.Context(), testApp, 0, 100)
	must(r.t, err)
	return list
}

func valueOf(cells []Cell, column string) any {
	for _, c := range cells {
		if c.Column == column {
			return c.Value
		}
	}
	return nil
}

func TestConflictsInWords(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, name TEXT UNIQUE, body TEXT)")
		createTracked(r, "CREATE TABLE tags (id TEXT PRIMARY KEY NOT NULL, note TEXT REFERENCES notes (id))")
	}
	a.exec("INSERT INTO notes VALUES ('n', 'first', 'x')", "INSERT INTO notes VALUES ('p', 'parent', NULL)")
	meet(a, b)
	a.exec("UPDATE notes SET body = 'mine' WHERE id = 'n'", "INSERT INTO notes VALUES ('u', 'same', 'of a')")
	a.exec("DELETE FROM notes WHERE id = 'p'")
	b.exec("UPDATE notes SET body = '"+strings.Repeat("ü", 1000)+"' WHERE id = 'n'", "INSERT INTO notes VALUES ('v', 'same', 'of b')")
	b.exec("INSERT INTO tags VALUES ('t', 'p')")
	meet(a, b)

	kinds := map[ConflictKind]*ConflictWords{}
	for _, w := range append(a.words(), b.words()...) {
		kinds[w.Kind] = &w
	}
	lost := kinds[ConflictLost]
	if lost == nil || lost.TableName != "notes" || !lost.Restorable || len(lost.Gone) != 1 || lost.Gone[0].Column != "body" || valueOf(lost.Row, "name") != "first" || lost.Hidden {
		t.Errorf("lost: %+v", lost)
	}
	for _, cells := range [][]Cell{lost.Gone, lost.Row} {
		if v, ok := valueOf(cells, "body").(string); !ok || v != "mine" && v != strings.Repeat("ü", 512) {
			t.Errorf("body: %q", v)
		}
	}
	hid := kinds[ConflictUnique]
	if hid == nil || !hid.Hidden || !hid.Restorable || valueOf(hid.Row, "name") != "same" || valueOf(hid.Seen, "name") != "same" || valueOf(hid.Row, "body") == valueOf(hid.Seen, "body") {
		t.Errorf("hidden: %+v", hid)
	}
	if hid.Row[0].Column != "id" || !hid.Row[0].Key || hid.Row[1].Key {
		t.Errorf("keys: %+v", hid.Row)
	}
	orphan := kinds[ConflictForeign]
	if orphan == nil || orphan.TableName != "tags" || orphan.Restorable || !orphan.Hidden || valueOf(orphan.Row, "note") != "p" {
		t.Errorf("without its parent: %+v", orphan)
	}
}

func TestConflictOfAnotherApp(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, name TEXT UNIQUE)")
	}
	a.exec("INSERT INTO notes VALUES ('u', 'same')")
	b.exec("INSERT INTO notes VALUES ('v', 'same')")
	meet(a, b)
	id := a.words()[0].ID
	if c, err := a.ConflictOf(t.Context(), testApp, id); err != nil || c.ID != id {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []int64{id + 1, 0, -1, 1 << 62, 1<<63 - 1} {
		if _, err := a.ConflictOf(t.Context(), testApp, bad); fault.Code(err) != "crdt.no_conflict" {
			t.Errorf("%d: %v", bad, err)
		}
	}
	if _, err := a.ConflictOf(t.Context(), "ab__other__", id); fault.Code(err) != "crdt.no_conflict" {
		t.Errorf("by another app: %v", err)
	}
	if n, err := a.CountConflicts(t.Context(), testApp); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
