package crdt

import (
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// convert makes old values what the table as it is now will hold of them. A
// migration may have given a column another type since, and then a value that has
// been put back must not look as if it were another.
func (p *past) convert(tx *store.Tx) error {
	if len(p.rows) == 0 {
		return nil
	}
	shapes, err := loadColumnShapes(tx, p.t.name)
	if err != nil {
		return err
	}
	conversions := make([]conversion, len(p.t.columns))
	for i, c := range p.t.columns {
		shape := shapeNamed(shapes, c.name)
		if shape < 0 {
			return errDamaged
		}
		conversions[i] = shapes[shape].converts
	}
	for _, r := range p.rows {
		for i, cell := range r.cells {
			if cell == nil || conversions[i] == asIs {
				continue
			}
			was, _, err := sqlvalue.Read(cell)
			if err != nil {
				return err
			}
			is, err := conversions[i].hold(tx, was)
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
