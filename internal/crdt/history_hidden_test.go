package crdt

import (
	"fmt"
	"strings"
	"testing"
)

// hiddenAt is the rows of table n at a moment, those that are kept aside marked.
func (r *replica) hiddenAt(moment int64) string {
	r.t.Helper()
	var out []string
	must(r.t, r.At(r.t.Context(), testApp, moment, "n", nil, func(row *PastRow) error {
		line := strings.TrimSpace(fmt.Sprintln(row.Values...))
		if row.Hidden {
			line += " hidden"
		}
		out = append(out, line)
		return nil
	}))
	return strings.Join(out, "; ")
}

// What RestoreHidden did can be told and taken back: the row that was seen
// before is seen again, and nothing of the other one is lost.
func TestRestoringAHiddenRowCanBeUndone(t *testing.T) {
	for _, table := range []string{
		`CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`,
		`CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x) WITHOUT ROWID`,
	} {
		a, b := pair(t, table)
		a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
		b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
		meet(a, b)
		same(t, `SELECT * FROM n`, "b same 2", a, b)
		before := a.present()
		list, err := a.Conflicts(t.Context(), testApp, 0, 10)
		must(t, err)
		must(t, a.RestoreHidden(t.Context(), list[0].ID))
		same(t, `SELECT * FROM n`, "a same 1", a)
		if got := a.hiddenAt(before); got != "a same 1 hidden; b same 2 hidden" {
			t.Errorf("%s", got)
		}
		after := a.present()
		d, err := a.Difference(t.Context(), Scope{App: testApp}, before)
		must(t, err)
		if len(d.Tables) != 1 || d.Tables[0] != (TableDifference{Table: d.Tables[0].Table, Inserted: 1, Deleted: 1}) {
			t.Errorf("%+v", d)
		}
		out, err := a.Restore(t.Context(), Scope{App: testApp}, before)
		must(t, err)
		if out.Inserted != 1 || out.Deleted != 1 {
			t.Errorf("%+v", out)
		}
		same(t, `SELECT * FROM n`, "b same 2", a)
		same(t, `SELECT kind, k FROM alcove_crdt_conflict`, "unique x030161", a)
		meet(a, b)
		same(t, `SELECT * FROM n`, "b same 2", a, b)
		// And that can be undone like everything else.
		_, err = a.Restore(t.Context(), Scope{App: testApp}, after)
		must(t, err)
		meet(a, b)
		same(t, `SELECT * FROM n`, "a same 1", a, b)
		b.exec(`DELETE FROM n`)
		meet(a, b)
		same(t, `SELECT * FROM n`, "b same 2", a, b)
	}
}

func TestRestoringARowOfAnAutomaticKeyCanBeUndone(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id INTEGER PRIMARY KEY, x) /*auto*/`)
	a.exec(`INSERT INTO n (x) VALUES ('a1')`)
	b.exec(`INSERT INTO n (x) VALUES ('b1')`)
	meet(a, b)
	before := a.present()
	list, _ := a.Conflicts(t.Context(), testApp, 0, 10)
	must(t, a.RestoreHidden(t.Context(), list[0].ID))
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 a1", a, b)
	_, err := a.Restore(t.Context(), Scope{App: testApp}, before)
	must(t, err)
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 b1", a, b)
}

// A hidden row that an insertion replaces is in the past, where it was hidden.
func TestAHiddenRowThatWasReplacedIsInThePast(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	meet(a, b)
	before := a.present()
	a.exec(`INSERT INTO n VALUES ('a', 'other', 3)`)
	if got := a.hiddenAt(before); got != "b same 2; a same 1 hidden" {
		t.Errorf("%s", got)
	}
	_, err := a.Restore(t.Context(), Scope{App: testApp}, before)
	must(t, err)
	same(t, `SELECT * FROM n`, "b same 2", a)
}

// One that another device deleted does not stand in the way of what was seen.
func TestAHiddenRowThatDiedIsInThePast(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	b.pull(a)
	before := b.present()
	a.exec(`DELETE FROM n`)
	b.pull(a)
	b.exec(`UPDATE n SET x = 3`)
	if got := b.hiddenAt(before); got != "b same 2; a same 1 hidden" {
		t.Errorf("%s", got)
	}
	_, err := b.Restore(t.Context(), Scope{App: testApp}, before)
	must(t, err)
	same(t, `SELECT * FROM n`, "b same 2", b)
	// Of one that is purged, nothing stays in the history of others.
	must(t, b.Purge(t.Context(), testApp, "n", []byte{3, 1, 'b'}, b.present()))
	if got := b.hiddenAt(before); got != "a same 1" {
		t.Errorf("%s", got)
	}
}
