package crdt

import "testing"

// TestPastBeforeADeletionThatAnEditDidNotKnow: the edit is not in the past of
// before the deletion, though the deletion ends it too.
func TestPastBeforeADeletionThatAnEditDidNotKnow(t *testing.T) {
	a, b := pair(t, "CREATE TABLE notes (id TEXT PRIMARY KEY, body)")
	a.exec("INSERT INTO notes VALUES ('k', 'then')")
	meet(a, b)
	then := b.present()
	a.exec("DELETE FROM notes")
	b.exec("UPDATE notes SET body = 'later'")
	b.pull(a)
	_, err := b.Restore(t.Context(), Scope{App: testApp}, then)
	must(t, err)
	same(t, "SELECT * FROM notes", "k then", b)
}

// TestPastDoesNotMixLives: between the birth of a life and what was written
// elsewhere in the one before it, without knowing of it, the row is that of the
// one before.
func TestPastDoesNotMixLives(t *testing.T) {
	a, b := pair(t, "CREATE TABLE notes (id TEXT PRIMARY KEY, title, body)")
	a.exec("INSERT INTO notes VALUES ('k', 'title', 'body')")
	meet(a, b)
	a.exec("DELETE FROM notes", "INSERT INTO notes VALUES ('k', 'new title', 'new body')")
	b.exec("UPDATE notes SET title = 'edited'")
	then := b.present()
	b.exec("UPDATE notes SET title = 'edited again'")
	b.pull(a)
	now := b.present()
	_, err := b.Restore(t.Context(), Scope{App: testApp}, then)
	must(t, err)
	same(t, "SELECT * FROM notes", "k edited body", b)
	_, err = b.Restore(t.Context(), Scope{App: testApp}, now)
	must(t, err)
	same(t, "SELECT * FROM notes", "k new title new body", b)
}
