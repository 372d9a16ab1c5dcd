package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/store"
)

// A row that was hidden because of another, and was replaced, had that other one
// in its place at every moment at which that was there.

// insteadRow is a row that was seen instead of others, as it is now.
type insteadRow struct {
	there, hidden bool
	brought       bool // it is in bring
	birth         int64
}

// loadInstead looks for the rows that were seen instead of those that were
// hidden.
func (p *past) loadInstead(tx *store.Tx, s *sites) error {
	for _, r := range p.rows {
		if r.by != nil {
			if p.instead == nil {
				p.instead = map[string]*insteadRow{}
			}
			p.instead[string(r.by)] = &insteadRow{}
		}
	}
	if p.instead == nil {
		return nil
	}
	note := func(hidden bool) func(*presentRow) error {
		return func(now *presentRow) error {
			if i := p.instead[string(now.id)]; i != nil {
				*i = insteadRow{there: true, hidden: hidden, birth: now.birth.h}
			}
			return nil
		}
	}
	if err := p.t.eachRow(tx, s, note(false)); err != nil {
		return err
	}
	return p.t.eachHidden(tx, note(true))
}

// wasHidden reports whether a row was hidden at the moment. by is the row that
// was seen instead, as it is now.
func (p *past) wasHidden(r *pastRow) (by *insteadRow, ok bool) {
	if r == nil || r.by == nil {
		return nil, false
	}
	by = p.instead[string(r.by)]
	return by, p.alive(p.rows[string(r.by)], by.there, by.birth)
}

// hideAgain is compare for a row that is there and was hidden at the moment. The
// one that was seen instead is brought back, if it is hidden now, which hides
// this one; or else this one goes.
func (p *past) hideAgain(now *presentRow, r *pastRow, by *insteadRow, upto int64) (st *step, later bool) {
	switch {
	case r.newest(now) > upto:
		return nil, true
	case by.hidden:
		if !by.brought {
			by.brought = true
			p.bring = append(p.bring, r.by)
		}
		return nil, false
	}
	return &step{id: bytes.Clone(now.id), rid: now.rid, there: true, gone: true, was: now.values(len(p.t.columns))}, false
}

// bringBack lets hidden rows be seen again in place of those that hide them.
func (w *putBack) bringBack() error {
	for _, p := range w.tables {
		for _, id := range p.bring {
			m, err := w.e.newMerger(w.tx)
			if err != nil {
				return err
			}
			g, err := m.of(p.t)
			if err != nil {
				return err
			}
			f := found{id: id}
			if there, err := g.findHidden(id, &f); err != nil {
				return err
			} else if !there {
				continue // it is back already
			}
			if err := m.run(func() error { return g.showInstead(&f) }); err != nil {
				return err
			}
			p.brought = append(p.brought, f.id)
			w.out.Inserted++
			w.out.Deleted++
		}
	}
	return nil
}
