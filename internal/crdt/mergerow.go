package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// sender is who wrote the changeset that is merged.
type sender struct {
	deps   []int64 // by number of a site here: what of it the sender had merged
	before []int64 // by number: what of it this device had merged
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

// stale reports whether a stamp was merged here before. What a migration does to
// an old value comes later than the value's time says.
func (m *merger) stale(st stamp) bool {
	return m.sender != nil && st.site != reservedSite && st.m == 0 && st.h <= at(m.sender.before, st.site)
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
			return nil
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
	if err := g.rememberRow(f, in.birth.h); err != nil {
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

// mergeCells merges what came with a row that lives the same life here.
func (g *merging) mergeCells(f *found, in *incoming, values []sqlvalue.Value) error {
	var d decision
	decide(&g.reg.sites, &f.clocks, in, g.t.all, &d)
	take, err := g.settleTies(f, &d, in, values)
	if err != nil {
		return err
	}
	if take == 0 && !d.changed {
		return nil
	}
	if err := g.lose(f, d.take, Overwritten); err != nil {
		return err
	}
	if err := g.remember(f, d.take, &d.clocks); err != nil {
		return err
	}
	// A birth in a range stays there as long as it is the row's.
	if f.cl == 0 && f.birth == d.birth {
		d.cl = 0
	}
	g.changed(in.id)
	if f.at == hidden {
		d.cl = d.life()
		if err := g.writeWhatFits(f, take, in, &d, values); err != nil {
			return err
		}
		if err := g.note(f, &d.clocks); err != nil {
			return err
		}
		if f.why == whyForeign && take&g.linkedColumns() != 0 {
			g.again = append(g.again, bytes.Clone(f.id))
		}
		return g.reconsider(f.id, d.birth)
	}
	if take&g.referenced() != 0 {
		if err := g.leaving(f, take); err != nil {
			return err
		}
	}
	err = g.writeWhatFits(f, take, in, &d, values)
	if store.IsUniqueViolation(err) {
		if err := g.hide(f, whyPending, nil); err != nil {
			return err
		}
		d.cl = d.life()
		if err := g.writeWhatFits(f, take, in, &d, values); err != nil {
			return err
		}
		if err := g.note(f, &d.clocks); err != nil {
			return err
		}
		return g.reconsider(f.id, d.birth)
	}
	if err != nil {
		return err
	}
	if err := g.note(f, &d.clocks); err != nil {
		return err
	}
	if take&g.linkedColumns() != 0 {
		g.gain(f.rid, f.id)
	}
	if !g.edge.hidden {
		return nil
	}
	return g.touched(f.id, &d.clocks)
}

// reconsider lets a hidden row that changed be judged, and those that it was in
// the way of.
func (g *merging) reconsider(id []byte, birth stamp) error {
	if err := g.released(id); err != nil {
		return err
	}
	return g.judge(id, birth)
}

// settleTies adds to what is taken the columns whose stamps are equal and whose
// values that came are greater.
func (g *merging) settleTies(f *found, d *decision, in *incoming, values []sqlvalue.Value) (columns, error) {
	if d.tie == 0 {
		return d.take, nil
	}
	mine, err := g.readRow(f)
	if err != nil {
		return 0, err
	}
	take := d.take
	var a, b []byte
	for bit := range maxColumns {
		if !d.tie.has(bit) {
			continue
		}
		a, b = sqlvalue.Append(a[:0], mine[bit]), sqlvalue.Append(b[:0], values[bit])
		c := bytes.Compare(a, b)
		if c == 0 {
			continue
		}
		st := d.stampOf(bit)
		if st.site != reservedSite && st.m == 0 {
			lost := mine[bit]
			if c > 0 {
				lost = values[bit]
			}
			if err := g.forked(in.id, bit, lost, st); err != nil {
				return 0, err
			}
		}
		if c < 0 {
			take |= 1 << bit
		}
	}
	return take, nil
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
		if d.cl < f.cl || d.cl == f.cl && !g.reg.sites.before(f.birth, d.stamp) {
			return nil
		}
	default:
		if d.cl < f.life() || g.stale(d.stamp) {
			return nil
		}
		if err := g.lose(&f, g.t.all, Deleted); err != nil {
			return err
		}
		if err := g.rememberRow(&f, d.h); err != nil {
			return err
		}
		if err := g.end(&f); err != nil {
			return err
		}
		g.changed(id)
	}
	return g.t.storeTomb(g.tx, id, d)
}
