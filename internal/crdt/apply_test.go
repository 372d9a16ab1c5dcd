package crdt

import (
	"bytes"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// changes is what r has to tell one that has seen since.
func (r *replica) changes(since Vector) []byte {
	r.t.Helper()
	var b bytes.Buffer
	_, err := r.Changes(r.t.Context(), since, &b)
	must(r.t, err)
	return b.Bytes()
}

// pull merges what from has and r has not.
func (r *replica) pull(from *replica) Report {
	r.t.Helper()
	v, err := r.Vector(r.t.Context())
	must(r.t, err)
	b := from.changes(v)
	if len(b) == 0 {
		return Report{}
	}
	report, err := r.Apply(r.t.Context(), bytes.NewReader(b), ApplyOptions{})
	must(r.t, err)
	return report
}

// meet lets two devices have everything of each other.
func meet(all ...*replica) {
	all[0].t.Helper()
	for range 2 {
		for _, a := range all {
			for _, b := range all {
				if a != b {
					a.pull(b)
				}
			}
		}
	}
}

// rows is what a query finds, a row a line.
func (r *replica) rows(text string) string {
	r.t.Helper()
	var out []string
	must(r.t, r.st.View(r.t.Context(), func(tx *sql.Tx) error {
		found, err := tx.Query(text)
		if err != nil {
			return err
		}
		defer found.Close()
		names, err := found.Columns()
		if err != nil {
			return err
		}
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		for found.Next() {
			if err := found.Scan(into...); err != nil {
				return err
			}
			cols := make([]string, len(row))
			for i, v := range row {
				if b, ok := v.([]byte); ok {
					v = fmt.Sprintf("x%x", b)
				}
				cols[i] = fmt.Sprint(v)
			}
			out = append(out, strings.Join(cols, " "))
		}
		return found.Err()
	}))
	return strings.Join(out, "\n")
}

// same fails unless all find what is wanted.
func same(t testing.TB, sql, want string, all ...*replica) {
	t.Helper()
	for i, r := range all {
		if got := r.rows(sql); got != want {
			t.Errorf("device %d: %s:\n%s\nwant:\n%s", i, sql, got, want)
		}
	}
}

// stepping is a clock that devices share, so that what is done later is later.
func stepping() Option {
	now := time.Unix(1_800_000_000, 0)
	return WithNow(func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	})
}

// pair is two devices with the same tables.
func pair(t *testing.T, tables ...string) (a, b *replica) {
	t.Helper()
	now := stepping()
	a, b = newReplica(t, now), newReplica(t, now)
	for _, sql := range tables {
		createTracked(a, sql)
		createTracked(b, sql)
	}
	return a, b
}

