package crdt

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// hold makes old values what the table as it is now will hold of them. A
// migration may have given a column another type since, and then a value that has
// been put back must not look as if it were another.
func (p *past) hold(tx *store.Tx) error {
	if len(p.rows) == 0 {
		return nil
	}
	shapes, err := loadColumnShapes(tx, p.t.name)
	if err != nil {
		return err
	}
	list := make([]conversion, len(p.t.columns))
	for i, c := range p.t.columns {
		shape := shapeNamed(shapes, c.name)
		if shape < 0 {
			return errDamaged
		}
		list[i] = shapes[shape].converts
	}
	for _, r := range p.rows {
		for i, cell := range r.cells {
			if cell == nil || list[i] == asIs {
				continue
			}
			was, _, err := sqlvalue.Read(cell)
			if err != nil {
				return err
			}
			is, err := list[i].hold(tx, was)
			if err != nil {
				return err
			}
			if !sameValue(is, was) {
				r.cells[i] = sqlvalue.Append(nil, is)
			}
		}
	}
	return nil
}

// countWaiting counts what the row of a key had, at the moment, in columns that
// are not here yet: it waits for them with a life that is over.
func (p *past) countWaiting(tx *store.Tx, k []byte) error {
	if !p.t.parked {
		return nil
	}
	waits, err := parkedOf(tx, p.t.gid, k)
	if err != nil || waits == nil {
		return err
	}
	for _, c := range waits.cells {
		here := slices.ContainsFunc(p.t.columns, func(own column) bool { return own.gid == c.column })
		if !here && c.stamp.H <= p.moment {
			p.gone++
		}
	}
	return nil
}
