package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/store"
)

// settle decides anew which rows are visible, after a transaction of this
// device: hidden rows may come back, and rows that wait for a parent may give
// way. It is called by Flush when the clocks are written.
func (e *Engine) settle(tx *store.Tx, c *store.Changes) error {
	taken := e.taken
	e.taken = nil
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	apps := map[string]bool{}
	for i := range c.Tables {
		if t := reg.tables[c.Tables[i].ID]; t != nil {
			apps[t.app] = true
		}
	}
	any := false
	for _, t := range reg.tables {
		if t.name != "" && apps[t.app] {
			edge, err := t.edgeOf(tx)
			if err != nil {
				return err
			}
			any = any || edge.hidden
		}
	}
	if !any {
		return nil
	}
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	m.flushing = true
	return m.run(func() error {
		for i := range c.Tables {
			g, err := m.of(reg.tables[c.Tables[i].ID])
			if err != nil {
				return err
			}
			if err := g.settleChanges(&c.Tables[i]); err != nil {
				return err
			}
		}
		for _, h := range taken {
			if t := reg.tables[h.table]; t == nil || t.name == "" {
				continue
			}
			g, err := m.of(reg.tables[h.table])
			if err != nil {
				return err
			}
			if err := g.released(h.id); err != nil {
				return err
			}
		}
		return m.settleAll()
	})
}

// settleChanges looks at what a transaction of this device did to a table.
func (g *merging) settleChanges(c *store.TableChanges) error {
	for _, d := range c.Deleted {
		if err := g.releasedKey(d.Key); err != nil {
			return err
		}
	}
	waiting, err := g.anyForeign()
	if err != nil {
		return err
	}
	judge := waiting && len(g.uniques) > 0
	for _, r := range c.Inserted {
		if g.linkedColumns() != 0 {
			g.gained.stretch(rowSpan{r.Lo, r.Hi})
			g.recent.stretch(rowSpan{r.Lo, r.Hi})
		}
		if !judge {
			continue
		}
		for rid := range (rowSpan{r.Lo, r.Hi}).all() {
			if err := g.settleRow(found{at: visible, rid: rid}, false); err != nil {
				return err
			}
		}
	}
	for _, k := range c.InsertedKeys {
		if err := g.settleKey(k, judge, false); err != nil {
			return err
		}
	}
	for _, u := range c.Updated {
		if !g.t.rowid {
			err = g.settleKey(u.Key, true, true)
		} else if err = g.settleRow(found{at: visible, rid: u.Rowid}, true); err == nil {
			g.gain(u.Rowid, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *merging) settleKey(k []byte, look, changed bool) error {
	f := found{id: k}
	there, err := g.findVisible(k, &f)
	if err != nil || !there {
		return err
	}
	g.gain(f.rid, k)
	if !look {
		return nil
	}
	return g.settleRow(f, changed)
}

// settleRow lets a visible row be judged. changed: what waited for it may have
// become free.
func (g *merging) settleRow(f found, changed bool) error {
	if !g.edge.hidden {
		return nil
	}
	if f.id == nil {
		q := g.tx.Query(g.merged.ridAndKey)
		q.Int(1, f.rid)
		if !q.Step() {
			return q.Err() // it is gone again
		}
		f.id = g.t.appendRowKey(nil, q, 1)
		q.Reset()
	}
	if err := g.loadRow(&f); err != nil {
		return err
	}
	if g.t.auto {
		f.id = appendAutoKey(f.id, g.reg.sites.outer(f.birth))
	}
	if changed {
		return g.touched(f.id, &f.clocks)
	}
	return g.judge(f.id, f.birth)
}

// releasedKey is released for a row that this device deleted: of an auto
// table's row, the birth is not known any more.
func (g *merging) releasedKey(k []byte) error {
	if !g.t.auto || !g.edge.hidden {
		return g.released(k)
	}
	var ids [][]byte
	q := g.tx.Query("SELECT DISTINCT alcove_by FROM " + g.t.of(kindHidden) + " WHERE alcove_by > ?1 AND alcove_by < ?2")
	q.Blob(1, k)
	q.Blob(2, append(bytes.Clone(k), bytes.Repeat([]byte{0xff}, autoKeySize+1)...))
	for q.Step() {
		ids = append(ids, bytes.Clone(q.ColumnBytes(0)))
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		if err := g.released(id); err != nil {
			return err
		}
	}
	return nil
}

// anyForeign reports whether a row is hidden for want of a parent.
func (g *merging) anyForeign() (bool, error) {
	if !g.edge.hidden {
		return false, nil
	}
	_, ok, err := oneInt(g.tx, "SELECT 1 FROM "+g.t.of(kindHidden)+" WHERE alcove_why = '"+whyForeign+"' LIMIT 1")
	return ok, err
}
