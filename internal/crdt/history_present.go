package crdt

import (
	"context"

	"github.com/alcove-vault/alcove/internal/store"
)

// Present is a moment at which everything that was written to an app's tables
// has happened: Restore to it takes back what comes after. It takes the time of
// Moments.
func (e *Engine) Present(ctx context.Context, app string) (int64, error) {
	list, err := e.Moments(ctx, app, 0, 1)
	if err != nil {
		return 0, err
	}
	_, oldest, err := e.History(ctx, app)
	if err != nil {
		return 0, err
	}
	if len(list) > 0 {
		oldest = max(oldest, list[0].Moment)
	}
	return oldest, nil
}

// HistorySize is how many bytes of old values are kept of an app. It counts them
// all.
func (e *Engine) HistorySize(ctx context.Context, app string) (n int64, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		h, err := loadHistory(tx, app)
		if err != nil {
			return err
		}
		q := tx.Query("SELECT coalesce(sum(length(data)), 0) FROM alcove_crdt_history WHERE app = ?")
		q.Int(1, h.id)
		if q.Step() {
			n = q.ColumnInt(0)
			q.Reset()
		}
		return q.Err()
	})
	return n, err
}
