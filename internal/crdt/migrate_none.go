package crdt

import "github.com/alcove-vault/alcove/internal/store"

// Migrate is part of the store's Tracker.
func (e *Engine) Migrate(*store.Tx, store.MigrationStep) (store.MigrationTracker, error) {
	return nil, nil
}
