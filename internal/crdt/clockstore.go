package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// edge is what a transaction that writes keeps in memory of a table's clocks.
// It is read from the tables when it is first needed, and forgotten when a
// transaction was undone.
type edge struct {
	known      bool
	maxHi      int64 // the end of the last range: rows beyond it are in none
	lastNumber int64 // of a WITHOUT ROWID table
	entries    bool  // there may be clocks of single rows
	tombs      bool  // there may be tombstones
	hidden     bool  // there may be hidden rows
	parked     bool  // something of its rows may be parked
	made       bool  // there may be a range of rows that a migration made
	layout     int64 // the number of what the columns are, in the history; 0 if it is not known
}

// edgeOf returns the edge of t, which it reads if need be.
func (t *table) edgeOf(tx *store.Tx) (*edge, error) {
	e := &t.edge
	if e.known {
		return e, nil
	}
	e.layout = 0
	var err error
	if e.maxHi, _, err = oneInt(tx, t.rangeLast); err != nil {
		return nil, err
	}
	if _, e.entries, err = oneInt(tx, t.entryAny); err != nil {
		return nil, err
	}
	if _, e.tombs, err = oneInt(tx, t.tombAny); err != nil {
		return nil, err
	}
	e.tombs = e.tombs || t.purges
	q := tx.Query("SELECT flags & ? FROM alcove_crdt_table WHERE id = ?")
	q.Int(1, flagMade)
	q.Int(2, t.id)
	if q.Step() {
		e.made = q.ColumnInt(0) != 0
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	if !t.rowid {
		if e.lastNumber, _, err = oneInt(tx, t.numberLast); err != nil {
			return nil, err
		}
		e.lastNumber = max(e.lastNumber, e.maxHi)
	}
	if e.hidden = t.hides; e.hidden {
		if _, e.hidden, err = oneInt(tx, t.hiddenAny); err != nil {
			return nil, err
		}
	}
	q = tx.Query("SELECT 1 FROM alcove_crdt_parked WHERE tbl = ? LIMIT 1")
	q.Blob(1, t.gid[:])
	if e.parked = q.Step(); e.parked {
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	e.known = true
	return e, nil
}

// oneInt returns the first column of the first row, if there is one.
func oneInt(tx *store.Tx, text string) (v int64, ok bool, err error) {
	q := tx.Query(text)
	if ok = q.Step(); ok {
		v = q.ColumnInt(0)
		q.Reset()
	}
	return v, ok, q.Err()
}

// span is a range: the birth of the rows lo to hi.
type span struct {
	lo, hi int64
	birth  stamp
	cl     int64 // causal length; 0 is 1
}

// rangeOf returns the range that rid lies in, if there is one.
func (t *table) rangeOf(tx *store.Tx, rid int64) (s span, ok bool, err error) {
	q := tx.Query(t.rangeAt)
	q.Int(1, rid)
	if q.Step() {
		s = readSpan(q)
		ok = s.hi >= rid
		q.Reset()
	}
	return s, ok, q.Err()
}

// addRange gives the rows lo to hi, which are beyond the last range, a birth.
// Rows among them that have clocks with a birth of their own keep that.
func (t *table) addRange(tx *store.Tx, s span) error {
	q := tx.Query(t.rangeAdd)
	q.Int(1, s.lo)
	q.Int(2, s.hi)
	q.Int(3, s.birth.h)
	q.Int(4, s.birth.site)
	q.Int(5, int64(s.birth.m))
	q.Int(6, max(s.cl, 1))
	t.maxHi = max(t.maxHi, s.hi)
	if err := q.Run(); err != nil || t.made || s.birth.site != reservedSite {
		return err
	}
	t.made = true
	q = tx.Query("UPDATE alcove_crdt_table SET flags = flags | ? WHERE id = ?")
	q.Int(1, flagMade)
	q.Int(2, t.id)
	return q.Run()
}

// ownClocks reads what is kept of one row's clocks. Its birth may be in a range.
func (t *table) ownClocks(tx *store.Tx, rid int64, c *clocks) error {
	*c = clocks{entries: c.entries[:0]}
	q := tx.Query(t.entryGet)
	q.Int(1, rid)
	if !q.Step() {
		return q.Err()
	}
	err := readClocks(q.ColumnBytes(0), c)
	q.Reset()
	return err
}

// loadClocks reads the clocks of a row that is there, its birth from its range
// if it is not its own: then c.cl is 0 and c.birth is set nevertheless.
func (t *table) loadClocks(tx *store.Tx, rid int64, c *clocks) error {
	if err := t.ownClocks(tx, rid, c); err != nil || c.born() {
		return err
	}
	s, ok, err := t.rangeOf(tx, rid)
	if err == nil && !ok {
		err = errDamaged
	}
	c.birth, c.base = s.birth, s.cl
	return err
}

// storeClocks writes the clocks of a row, or removes them if its range says all.
func (t *table) storeClocks(tx *store.Tx, rid int64, c *clocks) error {
	if !c.born() && len(c.entries) == 0 {
		return t.dropClocks(tx, rid)
	}
	return t.putEntry(tx, rid, appendClocks(nil, c))
}

// dropClocks removes the clocks of a row that is gone.
func (t *table) dropClocks(tx *store.Tx, rid int64) error {
	q := tx.Query(t.entryTake)
	q.Int(1, rid)
	return q.Run()
}

// tomb is the state of a row that is dead.
type tomb struct {
	cl int64 // even
	stamp
}

// tombOf returns the tombstone of a key, if there is one.
func (t *table) tombOf(tx *store.Tx, k []byte) (d tomb, ok bool, err error) {
	q := tx.Query(t.tombGet)
	q.Blob(1, k)
	if ok = q.Step(); ok {
		d = tomb{q.ColumnInt(0), stamp{q.ColumnInt(1), q.ColumnInt(2), uint32(q.ColumnInt(3))}}
		q.Reset()
	}
	if err = q.Err(); err != nil || ok || !t.purges {
		return d, ok, err
	}
	return t.purgedTomb(tx, k)
}

// storeTomb writes the tombstone of a key.
func (t *table) storeTomb(tx *store.Tx, k []byte, d tomb) error {
	t.tombs = true
	q := tx.Query(t.tombPut)
	q.Blob(1, k)
	q.Int(2, d.cl)
	q.Int(3, d.h)
	q.Int(4, d.site)
	q.Int(5, int64(d.m))
	return q.Run()
}

// dropTomb removes the tombstone of a key that lives again.
func (t *table) dropTomb(tx *store.Tx, k []byte) error {
	q := tx.Query(t.tombTake)
	q.Blob(1, k)
	return q.Run()
}
