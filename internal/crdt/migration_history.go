package crdt

import (
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// rememberCells keeps the values of a row that the migration changed.
func (m *migration) rememberCells(c *carried, id []byte, was *clocks, set columns, values []sqlvalue.Value) error {
	o := oldValues{k: id, birth: noBirth, stamps: was.older(set, nil)}
	for bit := range maxColumns {
		for _, k := range c.kept {
			if k.bit == bit && set.has(bit) {
				o.values = sqlvalue.Append(o.values, values[k.old])
			}
		}
	}
	return m.remember(c, &o)
}

// rememberRow keeps a row that the migration deleted. at is where it is in the
// copy.
func (m *migration) rememberRow(c *carried, at int64, was *clocks) error {
	if !m.e.keepsHistory(c.t) {
		return nil
	}
	id, values, err := m.copiedRow(c.f, at, was)
	if err != nil {
		return err
	}
	o := oldValues{k: id, whole: true, birth: was.birth.h}
	for _, i := range c.f.copies {
		o.values = sqlvalue.Append(o.values, values[i])
	}
	return m.remember(c, &o)
}

// remember adds an entry to the history, at the time of the migration. Its
// layout is that of the copy: the columns that there were before.
func (m *migration) remember(c *carried, o *oldValues) error {
	w := m.old[c.t.id]
	if w == nil {
		kept, err := m.e.historyOf(m.tx, c.t.app)
		if err != nil {
			return err
		}
		var list []column
		for _, i := range c.f.copies {
			list = append(list, c.f.columns[i].column)
		}
		w = &historyWriter{tx: m.tx, kept: kept, h: m.tick()}
		if w.layout, err = layoutNumber(m.tx, c.t.gid, list); err != nil {
			return err
		}
		if m.old == nil {
			m.old = map[int64]*historyWriter{}
		}
		m.old[c.t.id] = w
	}
	return w.add(o)
}

// finishHistory writes what is left.
func (m *migration) finishHistory() error {
	for _, w := range m.old {
		if err := w.flush(); err != nil {
			return err
		}
		if err := m.e.trimSome(m.tx, w.kept); err != nil {
			return err
		}
	}
	return nil
}