func TestLaterCellWins(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x, y)`)
	a.exec(`INSERT INTO n VALUES ('k', 1, 1), ('l', 2, 2)`)
	meet(a, b)
	same(t, `SELECT * FROM n ORDER BY id`, "k 1 1\nl 2 2", a, b)
	a.exec(`UPDATE n SET x = 'a' WHERE id = 'k'`)
	b.exec(`UPDATE n SET x = 'b', y = 'b' WHERE id = 'k'`, `DELETE FROM n WHERE id = 'l'`)
	report := a.pull(b)
	if len(report.Lost) != 1 || report.Lost[0].How != Overwritten || len(report.Lost[0].Values) != 1 || report.Conflicts != 1 {
		t.Errorf("%+v", report)
	}
	if len(report.Tables) != 1 || report.Tables[0].Rows != 2 || report.Tables[0].Table != "n" {
		t.Errorf("%+v", report.Tables)
	}
	meet(a, b)
	same(t, `SELECT * FROM n`, "k b b", a, b)
}

func TestDeletionWinsOverEdits(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x) WITHOUT ROWID`)
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	meet(a, b)
	a.exec(`DELETE FROM n`)
	b.exec(`UPDATE n SET x = 2`)
	report := b.pull(a)
	if len(report.Lost) != 1 || report.Lost[0].How != Deleted || len(report.Lost[0].Values) != 2 {
		t.Errorf("%+v", report)
	}
	meet(a, b)
	same(t, `SELECT * FROM n`, "", a, b)
	// The person takes the values back.
	list, err := b.Conflicts(t.Context(), testApp, 0, 10)
	if err != nil || len(list) != 1 || list[0].Kind != ConflictLost {
		t.Fatalf("%+v %v", list, err)
	}
	must(t, b.RestoreLost(t.Context(), list[0].ID))
	meet(a, b)
	same(t, `SELECT * FROM n`, "k 2", a, b)
	if list, _ := b.Conflicts(t.Context(), testApp, 0, 10); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestBirthOfBothMergesByColumn(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT COLLATE NOCASE PRIMARY KEY, x, y)`)
	a.exec(`INSERT INTO n VALUES ('k', 1, 1)`)
	b.exec(`INSERT INTO n VALUES ('K', 2, 2)`)
	a.exec(`UPDATE n SET x = 3`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "K 3 2", a, b)
}

func TestUniqueKeepsTheNewestBirth(t *testing.T) {
	for _, table := range []string{
		`CREATE TABLE n (id TEXT PRIMARY KEY, u TEXT COLLATE NOCASE UNIQUE, x)`,
		`CREATE TABLE n (id TEXT PRIMARY KEY, u TEXT COLLATE NOCASE UNIQUE, x) WITHOUT ROWID`,
	} {
		a, b := pair(t, table)
		a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
		b.exec(`INSERT INTO n VALUES ('b', 'SAME', 2)`)
		meet(a, b)
		same(t, `SELECT * FROM n`, "b SAME 2", a, b)
		same(t, `SELECT kind, k FROM alcove_crdt_conflict`, "unique x030161", a, b)
		// What is hidden goes on being merged, and comes back when it can.
		b.exec(`UPDATE n SET u = 'other' WHERE id = 'b'`)
		same(t, `SELECT * FROM n ORDER BY id`, "a same 1\nb other 2", b)
		meet(a, b)
		same(t, `SELECT * FROM n ORDER BY id`, "a same 1\nb other 2", a, b)
		same(t, `SELECT kind, k FROM alcove_crdt_conflict`, "", a, b)
	}
}

func TestHiddenRowIsRestored(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	meet(a, b)
	list, err := a.Conflicts(t.Context(), testApp, 0, 10)
	if err != nil || len(list) != 1 || list[0].Kind != ConflictUnique {
		t.Fatalf("%+v %v", list, err)
	}
	must(t, a.RestoreHidden(t.Context(), list[0].ID))
	same(t, `SELECT * FROM n`, "a same 1", a)
	meet(a, b)
	same(t, `SELECT * FROM n`, "a same 1", a, b)
	// An insertion over the hidden key is a new life, and the newest.
	b.exec(`DELETE FROM n`)
	same(t, `SELECT * FROM n`, "b same 2", b)
	meet(a, b)
	same(t, `SELECT * FROM n`, "b same 2", a, b)
}

func TestInsertOverHiddenKeyIsANewLife(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
	a.exec(`INSERT INTO n VALUES ('a', 'same', 1)`)
	b.exec(`INSERT INTO n VALUES ('b', 'same', 2)`)
	meet(a, b)
	b.exec(`INSERT INTO n VALUES ('a', 'mine', 3)`)
	same(t, `SELECT * FROM n ORDER BY id`, "a mine 3\nb same 2", b)
	a.exec(`UPDATE n SET x = 9`)
	meet(a, b)
	same(t, `SELECT * FROM n ORDER BY id`, "a mine 3\nb same 9", a, b)
}

func TestOrphansHideAndComeBack(t *testing.T) {
	a, b := pair(t,
		`CREATE TABLE p (id TEXT PRIMARY KEY, x)`,
		`CREATE TABLE c (id TEXT PRIMARY KEY, p TEXT REFERENCES p (id), up TEXT REFERENCES c (id))`)
	a.exec(`INSERT INTO p VALUES ('p', 1)`)
	meet(a, b)
	a.exec(`DELETE FROM p`)
	b.exec(`INSERT INTO c VALUES ('c', 'p', NULL)`, `INSERT INTO c VALUES ('d', NULL, 'c')`, `INSERT INTO c VALUES ('e', NULL, NULL)`)
	meet(a, b)
	same(t, `SELECT id FROM c`, "e", a, b)
	same(t, `SELECT kind, k FROM alcove_crdt_conflict WHERE kind <> 'lost' ORDER BY k`, "foreign x030163\nforeign x030164", a, b)
	a.exec(`INSERT INTO p VALUES ('p', 2)`)
	same(t, `SELECT id FROM c ORDER BY id`, "c\nd\ne", a)
	meet(a, b)
	same(t, `SELECT id FROM c ORDER BY id`, "c\nd\ne", a, b)
}

func TestAutomaticKeysKeepBothRows(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id INTEGER PRIMARY KEY, x) /*auto*/`)
	a.exec(`INSERT INTO n (x) VALUES ('a1'), ('a2')`)
	b.exec(`INSERT INTO n (x) VALUES ('b1')`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 b1\n2 a2", a, b)
	same(t, `SELECT kind FROM alcove_crdt_conflict`, "key", a, b)
	b.exec(`UPDATE n SET x = 'b1+' WHERE id = 1`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 b1+\n2 a2", a, b)
	list, _ := a.Conflicts(t.Context(), testApp, 0, 10)
	must(t, a.RestoreHidden(t.Context(), list[0].ID))
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 a1\n2 a2", a, b)
	a.exec(`DELETE FROM n WHERE id = 1`)
	meet(a, b)
	same(t, `SELECT * FROM n`, "1 b1+\n2 a2", a, b)
}

func codeOf(err error) string { return fault.Code(err) }

// A conflict of one kind is not restored as if it were of another.
func TestConflictsAreRestoredByKind(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	meet(a, b)
	a.exec(`UPDATE n SET x = 2`)
	b.exec(`UPDATE n SET x = 3`)
	a.pull(b)
	list, err := a.Conflicts(t.Context(), testApp, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if err := a.RestoreHidden(t.Context(), list[0].ID); codeOf(err) != "crdt.no_conflict" {
		t.Errorf("%v", err)
	}
	must(t, a.RestoreLost(t.Context(), list[0].ID))
	same(t, `SELECT * FROM n`, "k 2", a)
}

// What cannot be restored as the table is now is told, and stays on the list.
func TestRestoringWhatDoesNotFit(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE)`)
	a.exec(`INSERT INTO n VALUES ('k', 1), ('l', 2)`)
	meet(a, b)
	a.exec(`UPDATE n SET u = 3 WHERE id = 'k'`)
	b.exec(`UPDATE n SET u = 4 WHERE id = 'k'`)
	a.pull(b)
	a.exec(`UPDATE n SET u = 3 WHERE id = 'l'`)
	list, err := a.Conflicts(t.Context(), testApp, 0, 10)
	must(t, err)
	if err := a.RestoreLost(t.Context(), list[0].ID); codeOf(err) != "db.constraint" {
		t.Errorf("%v", err)
	}
	same(t, `SELECT * FROM n ORDER BY id`, "k 4\nl 3", a)
	if again, err := a.Conflicts(t.Context(), testApp, 0, 10); err != nil || len(again) != 1 {
		t.Errorf("%+v %v", again, err)
	}
}
