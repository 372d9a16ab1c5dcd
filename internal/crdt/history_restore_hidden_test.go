package crdt

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// restoreAll puts the app back, which is what Difference says of it.
func (r *replica) restoreAll(moment int64) {
	r.t.Helper()
	d, err := r.Difference(r.t.Context(), Scope{App: testApp}, moment)
	must(r.t, err)
	out, err := r.Restore(r.t.Context(), Scope{App: testApp}, moment)
	must(r.t, err)
	var sum TableDifference
	for _, t := range d.Tables {
		sum.Inserted, sum.Updated, sum.Deleted = sum.Inserted+t.Inserted, sum.Updated+t.Updated, sum.Deleted+t.Deleted
	}
	if sum != (TableDifference{Inserted: out.Inserted, Updated: out.Updated, Deleted: out.Deleted}) {
		r.t.Errorf("%+v, but %+v", d, out)
	}
}

// A row that is hidden now and was not there does not come back when what hides
// it goes, here or on other devices.
func TestRestoreTakesHiddenRowsThatWereNotThere(t *testing.T) {
	for _, table := range []string{
		`CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE)`,
		`CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE) WITHOUT ROWID`,
	} {
		a, b := pair(t, table)
		a.exec(`INSERT INTO n VALUES ('z', 'z')`)
		meet(a, b)
		then := a.present()
		a.exec(`INSERT INTO n VALUES ('a', 'same')`)
		b.exec(`INSERT INTO n VALUES ('b', 'same')`)
		meet(a, b)
		after := a.present()
		a.restoreAll(then)
		same(t, `SELECT * FROM n`, "z z", a)
		meet(a, b)
		same(t, `SELECT * FROM n`, "z z", a, b)
		same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", a, b)
		if got := a.hiddenAt(after); got != "z z; b same; a same hidden" {
			t.Errorf("%s", got)
		}
		a.restoreAll(after)
		same(t, `SELECT * FROM n ORDER BY id`, "b same\nz z", a)
	}
}

func TestRestoreTakesHiddenRowsOfAutomaticKeys(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id INTEGER PRIMARY KEY, x) /*auto*/`)
	then := a.present()
	a.exec(`INSERT INTO n (x) VALUES ('a1')`)
	b.exec(`INSERT INTO n (x) VALUES ('b1')`)
	meet(a, b)
	a.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM n`, "", a, b)
}

func TestRestoreTakesHiddenChildrenThatWereNotThere(t *testing.T) {
	a, b := pair(t, `CREATE TABLE p (id TEXT PRIMARY KEY)`, `CREATE TABLE c (id TEXT PRIMARY KEY, p REFERENCES p)`)
	a.exec(`INSERT INTO p VALUES ('p')`)
	meet(a, b)
	then := b.present()
	a.exec(`INSERT INTO c VALUES ('c', 'p')`)
	b.exec(`DELETE FROM p`)
	meet(a, b)
	b.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM p`, "p", a, b)
	same(t, `SELECT * FROM c`, "", a, b)
}

// One that was written after the span that is undone stays hidden.
func TestUndoLeavesHiddenRowsThatCameLater(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE)`)
	from := a.present()
	a.exec(`INSERT INTO n VALUES ('z', 'z')`)
	upto := a.present()
	a.exec(`INSERT INTO n VALUES ('a', 'same')`)
	b.exec(`INSERT INTO n VALUES ('b', 'same')`)
	meet(a, b)
	out, err := a.UndoSpan(t.Context(), Scope{App: testApp}, from, upto)
	must(t, err)
	if out.Deleted != 1 || out.Kept != 2 {
		t.Errorf("%+v", out)
	}
	b.exec(`DELETE FROM n WHERE id = 'b'`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "a same", a, b)
}

// A row that is hidden now gets the values of then, and is seen as soon as
// nothing is in its way.
func TestRestoreOfARowThatIsHiddenNow(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'free', 1)`)
	then := a.present()
	a.exec(`UPDATE n SET u = 'same', x = 2`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	meet(a, b)
	out, err := a.Restore(t.Context(), Scope{testApp, "n", []byte{3, 1, 'a'}}, then)
	must(t, err)
	if out.Updated != 1 {
		t.Errorf("%+v", out)
	}
	meet(a, b)
	same(t, `SELECT * FROM n ORDER BY id`, "a free 1\nb same 2", a, b)
	a.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM n`, "a free 1", a, b)
}

