package crdt

import (
	"fmt"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// TestCollectNeverRaisesAStamp: stamps become earlier ones only, and those of
// migrations stay.
func TestCollectNeverRaisesAStamp(t *testing.T) {
	r := newReplica(t)
	createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, a, b)`)
	r.keepNoHistory()
	for i := range 4 {
		r.exec(fmt.Sprintf("INSERT INTO notes VALUES ('%d', 1, 1)", i))
	}
	self := r.Self()
	v, err := r.Vector(t.Context())
	must(t, err)
	h := v[self]
	id := r.reg.byName["notes"].id
	var site int64
	must(t, r.st.UpdateTx(t.Context(), func(tx *store.Tx) error {
		reg, err := r.writing(tx)
		if err != nil {
			return err
		}
		tab := reg.byName["notes"]
		site = reg.sites.self
		for rid, c := range map[int64]clocks{
			// Row 1 is in a range that will take others in, whose births are earlier.
			2: {birth: stamp{h, site, 0}, cl: 1, entries: []clockEntry{{2, stamp{h - 5, site, 0}}}},                         // earlier than the birth
			3: {birth: stamp{h - 5, site, 0}, cl: 1, entries: []clockEntry{{2, stamp{h, site, 0}}, {4, stamp{h, site, 1}}}}, // later, and of a migration
		} {
			if err := tab.storeClocks(tx, rid, &c); err != nil {
				return err
			}
		}
		if err := tab.storeTomb(tx, []byte{3, 1, 'm'}, tomb{2, stamp{h - 5, site, 1}}); err != nil {
			return err
		}
		return tx.Exec(fmt.Sprintf("UPDATE alcove_crdt_r_%d SET h = %d - lo", id, h))
	}))
	_, err = r.Collect(t.Context(), Vector{self: h})
	must(t, err)
	got := r.stored("notes")
	row := func(n string) *oracleRow { return got["\x03\x01"+n] }
	at := func(h int64, m uint32) Stamp { return Stamp{h, self, m} }
	if x := row("0"); x.birth != at(h-4, 0) {
		t.Errorf("a range took in earlier ones and has %v, want the birth %v", x, h-4)
	}
	if n := r.count(fmt.Sprintf("SELECT count(*) FROM alcove_crdt_r_%d", id)); n != 1 {
		t.Errorf("%d ranges", n)
	}
	if x := row("1"); x.birth != at(h, 0) || x.stampOf(1) != at(h-5, 0) || x.stampOf(2) != at(h, 0) {
		t.Errorf("a cell that is earlier than the birth: %v", x)
	}
	if x := row("2"); x.birth != at(h-5, 0) || x.stampOf(1) != at(h-5, 0) || x.stampOf(2) != at(h, 1) {
		t.Errorf("a cell that is later, and one of a migration: %v", x)
	}
	if x := row("m"); x == nil || x.cl != 2 {
		t.Errorf("the tombstone of a migration is %v", x)
	}
}

// TestChangesReadWhatChanged: the statements that changes are read with search,
// whatever the size of the tables.
func TestChangesReadWhatChanged(t *testing.T) {
	r := newReplica(t)
	createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, a)`)
	createTracked(r, `CREATE TABLE pairs (id TEXT, sub INT, a, PRIMARY KEY (id COLLATE NOCASE, sub)) WITHOUT ROWID`)
	createTracked(r, `CREATE TABLE given (id INTEGER PRIMARY KEY, a)`)
	must(t, r.st.ViewTx(t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		for _, tab := range reg.tables {
			texts := map[string]string{
				"rows": tab.rowsOf, "row of a key": tab.rowOfKey, "range": tab.rangeAt, "last range": tab.rangeLast, "tombstone": tab.tombGet,
				"outbox": "SELECT h, data FROM alcove_crdt_tx WHERE h > ? AND h <= ? ORDER BY h",
			}
			if tab.rowid {
				texts["keys"], texts["row by key"] = tab.rowKey, tab.rowByKey
			} else {
				texts["number"] = tab.numberOf
			}
			for what, text := range texts {
				q := tx.Query("EXPLAIN QUERY PLAN " + text)
				for q.Step() {
					step := string(q.ColumnBytes(3))
					if scan := len(step) > 4 && step[:4] == "SCAN"; scan && what != "last range" {
						t.Errorf("%s of %s: %s", what, tab.name, step)
					}
				}
				if err := q.Err(); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// TestAFailedCommitLeavesTheClocksAsTheyWere: the clocks were written before
// the commit failed.
func TestAFailedCommitLeavesTheClocksAsTheyWere(t *testing.T) {
	r := newReplica(t)
	createTracked(r, `CREATE TABLE parents (id TEXT PRIMARY KEY NOT NULL)`)
	createTracked(r, `CREATE TABLE children (id TEXT PRIMARY KEY NOT NULL, parent TEXT REFERENCES parents DEFERRABLE INITIALLY DEFERRED)`)
	r.restart() // so that nothing else makes the engine read everything anew
	if err := r.try("INSERT INTO children VALUES ('a', 'nobody'), ('b', 'nobody')"); err == nil {
		t.Fatal("a child without a parent")
	}
	if len(r.stored("children")) != 0 || len(r.changesOf(0)) != 0 {
		t.Error("something is left")
	}
	r.exec("INSERT INTO parents VALUES ('p')", "INSERT INTO children VALUES ('a', 'p')")
	if n := r.count(fmt.Sprintf("SELECT count(*) FROM alcove_crdt_o_%d", r.reg.byName["children"].id)); n != 0 {
		t.Errorf("%d rows have clocks of their own", n)
	}
}

// TestNewIncarnationBeginsAnew: what was written under the old site stays known
// as its, and what is written from now on has the new one.
func TestNewIncarnationBeginsAnew(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	for _, r := range []*replica{a, b} {
		createTracked(r, `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, a)`)
	}
	a.exec("INSERT INTO notes VALUES ('k', 1)")
	must(t, syncTo(t, a, b))
	old := a.Self()
	must(t, a.NewIncarnation(t.Context()))
	a.restart()
	before, err := a.Vector(t.Context())
	must(t, err)
	if a.Self() == old || before[old] == 0 || before[a.Self()] != 0 {
		t.Fatalf("the vector is %v", before)
	}
	a.exec("UPDATE notes SET a = 2", "INSERT INTO notes VALUES ('l', 1)")
	if x := a.stored("notes")["\x03\x01k"]; x.birth.Site != old || x.stampOf(1).Site != a.Self() || x.stampOf(1).Compare(x.birth) <= 0 {
		t.Errorf("a row from before is %v", x)
	}
	must(t, syncTo(t, a, b))
	if n := b.count("SELECT sum(a) FROM notes"); n != 3 {
		t.Errorf("the other device has %d", n)
	}
	v, err := b.Vector(t.Context())
	must(t, err)
	if v[old] != before[old] || v[a.Self()] == 0 {
		t.Errorf("the other's vector is %v", v)
	}
}
