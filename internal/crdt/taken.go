package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/store"
)

// takenRow is a hidden row that a new life of its key has taken the place of.
// One that waited for its parent only kept its unique values from others, which
// may come back now.
type takenRow struct {
	table int64
	id    []byte
}

// replaceHidden is merger.takeHidden for an insertion of a transaction: what is
// replaced goes to the history.
func (e *Engine) replaceHidden(tx *store.Tx, t *table, k []byte) (cl int64, ok bool, err error) {
	m, err := e.newMerger(tx)
	if err != nil {
		return 0, false, err
	}
	return m.takeHidden(t, k, (*merging).rememberReplaced)
}

// takeHidden takes the hidden row of a key away, under which this device inserted
// another, and returns its causal length. What is to be done with the row before
// that may be nil.
func (m *merger) takeHidden(t *table, k []byte, before func(*merging, *found) error) (cl int64, ok bool, err error) {
	g, err := m.of(t)
	if err != nil {
		return 0, false, err
	}
	f := found{id: k}
	if ok, err = g.findHidden(k, &f); err != nil || !ok {
		return 0, false, err
	}
	if before != nil {
		if err := before(g, &f); err != nil {
			return 0, false, err
		}
	}
	m.e.taken = append(m.e.taken, takenRow{t.id, bytes.Clone(k)})
	if err := g.dropHiding(k); err != nil {
		return 0, false, err
	}
	return f.life(), true, g.remove(&f)
}

// rememberReplaced keeps a row whose life the transaction ends.
func (g *merging) rememberReplaced(f *found) error {
	if err := g.rememberRow(f, stamp{h: g.e.flusher.h}); err != nil {
		return err
	}
	return g.writeOld()
}
