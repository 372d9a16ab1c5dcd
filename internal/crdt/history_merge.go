package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// maxRemembered is how many bytes of old values a merge keeps in memory.
const maxRemembered = 1 << 20

// remembered is where old values go: the rows of one layout that were replaced
// at one time.
type remembered struct{ layout, h int64 }

// recollection is what a merge replaced and has not written yet.
type recollection struct {
	lists map[remembered]*historyWriter
	order []remembered
	size  int
}

// remember keeps what a merge is about to replace in a row that lives: the cells
// of set, whose stamps become those of next, and the birth if that becomes
// another.
func (g *merging) remember(f *found, set columns, next *clocks) error {
	later := g.reg.sites.before(f.birth, next.birth)
	if set == 0 && !later || !g.e.keepsHistory(g.t) {
		return nil
	}
	if later {
		if err := g.keep(&oldValues{k: f.id, birth: f.birth.h}, next.birth.h); err != nil {
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
		h, part := int64(0), columns(0)
		for bit := range maxColumns {
			if set.has(bit) {
				if st := next.stampOf(bit); part == 0 || st.h == h {
					h, part = st.h, part|1<<bit
				}
			}
		}
		o := oldValues{k: f.id, birth: noBirth, stamps: f.older(part, nil)}
		for bit := range maxColumns {
			if part.has(bit) {
				o.values = sqlvalue.Append(o.values, mine[bit])
			}
		}
		if err := g.keep(&o, h); err != nil {
			return err
		}
		set &^= part
	}
	return nil
}

// rememberRow keeps a row whose life ends at h, with all that was written in it:
// what was written later than h came to its end with it, at its own time.
func (g *merging) rememberRow(f *found, h int64) error {
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
	return g.keep(&o, max(h, f.newest()))
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

// keep adds an entry, unless it is older than the history.
func (g *merging) keep(o *oldValues, h int64) error {
	kept, err := g.e.historyOf(g.tx, g.t.app)
	if err != nil || h <= kept.floor {
		return err
	}
	layout, err := g.t.layoutOf(g.tx)
	if err != nil {
		return err
	}
	r := &g.old
	at := remembered{layout, h}
	w := r.lists[at]
	if w == nil {
		if r.lists == nil {
			r.lists = map[remembered]*historyWriter{}
		}
		w = &historyWriter{tx: g.tx, kept: kept, h: h, layout: layout, part: -1}
		r.lists[at] = w
		r.order = append(r.order, at)
	}
	before := len(w.data)
	w.data = appendOld(w.data, o, h)
	if r.size += len(w.data) - before; r.size < maxRemembered {
		return nil
	}
	return r.write(g.e)
}

// write writes what is kept.
func (r *recollection) write(e *Engine) error {
	for _, at := range r.order {
		w := r.lists[at]
		if err := w.flush(); err != nil {
			return err
		}
		if err := e.trimSome(w.tx, w.kept); err != nil {
			return err
		}
	}
	clear(r.lists)
	r.order, r.size = r.order[:0], 0
	return nil
}
