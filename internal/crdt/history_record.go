package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/store"
)

// maxHistoryPart is about how many bytes one row of the history has.
const maxHistoryPart = 64 << 10

// layoutOf returns the number of what the columns of t are now.
func (t *table) layoutOf(tx *store.Tx) (int64, error) {
	if t.layout != 0 {
		return t.layout, nil
	}
	var err error
	t.layout, err = layoutNumber(tx, t.gid, t.columns)
	return t.layout, err
}

// layoutNumber returns the number of columns of a table.
func layoutNumber(tx *store.Tx, gid GlobalID, list []column) (n int64, err error) {
	var described []byte
	for _, c := range list {
		described = append(append(described, byte(c.bit)), c.gid[:]...)
	}
	q := tx.Query("SELECT id FROM alcove_crdt_history_layout WHERE tbl = ? AND columns = ?")
	q.Blob(1, gid[:])
	q.Blob(2, described)
	if q.Step() {
		n = q.ColumnInt(0)
		q.Reset()
		return n, nil
	}
	if err := q.Err(); err != nil {
		return 0, err
	}
	q = tx.Query("INSERT INTO alcove_crdt_history_layout (tbl, columns) VALUES (?, ?)")
	q.Blob(1, gid[:])
	q.Blob(2, described)
	if err := q.Run(); err != nil {
		return 0, err
	}
	return tx.LastInsertID(), nil
}

// recordOld keeps what a transaction of this device replaced. It is called
// before the clocks change.
func (e *Engine) recordOld(tx *store.Tx, t *table, c *store.TableChanges, st stamp) error {
	if len(c.Updated) == 0 && len(c.Deleted) == 0 {
		return nil
	}
	kept, err := e.historyOf(tx, t.app)
	if err != nil {
		return err
	}
	w := historyWriter{tx: tx, kept: kept, h: st.h}
	if w.layout, err = t.layoutOf(tx); err != nil {
		return err
	}
	var c0 clocks
	var at span
	var o oldValues
	for i := range c.Updated {
		u := &c.Updated[i]
		if u.Old == nil {
			return kept.raise(tx, st.h) // there were too many
		}
		if err := t.clocksOf(tx, u.Rowid, u.Key, &c0, &at); err != nil {
			return err
		}
		o.k, o.birth, o.values, o.stamps = u.Key, noBirth, u.Old, c0.older(columns(u.Set), o.stamps[:0])
		if t.auto {
			o.k = e.identity(u.Key, c0.birth)
		}
		if err := w.add(&o); err != nil {
			return err
		}
	}
	for i := range c.Deleted {
		d := &c.Deleted[i]
		if d.Old == nil {
			return kept.raise(tx, st.h)
		}
		if err := t.clocksOf(tx, d.Rowid, d.Key, &c0, &at); err != nil {
			return err
		}
		o = oldValues{k: d.Key, whole: true, birth: c0.birth.h, values: d.Old, stamps: o.stamps}
		if t.auto {
			o.k = e.identity(d.Key, c0.birth)
		}
		if err := w.add(&o); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	return e.trimSome(tx, kept)
}

// identity is the key of a row of an auto table as other devices know it.
func (e *Engine) identity(k []byte, birth stamp) []byte {
	return appendAutoKey(bytes.Clone(k), e.reg.sites.outer(birth))
}

// clocksOf reads the clocks of a row, which has a rowid or else a key, the birth
// resolved. at is the range that a birth was found in last.
func (t *table) clocksOf(tx *store.Tx, rid int64, k []byte, c *clocks, at *span) (err error) {
	if !t.rowid {
		if rid, err = t.numberedAs(tx, k); err != nil {
			return err
		}
	}
	*c = clocks{entries: c.entries[:0]}
	if t.entries {
		if err := t.ownClocks(tx, rid, c); err != nil || c.born() {
			return err
		}
	}
	c.birth, err = t.birthIn(tx, rid, at)
	return err
}

// birthIn is the birth of a row whose own clocks do not have it.
func (t *table) birthIn(tx *store.Tx, rid int64, at *span) (stamp, error) {
	if rid < at.lo || rid > at.hi || *at == (span{}) {
		s, ok, err := t.rangeOf(tx, rid)
		if err == nil && !ok {
			err = errDamaged
		}
		if err != nil {
			return stamp{}, err
		}
		*at = s
	}
	return at.birth, nil
}

// older is when the columns of set got their values.
func (c *clocks) older(set columns, dst []oldStamp) []oldStamp {
	for _, e := range c.entries {
		if part := e.set & set; part != 0 {
			dst = append(dst, oldStamp{part, e.h})
			set &^= part
		}
	}
	if set != 0 {
		dst = append(dst, oldStamp{set, c.birth.h})
	}
	return dst
}

// historyWriter writes the rows of one table that were replaced at one time.
type historyWriter struct {
	tx     *store.Tx
	kept   *history
	layout int64
	h      int64
	part   int64 // -1: there may be some
	data   []byte
}

func (w *historyWriter) add(o *oldValues) error {
	w.data = appendOld(w.data, o, w.h)
	if len(w.data) < maxHistoryPart {
		return nil
	}
	return w.flush()
}

func (w *historyWriter) flush() error {
	if len(w.data) == 0 {
		return nil
	}
	return w.tx.OffMeter(w.write)
}

func (w *historyWriter) write() error {
	if w.part < 0 {
		q := w.tx.Query("SELECT max(part) FROM alcove_crdt_history WHERE app = ? AND h = ? AND layout = ?")
		q.Int(1, w.kept.id)
		q.Int(2, w.h)
		q.Int(3, w.layout)
		w.part = 0
		if q.Step() {
			if q.ColumnType(0) != store.Null {
				w.part = q.ColumnInt(0) + 1
			}
			q.Reset()
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
	q := w.tx.Query("INSERT INTO alcove_crdt_history (app, h, layout, part, data) VALUES (?, ?, ?, ?, ?)")
	q.Int(1, w.kept.id)
	q.Int(2, w.h)
	q.Int(3, w.layout)
	q.Int(4, w.part)
	q.Blob(5, w.data)
	w.kept.size += int64(len(w.data))
	w.kept.grown += int64(len(w.data))
	w.kept.since += int64(len(w.data))
	w.part++
	w.data = w.data[:0]
	return q.Run()
}
