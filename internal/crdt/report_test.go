package crdt

import (
	"slices"
	"testing"
	"time"
)

// changedBy merges what from has and r has not, and returns the tables that the
// report names.
func (r *replica) changedBy(from *replica) []string {
	r.t.Helper()
	report := r.pull(from)
	return report.Changed()
}

func TestAReportNamesTheTablesThatChanged(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x UNIQUE)`, `CREATE TABLE m (id TEXT PRIMARY KEY, x)`, `CREATE TABLE untouched (id TEXT PRIMARY KEY)`)
	want := func(what string, got []string, names ...string) {
		t.Helper()
		if !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", what, got, names)
		}
	}
	a.exec(`INSERT INTO n VALUES ('k', 1), ('l', 2)`, `INSERT INTO m VALUES ('k', 1)`)
	want("rows", b.changedBy(a), "m", "n")
	want("nothing", b.changedBy(a))
	a.exec(`UPDATE m SET x = 2`)
	want("a cell", b.changedBy(a), "m")
	a.exec(`DELETE FROM n WHERE id = 'l'`)
	want("a deletion", b.changedBy(a), "n")
	must(t, a.Purge(t.Context(), testApp, "m", []byte{3, 1, 'k'}, a.clock.tick()))
	want("a purge", b.changedBy(a), "m")
	same(t, `SELECT count(*) FROM m`, "0", a, b)
	a.removeAll(testApp)
	want("an app removed for good", b.changedBy(a), "n")
	same(t, `SELECT count(*) FROM n`, "0", a, b)
}

// TestAReportTellsOfWhatWaited has a changeset from the future, whose time has
// come when another is merged.
func TestAReportTellsOfWhatWaited(t *testing.T) {
	day, near, other, far := fromAfar(t)
	for _, r := range []*replica{near, other, far} {
		createTracked(r, `CREATE TABLE m (id TEXT PRIMARY KEY, x)`)
	}
	far.exec(`INSERT INTO n VALUES ('k', 1)`)
	if report := near.pull(far); !report.Held || report.Changed() != nil {
		t.Fatalf("%+v", report)
	}
	*day = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	other.exec(`INSERT INTO m VALUES ('k', 1)`)
	if got := near.changedBy(other); !slices.Equal(got, []string{"m", "n"}) {
		t.Errorf("%v", got)
	}
}
