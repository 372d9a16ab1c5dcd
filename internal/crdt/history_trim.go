package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

const (
	// trimEvery is how many bytes a history grows before it is looked at.
	trimEvery = 64 << 10
	// countEvery is how many bytes a history grows before the app's tables, of
	// which it may have a share, are counted again.
	countEvery = 16 * trimEvery
)

// trimSome forgets some of the oldest of a history that has grown too large: more
// than came since, however much one transaction brought, so that it catches up.
func (e *Engine) trimSome(tx *store.Tx, h *history) error {
	if h.grown < trimEvery {
		return nil
	}
	return tx.OffMeter(func() error {
		if h.data < 0 && h.size > minHistory || h.since >= countEvery {
			if err := e.count(tx, h); err != nil {
				return err
			}
		}
		if err := e.trim(tx, h, 2*h.grown); err != nil {
			return err
		}
		return h.store(tx)
	})
}

// trim forgets the oldest of a history that is beyond its bounds, about budget
// bytes of it.
func (e *Engine) trim(tx *store.Tx, h *history, budget int64) error {
	limit, err := h.limit(tx)
	if err != nil {
		return err
	}
	cutoff := h.cutoff(e.clock.now())
	for budget > 0 {
		q := tx.Query("SELECT h, layout, part, length(data) FROM alcove_crdt_history WHERE app = ? ORDER BY h, layout, part LIMIT 64")
		q.Int(1, h.id)
		var last [3]int64
		rows := 0
		for q.Step() {
			if more := h.size > limit || q.ColumnInt(0) <= max(cutoff, h.floor); !more || budget <= 0 {
				q.Reset()
				break
			}
			last = [3]int64{q.ColumnInt(0), q.ColumnInt(1), q.ColumnInt(2)}
			h.size -= q.ColumnInt(3)
			budget -= q.ColumnInt(3)
			rows++
		}
		if err := q.Err(); err != nil {
			return err
		}
		if rows == 0 {
			h.size = max(h.size, 0)
			return nil
		}
		q = tx.Query("DELETE FROM alcove_crdt_history WHERE app = ? AND (h, layout, part) <= (?, ?, ?)")
		q.Int(1, h.id)
		for i, v := range last {
			q.Int(i+2, v)
		}
		if err := q.Run(); err != nil {
			return err
		}
		h.floor = max(h.floor, last[0])
	}
	return nil
}

// history brings an app's history within its bounds, after measure if that is not
// nil, and notes the oldest moment that can be told: births and stamps before it
// need not be known exactly.
func (c *collection) history(tx *store.Tx, app string, measure func(*store.Tx, *history) error) error {
	h, err := c.e.historyOf(tx, app)
	if err != nil {
		return err
	}
	if measure != nil {
		if err := measure(tx, h); err != nil {
			return err
		}
	}
	if err := c.e.trim(tx, h, h.size+1); err != nil {
		return err
	}
	if h.off {
		h.floor = c.e.clock.last.Load()
	}
	h.floor = max(h.floor, h.cutoff(c.e.clock.now()))
	c.told[app] = h.floor
	return h.store(tx)
}

// count measures an app's history and its tables.
func (e *Engine) count(tx *store.Tx, h *history) error {
	q := tx.Query("SELECT total(length(data)) FROM alcove_crdt_history WHERE app = ?")
	q.Int(1, h.id)
	if q.Step() {
		h.size = int64(q.ColumnFloat(0))
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return err
	}
	h.data, h.since = 0, 0
	for _, t := range e.reg.tables {
		if t.app != h.app || t.name == "" {
			continue
		}
		q := tx.Query("SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE)")
		q.Text(1, []byte(t.name))
		if q.Step() {
			h.data += q.ColumnInt(0)
			q.Reset()
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
	q = tx.Query("UPDATE alcove_crdt_history_app SET data = ? WHERE id = ?")
	q.Int(1, h.data)
	q.Int(2, h.id)
	return q.Run()
}

// forgetHistory drops all that is kept of an app. Nothing before now can be told
// any more.
func (e *Engine) forgetHistory(tx *store.Tx, app string) error {
	h, err := e.historyOf(tx, app)
	if err != nil {
		return err
	}
	q := tx.Query("DELETE FROM alcove_crdt_history WHERE app = ?")
	q.Int(1, h.id)
	if err := q.Run(); err != nil {
		return err
	}
	h.size, h.floor = 0, e.clock.tick()
	return h.store(tx)
}
