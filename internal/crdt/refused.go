package crdt

import (
	"errors"

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
	if err == nil || !store.IsRefused(err) {
		return err
	}
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
	in.has &^= g.aside
	decide(&g.reg.sites, &f.clocks, in, g.t.all, d)
	if f.cl == 0 && f.birth == d.birth {
		d.cl = 0
	}
	return nil
}

// refuse lists values that came and that this version of the table does not
// take. They are parked.
func (g *merging) refuse(id []byte, values []ConflictValue) error {
	q := g.tx.Query("DELETE FROM alcove_crdt_conflict WHERE tbl = ? AND k = ? AND kind = 'refused'")
	q.Blob(1, g.t.gid[:])
	q.Blob(2, id)
	if err := q.Run(); err != nil {
		return err
	}
	return g.list(id, ConflictRefused, nil, values)
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
func (g *merging) stillRefused(e *parkedEntry) (list []cell) {
	for _, c := range e.cells {
		for _, col := range g.t.columns {
			if col.gid == c.column && g.aside.has(col.bit) {
				list = append(list, c)
			}
		}
	}
	return list
}
