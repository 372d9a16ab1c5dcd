package crdt

import (
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// generation takes up that an app's data was removed for good: what came before
// goes, and nobody can bring it back.
func (m *merger) generation(app string, n int64) error {
	if n <= m.reg.apps[app] {
		return nil
	}
	if err := m.wipe(app); err != nil {
		return err
	}
	m.e.touched = true
	m.reg.apps[app] = n
	q := m.tx.Query("INSERT INTO alcove_crdt_app (prefix, generation) VALUES (?, ?) ON CONFLICT DO UPDATE SET generation = excluded.generation")
	q.Text(1, []byte(app))
	q.Int(2, n)
	return q.Run()
}

// removeData removes an app's data for good, on this device and, when they have
// met, on all others. The tables stay, empty.
func (e *Engine) removeData(tx *store.Tx, app string) error {
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	if m.reg.apps[app] >= maxRemoved {
		return fault.New("crdt.worn_out", "The data of this app was removed more often than can be told to other devices. Nothing was removed. Export what you need, make a new vault and import it there.")
	}
	err = m.run(func() error { return m.generation(app, m.reg.apps[app]+1) })
	if err != nil {
		return err
	}
	return e.noteRemoved(tx, app)
}

// wipe removes all rows of an app's tables and all that is known of them.
func (m *merger) wipe(app string) error {
	gone := map[int64]bool{}
	for _, t := range m.reg.tables {
		if t.app != app || t.name == "" {
			continue
		}
		gone[t.id] = true
		if err := m.empty(t); err != nil {
			return err
		}
	}
	for _, text := range []string{
		"DELETE FROM alcove_crdt_parked WHERE app = ?",
		"DELETE FROM alcove_crdt_conflict WHERE app = ?",
		"DELETE FROM alcove_crdt_mark WHERE app = ?",
	} {
		q := m.tx.Query(text)
		q.Text(1, []byte(app))
		if err := q.Run(); err != nil {
			return err
		}
	}
	if err := m.writeOld(); err != nil { // or it would be written later
		return err
	}
	if err := m.e.forgetHistory(m.tx, app); err != nil {
		return err
	}
	return m.forgetSent(gone)
}

func (m *merger) empty(t *table) error {
	g, err := m.of(t)
	if err != nil {
		return err
	}
	n, _, err := oneInt(m.tx, "SELECT count(*) FROM "+quote(t.name))
	if err != nil {
		return err
	}
	if n > 0 {
		g.lost(int(n))
	}
	lists := []string{quote(t.name), t.of(kindRange), t.of(kindClocks), t.of(kindTomb)}
	if !t.rowid {
		lists = append(lists, t.of(kindKey))
	}
	if t.hides {
		lists = append(lists, t.of(kindHidden))
	}
	for _, name := range lists {
		if err := m.tx.Query("DELETE FROM " + name).Run(); err != nil {
			return err
		}
	}
	t.edge = edge{}
	if _, err := t.edgeOf(m.tx); err != nil {
		return err
	}
	g.open, g.gained, g.recent = span{}, rows{}, rows{}
	delete(m.judging, g)
	for l := range m.orphaning.whole {
		if l.parent == g || l.child == g {
			delete(m.orphaning.whole, l)
		}
	}
	for l := range m.orphaning.values {
		if l.parent == g || l.child == g {
			delete(m.orphaning.values, l)
		}
	}
	return nil
}

// forgetSent takes tables out of the outbox: keys that were deleted must not be
// told as if they had been deleted in the generation that begins.
func (m *merger) forgetSent(gone map[int64]bool) error {
	return m.rewriteSent(func(data []byte) ([]byte, bool, error) { return withoutTables(data, gone) })
}

// withoutTables is an outbox row without the sections of some tables.
func withoutTables(data []byte, gone map[int64]bool) (out []byte, changed bool, err error) {
	p := &parser{b: append([]byte(nil), data...)}
	for len(p.b) > 0 {
		all := p.b
		s := readSection(p)
		s.skip()
		if p.bad {
			return nil, false, errDamaged
		}
		if gone[s.table] {
			changed = true
		} else {
			out = append(out, all[:len(all)-len(p.b)]...)
		}
	}
	return out, changed, nil
}
