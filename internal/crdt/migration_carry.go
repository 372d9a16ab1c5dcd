package crdt

import (
	"math"
	"slices"
	"strings"
)

// carried is a table that was tracked before a migration and is after it.
type carried struct {
	f       *follow
	t       *table        // as it is now
	d       *declared     // as it is now
	kept    []keptColumn  // columns that were there before
	added   []addedColumn // columns that are new
	gone    columns       // bits of columns that were dropped
	rebuilt bool          // it is another table under the name of the old one
	birth   stamp         // of rows that the migration made
}

// keptColumn is a column that was there before and is now.
type keptColumn struct {
	old int // index of the columns in the copy of the rows
	column
}

// addedColumn is a column that is new.
type addedColumn struct {
	column
	fallback string // DEFAULT as SQL
	constant bool   // it is the same for every row
}

// carry takes a table over. It returns nil if the key is another one now: then
// the rows cannot be told to be the same, and it is another table.
func (m *migration) carry(f *follow, d *declared, rebuilt bool) (*table, error) {
	c := &carried{f: f, d: d, rebuilt: rebuilt, birth: stamp{m: uint32(m.step.Ordinal)}}
	if rebuilt && !f.sameKey(d) {
		if err := m.rememberDropped(f); err != nil {
			return nil, err
		}
		return nil, m.forget(f)
	}
	if err := m.carryColumns(c); err != nil {
		return nil, err
	}
	if err := m.clearBits(c.t.of(kindClocks), "rid", "data", c.gone); err != nil {
		return nil, err
	}
	if err := m.compare(c); err != nil {
		return nil, err
	}
	return c.t, m.carryHidden(c)
}

// sameKey reports whether the key of the table in f's place has the same
// columns, in the same order and of the same kind.
func (f *follow) sameKey(d *declared) bool {
	was := &f.declared
	if d.integer != was.integer || d.without != was.without || d.keys != was.keys ||
		!slices.Equal(d.keyAffinities(), was.keyAffinities()) || !slices.Equal(d.colls, was.colls) {
		return false
	}
	for _, c := range d.columns {
		if c.key == 0 {
			continue
		}
		old := f.columns[f.was.key[c.key-1]]
		if old.gone || old.now != strings.ToLower(c.name) {
			return false
		}
	}
	return true
}

// carryColumns registers the table's present name and columns.
func (m *migration) carryColumns(c *carried) error {
	t := c.f.t
	q := m.tx.Query("UPDATE alcove_crdt_table SET name = ? WHERE id = ?")
	q.Text(1, []byte(c.d.name))
	q.Int(2, t.id)
	if err := q.Run(); err != nil {
		return err
	}
	var fresh []declaredColumn
	var used columns
	stays := make([]bool, len(c.f.columns))
	for _, dc := range c.d.columns {
		name := strings.ToLower(dc.name)
		i := slices.IndexFunc(c.f.columns, func(f followedColumn) bool { return !f.gone && f.now == name })
		if i < 0 {
			fresh = append(fresh, dc)
			continue
		}
		old := c.f.columns[i]
		stays[i] = true
		used |= 1 << old.bit
		c.kept = append(c.kept, keptColumn{i, column{old.gid, old.bit, dc.name, old.fallback}})
		if old.name != dc.name {
			if err := m.updateColumn(t, old.gid, dc.name, old.bit); err != nil {
				return err
			}
		}
	}
	for i, old := range c.f.columns {
		if !stays[i] {
			c.gone |= 1 << old.bit
			if err := m.dropColumn(t, old.gid); err != nil {
				return err
			}
		}
	}
	for _, dc := range fresh {
		bit := 0
		for used.has(bit) {
			bit++
		}
		used |= 1 << bit
		gid := columnGID(t.gid, dc.name, m.step.Hash)
		for m.columnKnown(t, gid) {
			gid = gid.next()
		}
		form, constant, err := dc.constantValue(m.tx)
		if err != nil {
			return err
		}
		col := column{gid, bit, dc.name, form}
		if err := t.insertColumn(m.tx, col); err != nil {
			return err
		}
		c.added = append(c.added, addedColumn{col, dc.fallback, constant})
	}
	c.t = t
	return m.e.reshape(m.tx, t)
}

