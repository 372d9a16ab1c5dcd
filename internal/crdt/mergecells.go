package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

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
	d.stayInRange(f)
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

// stayInRange leaves a birth in its range as long as it is the row's.
func (d *decision) stayInRange(f *found) {
	if f.cl == 0 && f.birth == d.birth {
		d.cl, d.base = 0, f.base
	}
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
// values that came are greater, as the table will hold them: another version of
// it may have written them otherwise, and which came first must not matter.
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
		came, err := g.cols[g.t.columnOf(bit)].converts.hold(g.tx, values[bit])
		if err != nil {
			return 0, err
		}
		a, b = sqlvalue.Append(a[:0], mine[bit]), sqlvalue.Append(b[:0], came)
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
