package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// remember keeps what a merge is about to replace in a row that lives: the cells
// of set, whose stamps become those of next, and the birth if that becomes
// another.
func (g *merging) remember(f *found, set columns, next *clocks) error {
	later := g.reg.sites.before(f.birth, next.birth)
	if set == 0 && !later || !g.e.keepsHistory(g.t) {
		return nil
	}
	if later {
		if err := g.keep(&oldValues{k: f.id, birth: f.birth.h}, next.birth); err != nil {
			return err
		}
	}
	if set == 0 {
		return nil
	}
	mine, err := g.readRow(f)
	if err != nil {
		return err
	}
	for set != 0 {
		// the columns that get one stamp are one entry
		var at stamp
		part := columns(0)
		for bit := range maxColumns {
			if set.has(bit) {
				if st := next.stampOf(bit); part == 0 || st.h == at.h && st.m == at.m {
					at, part = st, part|1<<bit
				}
			}
		}
		o := oldValues{k: f.id, birth: noBirth, stamps: f.older(part, nil)}
		for bit := range maxColumns {
			if part.has(bit) {
				o.values = sqlvalue.Append(o.values, mine[bit])
			}
		}
		if err := g.keep(&o, at); err != nil {
			return err
		}
		set &^= part
	}
	return nil
}

// rememberRow keeps a row whose life ends with a stamp, and all that was written in
// it: what was written later came to its end with it, at its own time.
func (g *merging) rememberRow(f *found, end stamp) error {
	if !g.e.keepsHistory(g.t) {
		return nil
	}
	mine, err := g.readRow(f)
	if err != nil {
		return err
	}
	o := oldValues{k: f.id, whole: true, birth: f.birth.h}
	if f.at == hidden {
		if o.by, err = g.hiddenBy(f); err != nil {
			return err
		}
	}
	for _, c := range g.t.columns {
		o.values = sqlvalue.Append(o.values, mine[c.bit])
	}
	end.h = max(end.h, f.newest())
	return g.keep(&o, end)
}

// hiddenBy is the key of the row that is seen instead of a hidden one; nil if it
// is hidden for another reason.
func (g *merging) hiddenBy(f *found) (by []byte, err error) {
	q := g.tx.Query("SELECT alcove_by FROM " + g.t.of(kindHidden) + " WHERE alcove_rid = ?")
	q.Int(1, f.rid)
	if q.Step() {
		by = bytes.Clone(q.ColumnBytes(0))
		q.Reset()
	}
	return by, q.Err()
}
