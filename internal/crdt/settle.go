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

// takenRow is a hidden row that a new life of its key has taken the place of.
// One that waited for its parent only kept its unique values from others, which
// may come back now.
type takenRow struct {
	table int64
	id    []byte
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
			g.gained.spans = append(g.gained.spans, rowSpan{r.Lo, r.Hi})
			g.recent.spans = append(g.recent.spans, rowSpan{r.Lo, r.Hi})
		}
		for rid := r.Lo; judge && rid <= r.Hi; rid++ {
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

// replaceHidden is hiddenLife for an insertion of a transaction: what is replaced
// goes to the history.
func (e *Engine) replaceHidden(tx *store.Tx, t *table, k []byte) (cl int64, ok bool, err error) {
	m, err := e.newMerger(tx)
	if err != nil {
		return 0, false, err
	}
	g, err := m.of(t)
	if err != nil {
		return 0, false, err
	}
	f := found{id: k}
	if ok, err = g.findHidden(k, &f); err != nil || !ok {
		return 0, false, err
	}
	if err := g.rememberRow(&f, e.flusher.h); err != nil {
		return 0, false, err
	}
	if err := m.old.write(e); err != nil {
		return 0, false, err
	}
	return e.hiddenLife(tx, t, k)
}

// hiddenLife takes the hidden row of a key away, under which this device
// inserted another, and returns its causal length.
func (e *Engine) hiddenLife(tx *store.Tx, t *table, k []byte) (cl int64, ok bool, err error) {
	m, err := e.newMerger(tx)
	if err != nil {
		return 0, false, err
	}
	g, err := m.of(t)
	if err != nil {
		return 0, false, err
	}
	var f found
	if ok, err = g.findHidden(k, &f); err != nil || !ok {
		return 0, false, err
	}
	f.id = k
	e.taken = append(e.taken, takenRow{t.id, bytes.Clone(k)})
	if err := g.dropHiding(k); err != nil {
		return 0, false, err
	}
	return f.life(), true, g.remove(&f)
}

// reshapeHidden makes the table of the hidden rows anew, because a migration
// changed the table: before is the table as it was. Then all rows are judged.
func (e *Engine) reshapeHidden(tx *store.Tx, before, t *table) error {
	if !t.hides {
		return nil
	}
	t.mergeShape = nil
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	return m.run(func() error {
		if err := m.copyHidden(before, t); err != nil {
			return err
		}
		if err := m.judgeAll(t); err != nil {
			return err
		}
		return m.settleAll()
	})
}

// copyHidden moves the hidden rows to a table of the shape that is now.
func (m *merger) copyHidden(before, t *table) error {
	g, err := m.of(t)
	if err != nil {
		return err
	}
	const old = `"alcove_crdt_h_old"`
	h := t.of(kindHidden)
	if err := m.tx.Exec("ALTER TABLE " + h + " RENAME TO " + old); err != nil {
		return err
	}
	// The names of its indexes are needed for the new ones.
	var indexes []string
	q := m.tx.Query("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'alcove_crdt_h_old' AND sql IS NOT NULL")
	for q.Step() {
		indexes = append(indexes, string(q.ColumnBytes(0)))
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, name := range indexes {
		if err := m.tx.Exec("DROP INDEX " + quote(name)); err != nil {
			return err
		}
	}
	t.hides = false
	if err := g.ensureShadow(); err != nil {
		return err
	}
	from, to := "", ""
	var fill []columnShape
	for i, c := range t.columns {
		name := ""
		for _, b := range before.columns {
			if b.gid == c.gid {
				name = quote(b.name)
			}
		}
		to += ", " + quote(c.name)
		if name == "" {
			fill = append(fill, g.cols[i])
			name = "?"
		}
		from += ", " + name
	}
	const host = "alcove_rid, alcove_k, alcove_clocks, alcove_why, alcove_by"
	q = m.tx.Query("INSERT INTO " + h + " (" + host + to + ") SELECT " + host + from + " FROM " + old)
	for i, c := range fill {
		bindValue(q, i+1, c.empty)
	}
	if err := q.Run(); err != nil {
		return err
	}
	return m.tx.Exec("DROP TABLE " + old)
}

// judgeAll lets every row of a table be judged that has to do with hidden ones:
// each hidden one, and those whose foreign keys may be new.
func (m *merger) judgeAll(t *table) error {
	g, err := m.of(t)
	if err != nil {
		return err
	}
	// Who waits for a parent is judged as if it had come.
	if err := m.tx.Query("UPDATE " + t.of(kindHidden) + " SET alcove_why = '" + whyPending + "', alcove_by = NULL").Run(); err != nil {
		return err
	}
	q := m.tx.Query("SELECT alcove_k, alcove_clocks FROM " + t.of(kindHidden))
	var f found
	for q.Step() {
		if err := readClocks(q.ColumnBytes(1), &f.clocks); err != nil {
			q.Reset()
			return err
		}
		if err := g.judge(q.ColumnBytes(0), f.birth); err != nil {
			q.Reset()
			return err
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	g.judgeLinks()
	return nil
}

// judgeLinks lets every row be judged that refers to one of g's, or that one of
// g's refers to.
func (g *merging) judgeLinks() {
	m := g.merger
	for _, l := range m.links {
		if l.child == g || l.parent == g {
			if m.orphaning.whole == nil {
				m.orphaning = orphaning{map[*link][][]any{}, map[*link]bool{}}
			}
			m.orphaning.whole[l] = true
		}
	}
}
