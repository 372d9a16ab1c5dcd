package crdt

import "github.com/alcove-vault/alcove/internal/sqlvalue"

// What becomes of rows that are hidden now. They are made what they were where
// they are: whether they are seen is decided as after a merge.

// compareHidden is compare for a row that is hidden. One that was hidden then too,
// until it was replaced, stays as it is: nobody saw it.
func (p *past) compareHidden(now *presentRow, upto int64) (later bool) {
	r := p.rows[string(now.id)]
	if r == nil && now.birth.h <= p.moment {
		return false
	}
	if _, ok := p.wasHidden(r); ok {
		return false
	}
	st, later := p.compare(r, now, upto)
	if st != nil {
		p.aside = append(p.aside, st)
	}
	return later
}

// writeHidden makes hidden rows what they were, at one tick. Those that were not
// there die before others are accounted for, or they would come back when what
// hides them goes. settle decides then what is visible.
func (w *putBack) writeHidden() (settle func() error, err error) {
	some := false
	for _, p := range w.tables {
		some = some || len(p.aside) > 0
	}
	if !some {
		return func() error { return nil }, nil
	}
	m, err := w.e.newMerger(w.tx)
	if err != nil {
		return nil, err
	}
	return func() error { return m.run(m.settleAll) }, m.run(func() error {
		st := stamp{h: w.e.clock.tick(), site: m.reg.sites.self}
		var out []byte
		for _, p := range w.tables {
			if len(p.aside) == 0 {
				continue
			}
			g, err := m.of(p.t)
			if err != nil {
				return err
			}
			var deleted [][]byte
			for _, s := range p.aside {
				if err := g.putAside(s, st); err != nil {
					return err
				}
				if s.gone {
					deleted = append(deleted, s.id)
					w.out.Deleted++
				} else {
					w.out.Updated++
				}
			}
			out = appendSection(out, p.t.id, sectionWritten, nil, deleted)
		}
		return send(w.tx, st.h, out)
	})
}

// putAside lets a hidden row die, or have other values, as a write of this device.
func (g *merging) putAside(s *step, st stamp) error {
	var f found
	if there, err := g.findHidden(s.id, &f); err != nil {
		return err
	} else if !there {
		return errDamaged
	}
	f.id = s.id
	if s.gone {
		st.m = madeBy(f.birth)
		d := tomb{f.life() + 1, st}
		if err := g.mergeTomb(s.id, d); err != nil {
			return err
		}
		return g.t.endWaiting(g.tx, s.id, d.cl)
	}
	in := incoming{id: s.id, has: s.set, clocks: clocks{birth: f.birth, cl: f.life()}}
	in.set(s.set, st)
	values := make([]sqlvalue.Value, maxColumns)
	for i, c := range g.t.columns {
		values[c.bit] = s.values[i]
	}
	return g.mergeCells(&f, &in, values)
}

// checkSeen notes the rows that were put back and cannot be seen, as others are
// in their way or what they refer to is not there.
func (w *putBack) checkSeen() error {
	m, err := w.e.newMerger(w.tx)
	if err != nil {
		return err
	}
	for _, p := range w.tables {
		g, err := m.of(p.t)
		if err != nil {
			return err
		}
		if !g.edge.hidden {
			continue
		}
		for _, s := range p.plan {
			if s.gone {
				continue
			}
			if err := w.isSeen(g, s.id); err != nil {
				return err
			}
		}
		for _, id := range p.brought {
			if err := w.isSeen(g, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// isSeen notes a row if the table has none under its key.
func (w *putBack) isSeen(g *merging, id []byte) error {
	key, _, err := g.plainKey(id)
	if err != nil {
		return err
	}
	if _, ok, err := g.t.place(w.tx, key); ok || err != nil {
		return err
	}
	var f found
	if _, err := g.findHidden(id, &f); err != nil {
		return err
	}
	why := "foreign"
	switch f.why {
	case whyUnique, whyKey:
		why = "unique"
	case whyRefused:
		why = "constraint"
	}
	w.note(g.t.name, id, why)
	return nil
}
