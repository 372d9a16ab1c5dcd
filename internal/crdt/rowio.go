package crdt

import (
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// place is where a row is.
type place byte

const (
	absent place = iota
	visible
	hidden
	dead
)

// found is a row of the state as it is here.
type found struct {
	at     place
	id     []byte // key or identity
	rid    int64  // of the table, of its numbers, or of the hidden row
	why    string // a hidden row is
	clocks        // of a row that is alive, the birth resolved; of a dead one cl and, as birth, its stamp
}

// plainKey is the key without what an auto table's identity adds.
func (g *merging) plainKey(id []byte) (key []byte, birth Stamp, err error) {
	if !g.t.auto {
		return id, birth, nil
	}
	key, birth, ok := splitIdentity(id)
	if !ok {
		return nil, birth, errDamaged
	}
	return key, birth, nil
}

// bindAt binds the condition that finds a visible row.
func (g *merging) bindAt(q *store.Query, f *found) error {
	if g.t.rowid {
		q.Int(1, f.rid)
		return nil
	}
	return g.t.bindKey(q, f.id) // an auto table has rowids
}

// find looks for the row in all places.
func (g *merging) find(id []byte, f *found) error {
	*f = found{id: id, clocks: clocks{entries: f.entries[:0]}}
	key, birth, err := g.plainKey(id)
	if err != nil {
		return err
	}
	there, err := g.findVisible(key, f)
	if err != nil {
		return err
	}
	if there {
		if err := g.loadRow(f); err != nil {
			return err
		}
		if !g.t.auto || g.reg.sites.outer(f.birth) == birth {
			return nil
		}
		*f = found{id: id, clocks: clocks{entries: f.entries[:0]}}
	}
	if there, err := g.findHidden(id, f); err != nil || there {
		return err
	}
	if g.edge.tombs {
		d, ok, err := g.t.tombOf(g.tx, id)
		if ok {
			f.at, f.cl, f.birth = dead, d.cl, d.stamp
		}
		return err
	}
	return nil
}

// findVisible finds the row that has a key in the table.
func (g *merging) findVisible(key []byte, f *found) (bool, error) {
	text := g.t.rowByKey
	if !g.t.rowid {
		text = g.t.numberOf
	}
	q := g.tx.Query(text)
	if !g.t.rowid {
		q.Blob(1, key)
	} else if err := g.t.bindKey(q, key); err != nil {
		return false, err
	}
	if q.Step() {
		f.at, f.rid = visible, q.ColumnInt(0)
		q.Reset()
	}
	return f.at == visible, q.Err()
}

// loadRow reads the clocks of a visible row.
func (g *merging) loadRow(f *found) error {
	if g.open.lo != 0 && f.rid >= g.open.lo && f.rid <= g.open.hi {
		if err := g.closeRange(); err != nil {
			return err
		}
	}
	return g.t.loadClocks(g.tx, f.rid, &f.clocks)
}

func (g *merging) findHidden(id []byte, f *found) (bool, error) {
	if !g.edge.hidden {
		return false, nil
	}
	q := g.tx.Query(g.merged.hiddenFind)
	q.Blob(1, id)
	if !q.Step() {
		return false, q.Err()
	}
	f.at, f.rid, f.why = hidden, q.ColumnInt(0), string(q.ColumnBytes(2))
	err := readClocks(q.ColumnBytes(1), &f.clocks)
	q.Reset()
	return true, err
}

// readRow reads the values of a row, by bit. They are the caller's.
func (g *merging) readRow(f *found) ([]sqlvalue.Value, error) {
	text := g.merged.read
	if f.at == hidden {
		text = g.merged.hiddenRead
	}
	q := g.tx.Query(text)
	if f.at == hidden {
		q.Int(1, f.rid)
	} else if err := g.bindAt(q, f); err != nil {
		return nil, err
	}
	values := make([]sqlvalue.Value, maxColumns)
	if !q.Step() {
		if err := q.Err(); err != nil {
			return nil, err
		}
		return nil, errDamaged
	}
	for i, c := range g.t.columns {
		v := columnValue(q, i)
		v.Data = append([]byte(nil), v.Data...)
		values[c.bit] = v
	}
	q.Reset()
	return values, nil
}

// add writes a row that is new in the table. It reports false if another one
// has its key or a unique value.
func (g *merging) add(id []byte, c *clocks, values []sqlvalue.Value) (bool, error) {
	q := g.tx.Query(g.merged.insert)
	for i, col := range g.t.columns {
		bindValue(q, i+1, values[col.bit])
	}
	if err := q.Run(); err != nil {
		return false, err
	}
	if g.tx.Changes() == 0 {
		return false, nil
	}
	return true, g.number(id, g.tx.LastInsertID(), c)
}

// number gives a row that was just added its clocks, and its number in a table
// that has no rowids.
func (g *merging) number(id []byte, rid int64, c *clocks) error {
	if !g.t.rowid {
		g.edge.lastNumber++
		rid = g.edge.lastNumber
		q := g.tx.Query(g.t.numberAdd)
		q.Int(1, rid)
		q.Blob(2, id)
		if err := q.Run(); err != nil {
			return err
		}
	}
	g.gain(rid, id)
	if c.cl == 1 && len(c.entries) == 0 && rid > g.edge.maxHi {
		return g.inRange(rid, c.birth)
	}
	return g.t.storeClocks(g.tx, rid, c)
}

// gain notes a visible row that is new, or whose keys to other rows changed.
func (g *merging) gain(rid int64, id []byte) {
	if g.linkedColumns() != 0 {
		g.gained.add(g.t, rid, id)
		g.recent.add(g.t, rid, id)
	}
}

// inRange notes the birth of a row beyond the last range.
func (g *merging) inRange(rid int64, birth stamp) error {
	if g.open.lo != 0 && rid == g.open.hi+1 && birth == g.open.birth {
		g.open.hi, g.edge.maxHi = rid, rid
		return nil
	}
	if err := g.closeRange(); err != nil {
		return err
	}
	g.open, g.edge.maxHi = span{lo: rid, hi: rid, birth: birth}, rid
	return nil
}

// closeRange writes the range that is open.
func (g *merging) closeRange() error {
	if g.open.lo == 0 {
		return nil
	}
	s := g.open
	g.open = span{}
	return g.t.addRange(g.tx, s)
}

// write writes the columns of set into a row.
func (g *merging) write(f *found, set columns, values []sqlvalue.Value) error {
	if set == 0 {
		return nil
	}
	var q *store.Query
	n := 1
	if f.at == hidden {
		q = g.tx.Query(g.shadowText(set))
		q.Int(1, f.rid)
	} else {
		q = g.tx.Query(g.updateText(set))
		if err := g.bindAt(q, f); err != nil {
			return err
		}
		n = g.merged.params
	}
	for bit := range maxColumns {
		if set.has(bit) {
			n++
			bindValue(q, n, values[bit])
		}
	}
	return q.Run()
}

// note writes the clocks of a row that is alive.
func (g *merging) note(f *found, c *clocks) error {
	if f.at == visible {
		return g.t.storeClocks(g.tx, f.rid, c)
	}
	q := g.tx.Query(g.merged.hiddenClocks)
	q.Blob(1, appendClocks(nil, c))
	q.Int(2, f.rid)
	return q.Run()
}

// remove takes a row out of the table, or out of the hidden ones, with its
// clocks.
func (g *merging) remove(f *found) error {
	if f.at == hidden {
		q := g.tx.Query(g.merged.hiddenTake)
		q.Int(1, f.rid)
		return q.Run()
	}
	q := g.tx.Query(g.merged.delete)
	if err := g.bindAt(q, f); err != nil {
		return err
	}
	if err := q.Run(); err != nil {
		return err
	}
	if !g.t.rowid {
		q := g.tx.Query(g.t.numberTake)
		q.Int(1, f.rid)
		if err := q.Run(); err != nil {
			return err
		}
	}
	if !g.edge.entries {
		return nil
	}
	return g.t.dropClocks(g.tx, f.rid)
}
