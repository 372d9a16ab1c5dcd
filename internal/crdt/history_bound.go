package crdt

import (
	"context"
	"math"

	"github.com/alcove-vault/alcove/internal/store"
)

// BoundHistory forgets at once what is beyond the bounds of an app's history,
// which SetHistory and commits do a little at a time: a person who sets narrower
// ones means what is there.
func (e *Engine) BoundHistory(ctx context.Context, app string) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		if _, err := e.writing(tx); err != nil {
			return err
		}
		h, err := e.historyOf(tx, app)
		if err != nil {
			return err
		}
		if err := e.trim(tx, h, math.MaxInt64); err != nil {
			return err
		}
		return h.store(tx)
	})
}
