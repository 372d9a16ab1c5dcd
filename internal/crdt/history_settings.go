package crdt

import (
	"context"
	"math"

	"github.com/alcove-vault/alcove/internal/store"
)

// HistoryBounds are what an app's history may take. What is beyond them is
// forgotten, the oldest first.
type HistoryBounds struct {
	Off   bool
	Days  int // 0: 90
	Share int // of the app's data, percent; 0: 20. It may always take 1 MiB.
}

// History returns what is set for an app, and the oldest moment that can be told.
func (e *Engine) History(ctx context.Context, app string) (b HistoryBounds, oldest int64, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		h, err := loadHistory(tx, app)
		if err == nil {
			b, oldest = HistoryBounds{h.off, int(h.days), int(h.share)}, h.floor
		}
		return err
	})
	return b, oldest, err
}

// SetHistory sets what an app's history may take, and forgets at once what is
// beyond: a person who sets narrower bounds means what is there. One that is
// switched off is forgotten; when it is switched on it begins.
func (e *Engine) SetHistory(ctx context.Context, app string, b HistoryBounds) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		reg, err := e.writing(tx)
		if err != nil {
			return err
		}
		h, err := e.historyOf(tx, app)
		if err != nil {
			return err
		}
		q := tx.Query("UPDATE alcove_crdt_history_app SET flags = ?, days = nullif(?, 0), share = nullif(?, 0) WHERE id = ?")
		flags := int64(0)
		if b.Off {
			flags = historyOff
		}
		q.Int(1, flags)
		q.Int(2, int64(max(b.Days, 0)))
		q.Int(3, int64(max(b.Share, 0)))
		q.Int(4, h.id)
		if err := q.Run(); err != nil {
			return err
		}
		if b.Off != h.off {
			if err := e.forgetHistory(tx, app); err != nil {
				return err
			}
		}
		delete(e.histories, app)
		if h, err = e.historyOf(tx, app); err != nil {
			return err
		}
		if err := e.trim(tx, h, math.MaxInt64); err != nil {
			return err
		}
		if err := h.store(tx); err != nil {
			return err
		}
		e.touched = true
		delete(reg.historyOff, app)
		if b.Off {
			reg.historyOff[app] = true
		}
		var tables []*table
		for _, t := range reg.tables {
			if t.app == app && t.name != "" {
				tables = append(tables, t)
			}
		}
		return e.attach(tx, tables...)
	})
}