// One that was hidden then already is in nobody's way.
func TestRestoreOfARowThatWasHiddenThen(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	b.pull(a)
	then := b.present()
	a.exec(`UPDATE n SET x = 3`)
	b.exec(`UPDATE n SET x = 4`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "b same 4", a, b)
	b.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM n`, "b same 2", a, b)
	a.exec(`DELETE FROM n`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "a same 1", a, b)
}

// A parent that comes back by itself is there in time.
func TestRestoreOfAChildWhoseParentIsHiddenNow(t *testing.T) {
	a, b := pair(t, `CREATE TABLE p (id TEXT PRIMARY KEY, u UNIQUE)`, `CREATE TABLE c (id TEXT PRIMARY KEY, p REFERENCES p)`)
	a.exec(`INSERT INTO p VALUES ('p', 'same')`, `INSERT INTO c VALUES ('c', 'p')`)
	then := a.present()
	a.exec(`DELETE FROM c`)
	b.exec(`INSERT INTO p VALUES ('q', 'same')`)
	meet(a, b)
	// The child alone has no parent: what hides that is not in the scope.
	out, err := a.Restore(t.Context(), Scope{testApp, "c", nil}, then)
	if fault.Code(err) != "crdt.restore_conflict" || len(out.Conflicts) != 1 || out.Conflicts[0].Why != "foreign" {
		t.Errorf("%+v, %v", out, err)
	}
	same(t, `SELECT * FROM p`, "q same", a)
	a.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM p`, "p same", a, b)
	same(t, `SELECT * FROM c`, "c p", a, b)
}

// One that does not come back is a conflict also where SQLite lets it pass.
func TestRestoreOfARowWithoutItsParentInTheSameTable(t *testing.T) {
	a := newReplica(t)
	createTracked(a, `CREATE TABLE n (id TEXT PRIMARY KEY, up REFERENCES n ON DELETE SET NULL)`)
	a.exec(`INSERT INTO n VALUES ('1', NULL), ('2', '1')`)
	then := a.present()
	a.exec(`DELETE FROM n`)
	out, err := a.Restore(t.Context(), Scope{testApp, "n", []byte{3, 1, '2'}}, then)
	if fault.Code(err) != "crdt.restore_conflict" || len(out.Conflicts) != 1 || out.Conflicts[0].Why != "foreign" {
		t.Errorf("%+v, %v", out, err)
	}
	same(t, `SELECT * FROM n`, "", a)
}

// A hidden row that cannot be seen without its parent is not brought back in
// place of one that can.
func TestBringingBackNeedsParents(t *testing.T) {
	a, b := pair(t, `CREATE TABLE p (id TEXT PRIMARY KEY)`, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, p REFERENCES p)`)
	a.exec(`INSERT INTO p VALUES ('0'), ('1')`)
	meet(a, b)
	a.exec(`INSERT INTO n VALUES ('a', 'same', '0')`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', '1')`)
	meet(a, b)
	then := a.present()
	list, err := a.Conflicts(t.Context(), testApp, 0, 10)
	must(t, err)
	must(t, a.RestoreHidden(t.Context(), list[0].ID))
	a.exec(`DELETE FROM p WHERE id = '1'`)
	out, err := a.Restore(t.Context(), Scope{testApp, "n", nil}, then)
	if fault.Code(err) != "crdt.restore_conflict" || len(out.Conflicts) != 1 || out.Conflicts[0].Why != "foreign" || string(out.Conflicts[0].Key) != "\x03\x01b" {
		t.Errorf("%+v, %v", out, err)
	}
	same(t, `SELECT * FROM n`, "a same 0", a)
	a.restoreAll(then)
	meet(a, b)
	same(t, `SELECT * FROM n`, "b same 1", a, b)
}