func (m *migration) columnKnown(t *table, gid GlobalID) bool {
	return t.dropped[gid] || slices.ContainsFunc(t.columns, func(c column) bool { return c.gid == gid })
}

func (m *migration) updateColumn(t *table, gid GlobalID, name string, bit int) error {
	q := m.tx.Query("UPDATE alcove_crdt_column SET name = ?, bit = ? WHERE tbl = ? AND gid = ?")
	q.Text(1, []byte(name))
	q.Int(2, int64(bit))
	q.Int(3, t.id)
	q.Blob(4, gid[:])
	return q.Run()
}

func (m *migration) dropColumn(t *table, gid GlobalID) error {
	q := m.tx.Query("UPDATE alcove_crdt_column SET name = NULL, bit = NULL WHERE tbl = ? AND gid = ?")
	q.Int(1, t.id)
	q.Blob(2, gid[:])
	return q.Run()
}

// carryHidden does with the hidden rows what was done with the others. They are
// judged at the end, when all tables are what they are to be.
func (m *migration) carryHidden(c *carried) error {
	if !c.t.hides {
		return nil
	}
	h := c.t.of(kindHidden)
	if err := m.clearBits(h, "alcove_rid", "alcove_clocks", c.gone); err != nil {
		return err
	}
	if set := c.addedSet(); set != 0 {
		q := m.tx.Query("UPDATE " + h + " SET alcove_clocks = CAST(alcove_clocks || ? AS BLOB)")
		q.Blob(1, appendEntry(nil, set, stamp{}))
		if err := q.Run(); err != nil {
			return err
		}
	}
	merger, err := m.lateMerger()
	if err != nil {
		return err
	}
	return merger.run(func() error { return merger.copyHidden(&c.f.was, c.t) })
}

func (c *carried) addedSet() (set columns) {
	for _, a := range c.added {
		set |= 1 << a.bit
	}
	return set
}

// clearBits takes dropped columns out of the clocks that a column of a table
// holds, so that their bits can be used again.
func (m *migration) clearBits(table, rowid, column string, gone columns) error {
	if gone == 0 {
		return nil
	}
	const batch = 1000
	var c clocks
	type entry struct {
		rid  int64
		data []byte
	}
	next := int64(math.MinInt64)
	for {
		var list []entry
		q := m.tx.Query("SELECT " + rowid + ", " + column + " FROM " + table + " WHERE " + rowid + " >= ? ORDER BY " + rowid + " LIMIT ?")
		q.Int(1, next)
		q.Int(2, batch)
		n := 0
		for q.Step() {
			n++
			rid := q.ColumnInt(0)
			next = rid + 1
			if err := readClocks(q.ColumnBytes(1), &c); err != nil {
				q.Reset()
				return err
			}
			if c.own()&gone == 0 {
				continue
			}
			c.unset(gone)
			var data []byte
			if c.born() || len(c.entries) > 0 {
				data = appendClocks(nil, &c)
			}
			list = append(list, entry{rid, data})
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, e := range list {
			q := m.tx.Query("DELETE FROM " + table + " WHERE " + rowid + " = ?1")
			if e.data != nil {
				q = m.tx.Query("UPDATE " + table + " SET " + column + " = ?2 WHERE " + rowid + " = ?1")
				q.Blob(2, e.data)
			}
			q.Int(1, e.rid)
			if err := q.Run(); err != nil {
				return err
			}
		}
		if n < batch || next == math.MinInt64 {
			return nil
		}
	}
}

// own is the columns that have a stamp of their own.
func (c *clocks) own() (all columns) {
	for _, e := range c.entries {
		all |= e.set
	}
	return all
}
