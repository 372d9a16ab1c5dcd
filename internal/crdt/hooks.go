package crdt

import "github.com/alcove-vault/alcove/internal/store"

// hooks are what other parts of the engine do while a transaction of this
// device is flushed.
type hooks struct {
	// hiddenLife removes the hidden row of a key under which a row was inserted,
	// and returns its causal length.
	hiddenLife func(tx *store.Tx, t *table, k []byte) (cl int64, ok bool, err error)
	// settle decides anew which rows are visible. It is called after the clocks
	// are written, if any table has hidden rows.
	settle func(tx *store.Tx, c *store.Changes) error
	// keeps reports whether old values of t are kept, and record keeps them.
	keeps  func(t *table) bool
	record func(tx *store.Tx, t *table, c *store.TableChanges, st stamp) error
}
