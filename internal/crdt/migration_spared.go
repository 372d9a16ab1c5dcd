package crdt

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// What has gone through a migration on another device before this one runs it is
// left as it is: it is set aside, as what comes for columns that are not here
// yet is, and merged again when the migration has run.

// movedKeys are rows of a table that are merged again.
type movedKeys struct {
	t    *table
	keys [][]byte
}

// lateMerger is the merger of this migration, of the tables as they are when they
// are compared. Those that follow may be another shape than is registered, so
// foreign keys are settled at the end.
func (m *migration) lateMerger() (*merger, error) {
	if m.merger == nil {
		var err error
		if m.merger, err = m.e.newMerger(m.tx); err != nil {
			return nil, err
		}
		m.merger.flushing = true // nothing is captured until the end
		m.merger.unlinked = true
	}
	return m.merger, nil
}

// setAside keeps of a row that was there before, and is, the values of spared to
// be merged again, and those of ours in the history. was is its clocks before.
func (m *migration) setAside(c *carried, at int64, was *clocks, spared, ours columns) error {
	if !m.e.keepsHistory(c.t) {
		ours = 0
	}
	if spared|ours == 0 {
		return nil
	}
	id, values, err := m.copiedRow(c.f, at, was)
	if err != nil {
		return err
	}
	if spared != 0 {
		if err := m.park(c, id, was, spared, values, false); err != nil {
			return err
		}
	}
	if ours == 0 {
		return nil
	}
	return m.rememberCells(c, id, was, ours, values)
}

// setAsideRow keeps a row that the migration deleted to be merged again.
func (m *migration) setAsideRow(c *carried, at int64, was *clocks) error {
	id, values, err := m.copiedRow(c.f, at, was)
	if err != nil {
		return err
	}
	if n := len(m.moved); n > 0 && m.moved[n-1].t == c.t {
		m.moved[n-1].keys = append(m.moved[n-1].keys, id)
	} else {
		m.moved = append(m.moved, movedKeys{c.t, [][]byte{id}})
	}
	return m.park(c, id, was, ^columns(0), values, true)
}

func (m *migration) park(c *carried, id []byte, was *clocks, set columns, values []sqlvalue.Value, whole bool) error {
	merger, err := m.lateMerger()
	if err != nil {
		return err
	}
	s := state{cl: was.life(), stamp: m.reg.sites.outer(was.birth)}
	for _, k := range c.kept {
		if set.has(k.bit) {
			s.cells = append(s.cells, cell{k.gid, m.reg.sites.outer(was.stampOf(k.bit)), sqlvalue.Append(nil, values[k.old])})
		}
	}
	s.sortCells()
	return merger.parkState(c.t.gid, c.t.app, m.reg.apps[c.t.app], id, &s, whole)
}

// noteMoved tells the outbox where rows are that were merged again: they have
// another number than what is yet to be sent of them says.
func (m *migration) noteMoved() error {
	for _, p := range m.moved {
		var rids []int64
		for _, id := range p.keys {
			k := id
			if p.t.auto {
				k, _, _ = splitIdentity(id)
			}
			rid, ok, err := p.t.place(m.tx, k)
			if err != nil {
				return err
			}
			if ok {
				rids = append(rids, rid)
			}
		}
		slices.Sort(rids)
		if err := p.t.noteMoved(m.tx, rids); err != nil {
			return err
		}
	}
	return nil
}
