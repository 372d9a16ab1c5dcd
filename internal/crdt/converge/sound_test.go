package converge

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/store"
)

// sound asks SQLite itself whether a device's file is in order.
func (w *world) sound(m *member) {
	w.t.Helper()
	m.must(m.st.ViewTx(testContext, func(tx *store.Tx) error {
		if err := each(tx, "PRAGMA foreign_key_check", func(q *store.Query) error {
			return fmt.Errorf("an orphan in %s", q.ColumnBytes(0))
		}); err != nil {
			return err
		}
		return each(tx, "PRAGMA integrity_check", func(q *store.Query) error {
			if text := string(q.ColumnBytes(0)); text != "ok" {
				return fmt.Errorf("integrity: %s", text)
			}
			return nil
		})
	}))
}
