package extension

import (
	"context"
	"database/sql"
	"strings"
)

// assignments begins the name of the table of rows that apps have assigned
// (internal/capability/spaces), which are data of theirs.
const assignments = "alcove__spaces__"

// adopt begins to track the tables of the extensions of a vault that was made
// before changes were tracked. Tables that cannot be are named in the ledger.
func (r *Registry) adopt(ctx context.Context) error {
	if err := r.tracked.AdoptHost(ctx, assignments); err != nil {
		return err
	}
	var rows []row
	err := r.st.View(ctx, func(tx *sql.Tx) (err error) {
		rows, err = allRows(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range rows {
		left, err := r.tracked.Adopt(ctx, w.ext.TablePrefix(), w.id)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			continue
		}
		err = r.st.Update(ctx, func(tx *sql.Tx) error {
			return writeLedger(ctx, tx, w.id, "not_synced", strings.Join(left, " "), r.millis())
		})
		if err != nil {
			return err
		}
	}
	return nil
}
