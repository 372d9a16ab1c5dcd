package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// reshapeHidden makes the table of the hidden rows anew, because an index of the
// table may be new. Then all rows are judged.
func (e *Engine) reshapeHidden(tx *store.Tx, t *table) error {
	if !t.hides {
		return nil
	}
	t.mergeShape = nil
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	return m.run(func() error {
		if err := m.copyHidden(t, t); err != nil {
			return err
		}
		if err := m.judgeAll(t); err != nil {
			return err
		}
		return m.settleAll()
	})
}

// copyHidden moves the hidden rows to a table of the shape that is now: before is
// the table as it was.
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
	if err := g.judgeFound(m.tx.Query("SELECT alcove_k, alcove_clocks FROM " + t.of(kindHidden))); err != nil {
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
