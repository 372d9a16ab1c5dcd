package crdt

import "bytes"

// comeBack lets hidden rows back that may have found a parent, and hidden
// parents of rows that came. A row that came back may bring others.
func (m *merger) comeBack() error {
	for _, g := range m.order {
		for _, id := range g.again {
			if err := g.comesBack(id); err != nil {
				return err
			}
		}
		g.again = nil
	}
	for again := true; again; {
		again = false
		recent := make([]rows, len(m.order))
		for i, g := range m.order {
			recent[i], g.recent = g.recent, rows{}
			again = again || !recent[i].empty()
		}
		for _, l := range m.links {
			for i, g := range recent {
				if m.order[i] == l.parent && l.child.edge.hidden {
					if err := l.bring(g, l.parent, l.waiting, l.child); err != nil {
						return err
					}
				}
				if m.order[i] == l.child && l.parent.edge.hidden {
					if err := l.bring(g, l.child, l.parents, l.parent); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// bring asks for every row that from gained which hidden rows of to it can
// bring back, and brings them.
func (l *link) bring(gained rows, from *merging, text string, to *merging) error {
	if gained.every {
		return to.bringAll()
	}
	ask := func(f *found) error {
		q := from.tx.Query(text)
		if err := from.bindAt(q, f); err != nil {
			return err
		}
		var ids [][]byte
		for q.Step() {
			ids = append(ids, bytes.Clone(q.ColumnBytes(0)))
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, id := range ids {
			if err := to.comesBack(id); err != nil {
				return err
			}
		}
		return nil
	}
	for _, s := range gained.spans {
		for rid := range s.all() {
			if err := ask(&found{at: visible, rid: rid}); err != nil {
				return err
			}
		}
	}
	for _, k := range gained.keys {
		if err := ask(&found{at: visible, id: k}); err != nil {
			return err
		}
	}
	return nil
}

// bringAll brings every row back that is hidden for a foreign key only and can
// come back.
func (g *merging) bringAll() error {
	const batch = 1000
	for after, more := int64(0), true; more; {
		var ids [][]byte
		q := g.tx.Query("SELECT alcove_rid, alcove_k FROM " + g.t.of(kindHidden) + " WHERE alcove_rid > ? AND alcove_why = '" + whyForeign + "' ORDER BY alcove_rid LIMIT ?")
		q.Int(1, after)
		q.Int(2, batch)
		for q.Step() {
			after = q.ColumnInt(0)
			ids = append(ids, bytes.Clone(q.ColumnBytes(1)))
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, id := range ids {
			if err := g.comesBack(id); err != nil {
				return err
			}
		}
		more = len(ids) == batch
	}
	return nil
}

// comesBack lets a row back that is hidden for a foreign key only, if each of
// its parents is there or may come back too.
func (g *merging) comesBack(id []byte) error {
	var f found
	there, err := g.findHidden(id, &f)
	if err != nil || !there || f.why != whyForeign {
		return err
	}
	for _, l := range g.links {
		if l.child != g {
			continue
		}
		q := g.tx.Query(l.fitsText())
		q.Int(1, f.rid)
		fits := q.Step()
		q.Reset()
		if err := q.Err(); err != nil || !fits {
			return err
		}
	}
	f.id = id
	return g.unhide(&f)
}
