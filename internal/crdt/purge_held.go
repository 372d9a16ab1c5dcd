package crdt

import (
	"errors"
	"io"

	"github.com/alcove-vault/alcove/internal/store"
)

// A changeset that is held back is written anew without the rows that were
// ordered to be forgotten. Merging it would drop them anyway, so the result is
// the same.

// heldAside is added to the numbers of the parts that are being written.
const heldAside = 1 << 32

// forgetHeld goes through the changesets that are held back.
func (e *Engine) forgetHeld(tx *store.Tx) error {
	list, err := listHeld(tx)
	if err != nil {
		return err
	}
	for _, h := range list {
		if err := e.stripHeld(tx, h); err != nil {
			return err
		}
	}
	return nil
}

// stripHeld writes one anew. One that cannot be read goes: its device sends it
// again, for it was not acknowledged.
func (e *Engine) stripHeld(tx *store.Tx, h HeldChanges) error {
	found, err := e.copyHeld(tx, h)
	if errors.Is(err, errMalformedChanges) || errors.Is(err, errTruncatedChanges) || errors.Is(err, errNewerChanges) {
		return dropHeld(tx, h.Site, h.Upto)
	}
	if err != nil {
		return err
	}
	text := "DELETE FROM alcove_crdt_held WHERE site = ?1 AND upto = ?2 AND part >= ?3"
	if found {
		text = "DELETE FROM alcove_crdt_held WHERE site = ?1 AND upto = ?2 AND part < ?3"
	}
	q := tx.Query(text)
	q.Blob(1, h.Site[:])
	q.Int(2, h.Upto)
	q.Int(3, heldAside)
	if err := q.Run(); err != nil || !found {
		return err
	}
	q = tx.Query("UPDATE alcove_crdt_held SET part = part - ?3 WHERE site = ?1 AND upto = ?2")
	q.Blob(1, h.Site[:])
	q.Int(2, h.Upto)
	q.Int(3, heldAside)
	return q.Run()
}

// copyHeld copies a changeset to parts of its own and reports whether it left
// anything out.
func (e *Engine) copyHeld(tx *store.Tx, h HeldChanges) (found bool, err error) {
	m, err := e.newMerger(tx)
	if err != nil {
		return false, err
	}
	c, err := newChangesetReader(&heldReader{tx: tx, h: h})
	if err != nil {
		return false, err
	}
	out := &heldWriter{tx: tx, h: h}
	index := make([]int64, len(c.deps)+1) // sites are the same on both sides
	for i := range index {
		index[i] = int64(i)
	}
	w, err := newChangesetWriter(out, &c.header, index)
	if err != nil {
		return false, err
	}
	defined := 0
	for {
		o, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		for ; defined < len(c.defs); defined++ {
			if _, err := w.define(&c.defs[defined]); err != nil {
				return false, err
			}
		}
		gone, err := m.orderedGone(c, o)
		if err != nil {
			return false, err
		}
		if gone {
			found = true
		} else if err := w.again(o); err != nil {
			return false, err
		}
	}
	if err := w.end(); err != nil {
		return false, err
	}
	return found, out.flush()
}

// orderedGone reports whether an op is about a row that is to be forgotten.
func (m *merger) orderedGone(c *changesetReader, o *op) (bool, error) {
	switch o.kind {
	case opRow, opCells, opTomb:
		return m.purged(c.defs[o.table].gid, o.k, o.cl)
	case opParked:
		p, err := readParked(o.data)
		if err != nil {
			return false, errMalformedChanges
		}
		return m.purged(o.gid, o.k, p.cl)
	}
	return false, nil
}

// again writes an op as it was read.
func (c *changesetWriter) again(o *op) error {
	switch o.kind {
	case opRow:
		return c.row(o.table, o.cl, o.birth, o.cells, o.values)
	case opCells:
		return c.cells(o.table, o.k, o.cl, o.birth, o.cells, o.values)
	case opTomb:
		return c.tomb(o.table, o.k, tomb{o.cl, o.birth})
	case opParked:
		return c.parked(o.gid, o.k, o.data)
	case opPurge:
		return c.purge(o.gid, o.k, o.cl, o.upto, o.birth)
	case opFloor:
		return c.floor(o.gid, o.cl)
	case opLevel:
		return c.level(o.app, o.birth)
	default:
		return c.generation(o.app, o.generation)
	}
}

// heldWriter writes the parts of a changeset that is held back.
type heldWriter struct {
	tx   *store.Tx
	h    HeldChanges
	part int64
	data []byte
}

func (w *heldWriter) Write(p []byte) (int, error) {
	w.data = append(w.data, p...)
	if len(w.data) < heldPart {
		return len(p), nil
	}
	return len(p), w.flush()
}

func (w *heldWriter) flush() error {
	if len(w.data) == 0 {
		return nil
	}
	q := w.tx.Query("INSERT INTO alcove_crdt_held (site, upto, part, at, data) VALUES (?, ?, ?, ?, ?)")
	q.Blob(1, w.h.Site[:])
	q.Int(2, w.h.Upto)
	q.Int(3, heldAside+w.part)
	q.Int(4, w.h.At.UnixMilli())
	q.Blob(5, w.data)
	w.part++
	w.data = w.data[:0]
	return q.Run()
}
