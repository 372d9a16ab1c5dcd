package crdt

import (
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// sender is who wrote the changeset that is merged.
type sender struct {
	site int64
	deps []int64 // by number of a site here: what of it the sender had merged
	gone []int64 // by number: what of it this device had merged and may have collected
}

func at(list []int64, site int64) int64 {
	if site < int64(len(list)) {
		return list[site]
	}
	return 0
}

// unseen reports whether st was written on this device, by a person or an app,
// and the sender had not merged it: what it wrote itself, it wrote without
// knowing of it.
func (m *merger) unseen(st stamp) bool {
	return m.sender != nil && st.site == m.reg.sites.self && st.m == 0 && st.h > at(m.sender.deps, st.site)
}

// stale reports whether what has a stamp was merged here before, and may have been
// forgotten since. That it was seen is not enough: of two copies of a device each
// has written under times that the other has seen too. What a migration does to an
// old value comes later than the value's time says.
func (m *merger) stale(st stamp) bool {
	return m.sender != nil && st.site != reservedSite && st.m == 0 && st.h <= at(m.sender.gone, st.site)
}

// mergeRow merges a row, or some cells of one, into the table. The values are
// by bit, and may be changed.
func (g *merging) mergeRow(in *incoming, values []sqlvalue.Value) error {
	if in.whole && in.cl == 1 && !g.edge.hidden && !g.edge.tombs && !g.stale(in.birth) {
		if ok, err := g.addNew(in, values); err != nil || ok {
			return err
		}
	}
	var f found
	if err := g.find(in.id, &f); err != nil {
		return err
	}
	switch {
	case (f.at == absent || in.cl > f.life()) && !in.kept && g.stale(in.birth):
		return nil // it was here, died, and its tombstone was collected
	case f.at == absent:
		return g.begin(in, values)
	case f.at == dead:
		if in.cl < f.cl {
			if over, err := g.outlives(in.cl, in.birth, tomb{f.cl, f.birth}); err != nil || !over {
				return err
			}
		}
		if err := g.t.dropTomb(g.tx, in.id); err != nil {
			return err
		}
		return g.begin(in, values)
	case in.cl < f.life():
		return nil
	case in.cl > f.life():
		return g.replace(&f, in, values)
	}
	return g.mergeCells(&f, in, values)
}

// begin adds a row that does not live here: visible, or if something is in its
// way, to be judged.
func (g *merging) begin(in *incoming, values []sqlvalue.Value) error {
	if ok, err := g.addNew(in, values); err != nil || ok {
		return err
	}
	var c clocks
	if err := g.bear(in, values, func() error {
		in.full(g.t.all, &c)
		return g.addHidden(in.id, &c, values, whyPending)
	}); err != nil {
		return err
	}
	g.changed(in.id)
	return g.judge(in.id, c.birth)
}

// addNew adds a row to the table and reports false if something is in its way.
func (g *merging) addNew(in *incoming, values []sqlvalue.Value) (bool, error) {
	if err := g.fill(in, values); err != nil {
		return false, err
	}
	var c clocks
	ok := false
	err := g.bear(in, values, func() (err error) {
		in.full(g.t.all, &c)
		ok, err = g.add(in.id, &c, values)
		return err
	})
	if !ok || err != nil {
		return false, err
	}
	g.changed(in.id)
	if !g.edge.hidden {
		return true, nil
	}
	return true, g.touched(in.id, &c)
}

// fill gives the columns that did not come their empty values, those of the key
// what the key says.
func (g *merging) fill(in *incoming, values []sqlvalue.Value) error {
	if in.has == g.t.all {
		return nil
	}
	for i, c := range g.t.columns {
		if !in.has.has(c.bit) {
			values[c.bit] = g.cols[i].empty
		}
	}
	if in.has&g.t.keySet == g.t.keySet {
		return nil
	}
	k := in.id
	for _, i := range g.t.key {
		v, rest, err := sqlvalue.Read(k)
		if err != nil {
			return errDamaged
		}
		if bit := g.t.columns[i].bit; !in.has.has(bit) {
			values[bit] = v
		}
		k = rest
	}
	return nil
}

// replace ends the life that a row has here: a longer one came.
func (g *merging) replace(f *found, in *incoming, values []sqlvalue.Value) error {
	if err := g.lose(f, g.t.all, Replaced); err != nil {
		return err
	}
	if err := g.rememberRow(f, in.birth); err != nil {
		return err
	}
	if err := g.end(f); err != nil {
		return err
	}
	return g.begin(in, values)
}

// end takes a row that lives out of the table or the hidden ones.
func (g *merging) end(f *found) error {
	if f.at == visible {
		if err := g.leaving(f, g.t.all); err != nil {
			return err
		}
	} else if err := g.dropHiding(f.id); err != nil {
		return err
	}
	if err := g.remove(f); err != nil {
		return err
	}
	return g.released(f.id)
}

// mergeTomb merges a deletion.
func (g *merging) mergeTomb(id []byte, d tomb) error {
	var f found
	if err := g.find(id, &f); err != nil {
		return err
	}
	switch f.at {
	case absent:
		if g.stale(d.stamp) {
			return nil
		}
	case dead:
		if g.stale(d.stamp) && f.birth.m != 0 {
			return nil // it was collected, and the key has lived and died since
		}
		over, err := g.outlives(d.cl, d.stamp, tomb{f.cl, f.birth})
		if err != nil {
			return err
		}
		if !over && (d.cl < f.cl || d.cl == f.cl && !g.reg.sites.before(f.birth, d.stamp)) {
			return nil
		}
	default:
		if d.cl < f.life() || g.stale(d.stamp) {
			return nil
		}
		if err := g.lose(&f, g.t.all, Deleted); err != nil {
			return err
		}
		if err := g.rememberRow(&f, d.stamp); err != nil {
			return err
		}
		if err := g.end(&f); err != nil {
			return err
		}
		g.changed(id)
	}
	return g.t.storeTomb(g.tx, id, d)
}
