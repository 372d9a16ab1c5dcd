package crdt

import (
	"bytes"
	"errors"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// errRefused: SQLite refuses the row here, whichever of its values are left out.
var errRefused = errors.New("the row is refused")

// bear adds a row by add. If SQLite refuses it, the values are left out that it
// is refused for: first each alone, then all but the key. They are in g.aside
// then, and wait. The error is errRefused if that does not help.
func (g *merging) bear(in *incoming, values []sqlvalue.Value, add func() error) error {
	err := add()
	if err == nil || !store.IsRefused(err) {
		return err
	}
	came := in.has
	try := func(aside columns) (bool, error) {
		if came&aside == 0 {
			return false, nil
		}
		in.has = came &^ aside
		if err := g.fill(in, values); err != nil {
			return false, err
		}
		err := add()
		if store.IsRefused(err) {
			return false, nil
		}
		g.aside |= came & aside
		return true, err
	}
	had := append([]sqlvalue.Value(nil), values...)
	for _, c := range g.t.columns {
		if g.t.keySet.has(c.bit) {
			continue
		}
		copy(values, had)
		if ok, err := try(1 << c.bit); ok || err != nil {
			return err
		}
	}
	if ok, err := try(g.t.all &^ g.t.keySet); ok || err != nil {
		return err
	}
	return errRefused
}

// writeWhatFits writes the columns of take into a row, or, if SQLite refuses
// that, those of them that it does not. The others are in g.aside then, keep
// their values and stamps, and wait.
func (g *merging) writeWhatFits(f *found, take columns, in *incoming, d *decision, values []sqlvalue.Value) error {
	take &^= g.aside
	err := g.write(f, take, values)
	if store.IsRefused(err) {
		err = g.writeEach(f, take, values)
	}
	if err != nil || in.has&g.aside == 0 {
		return err
	}
	in.has &^= g.aside
	decide(&g.reg.sites, &f.clocks, in, g.t.all, d)
	d.stayInRange(f)
	return nil
}

// writeEach writes the columns of take one by one. Those that SQLite refuses are
// in g.aside then.
func (g *merging) writeEach(f *found, take columns, values []sqlvalue.Value) error {
	for _, c := range g.t.columns {
		if !take.has(c.bit) {
			continue
		}
		err := g.write(f, 1<<c.bit, values)
		switch {
		case store.IsRefused(err):
			g.aside |= 1 << c.bit
		case err != nil:
			return err
		}
	}
	return nil
}

// waiting is what is parked of a row; nil if it is nothing.
func (g *merging) waiting(k []byte) (*parkedRow, error) {
	if !g.edge.parked {
		return nil, nil
	}
	return parkedOf(g.tx, g.t.gid, k)
}

// retry tries what is parked of a row again, after something of the row came:
// the table may take it now, or it is no longer the latest. What a hidden row
// waits for, waits until it is seen. had is what was parked before.
func (g *merging) retry(k []byte, had *parkedRow) error {
	p, err := g.stillWaiting(k)
	if err != nil || p == nil {
		return err
	}
	if !p.whole {
		var f found
		if there, err := g.findHidden(k, &f); err != nil {
			return err
		} else if there {
			return g.listRefused(k, had, p)
		}
	}
	return g.unparkOne(k, p, had)
}

// refusedOf is what of a parked row the table could have but does not take.
func (g *merging) refusedOf(p *parkedRow) (list []ConflictValue) {
	if p == nil {
		return nil
	}
	for _, c := range p.cells {
		if slices.ContainsFunc(g.t.columns, func(col column) bool { return col.gid == c.column }) {
			list = append(list, ConflictValue{c.column, c.value, c.stamp})
		}
	}
	return list
}

// listRefused lists the values of a parked row that the table does not take, in
// place of those that were listed of it before, unless they are those of had: a
// person may have dismissed them.
func (g *merging) listRefused(k []byte, had, p *parkedRow) error {
	list := g.refusedOf(p)
	data := appendConflict(nil, nil, list)
	if had != nil && bytes.Equal(data, appendConflict(nil, nil, g.refusedOf(had))) {
		return nil
	}
	q := g.tx.Query("SELECT 1 FROM alcove_crdt_conflict WHERE tbl = ? AND k = ? AND kind = 'refused' AND data = ?")
	q.Blob(1, g.t.gid[:])
	q.Blob(2, k)
	q.Blob(3, data)
	there := q.Step()
	q.Reset()
	if err := q.Err(); err != nil || there {
		return err
	}
	if err := dropRefused(g.tx, g.t.gid, k); err != nil || len(list) == 0 {
		return err
	}
	return g.list(k, ConflictRefused, nil, list)
}

// dropRefused takes values that the table did not take off the list. That of a
// hidden row that is refused has no values, and stays.
func dropRefused(tx *store.Tx, gid GlobalID, k []byte) error {
	q := tx.Query("DELETE FROM alcove_crdt_conflict WHERE tbl = ? AND k = ? AND kind = 'refused' AND data <> x'00'")
	q.Blob(1, gid[:])
	q.Blob(2, k)
	return q.Run()
}

// stampOf is the stamp of a column of the definition.
func (o *op) stampOf(i int) stamp {
	for _, c := range o.cells {
		if c.set.has(i) {
			return c.stamp
		}
	}
	return o.birth
}

// stillRefused are the cells of a parked row that were refused again.
func (g *merging) stillRefused(s *state) (list []cell) {
	for _, c := range s.cells {
		for _, col := range g.t.columns {
			if col.gid == c.column && g.aside.has(col.bit) {
				list = append(list, c)
			}
		}
	}
	return list
}
