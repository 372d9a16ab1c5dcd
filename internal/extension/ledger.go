package extension

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// maxLedger is how many lines the ledger keeps; the oldest go first.
const maxLedger = 10_000

// Note writes a line in the ledger: a kind (crashed, refused, …) and a code or
// version, never an extension's data. A line about an extension that the vault
// does not know is about the vault itself.
func (r *Registry) Note(ctx context.Context, id manifest.ID, kind, detail string) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := findRow(ctx, tx, id)
		if err != nil {
			return err
		}
		var extension int64
		if w != nil {
			extension = w.id
		}
		return writeLedger(ctx, tx, extension, kind, detail, r.millis())
	})
}

// noteDone is Note about what is committed already, which a line that cannot be
// written does not undo: that is logged.
func (r *Registry) noteDone(ctx context.Context, id manifest.ID, kind, detail string) {
	if err := r.Note(context.WithoutCancel(ctx), id, kind, detail); err != nil {
		r.log.Warn("what was done could not be noted", "extension", id.String(), "kind", kind, "error", err)
	}
}

// writeLedger writes one line; extension 0 is the vault itself.
func writeLedger(ctx context.Context, tx *sql.Tx, extension int64, kind, detail string, now int64) error {
	about := sql.NullInt64{Int64: extension, Valid: extension != 0}
	if _, err := tx.ExecContext(ctx, `INSERT INTO alcove_ledger (at, extension, kind, detail) VALUES (?, ?, ?, ?)`,
		now, about, kind, detail); err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM alcove_ledger WHERE id <= (SELECT max(id) FROM alcove_ledger) - ?`, maxLedger); err != nil {
		return fmt.Errorf("trim ledger: %w", err)
	}
	return nil
}
