package extension

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Limit is one limit of an extension as a person sees and changes it.
type Limit = store.Limit

// SetLimit keeps a limit that a person chose for an installed extension, and
// returns all its limits. Whoever runs it has to be told.
//
// Errors: extension.not_found; request.malformed for what is no limit.
func (r *Registry) SetLimit(ctx context.Context, id manifest.ID, name string, value int64) (limits store.Limits, err error) {
	err = r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := store.SetLimit(ctx, tx, w.id, name, value); err != nil {
			return err
		}
		if limits, err = store.LoadLimits(ctx, tx, w.id); err != nil {
			return err
		}
		return writeLedger(ctx, tx, w.id, "limited", fmt.Sprintf("%s %d", name, value), r.millis())
	})
	return limits, err
}

// Disable keeps an extension from starting; its data and grants stay. Whoever
// runs it has to stop it. A quarantined one stays quarantined.
func (r *Registry) Disable(ctx context.Context, id manifest.ID) error {
	return r.hold(ctx, id, HoldNone, HoldDisabled, "disabled")
}

// Enable lets a disabled extension start again. It does not end a quarantine:
// installing good bytes does.
func (r *Registry) Enable(ctx context.Context, id manifest.ID) error {
	return r.hold(ctx, id, HoldDisabled, HoldNone, "enabled")
}

// hold changes the hold from one to another. Being there already is no error.
func (r *Registry) hold(ctx context.Context, id manifest.ID, from, to, event string) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		switch w.hold {
		case to:
			return nil
		case from:
		default:
			m, err := readManifest(ctx, tx, w.release)
			if err != nil {
				return err
			}
			return errQuarantined(titleOf(id, m), nil)
		}
		return setHold(ctx, tx, w.id, to, event, w.version, r.millis())
	})
}

func setHold(ctx context.Context, tx *sql.Tx, extension int64, hold, event, detail string, now int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE alcove_extension SET hold = ? WHERE id = ?`, hold, extension); err != nil {
		return fmt.Errorf("change hold: %w", err)
	}
	return writeLedger(ctx, tx, extension, event, detail, now)
}

// Remove takes an extension out: its package and its grants. With deleteData
// its tables, values and migrations go too, also those that an earlier removal
// kept; without, a later installation finds them. That its publisher was seen
// in this vault is remembered either way.
func (r *Registry) Remove(ctx context.Context, id manifest.ID, deleteData bool) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := findRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if w == nil || w.release == nil && !deleteData {
			return errNotFound
		}
		if err := permission.Replace(ctx, tx, w.id, nil); err != nil {
			return err
		}
		if err := dropReleases(ctx, tx, w.id, nil); err != nil {
			return err
		}
		now := r.millis()
		if err := writeLedger(ctx, tx, w.id, "removed", w.highest, now); err != nil {
			return err
		}
		// Secrets are for the program that was trusted with them, and not data
		// that is kept for a later one.
		if _, err := tx.ExecContext(ctx, `DELETE FROM alcove_secret WHERE extension = ?`, w.id); err != nil {
			return fmt.Errorf("remove secrets: %w", err)
		}
		if !deleteData {
			if _, err := tx.ExecContext(ctx, `UPDATE alcove_extension SET release = NULL, hold = 'none', updated_at = ? WHERE id = ?`, now, w.id); err != nil {
				return fmt.Errorf("remove extension: %w", err)
			}
			return nil
		}
		// Rows that the app has assigned are named by its tables.
		if _, err := tx.ExecContext(ctx, `DELETE FROM alcove__spaces__row WHERE tbl >= ?1 AND tbl < ?1 || '~'`, w.ext.TablePrefix()); err != nil {
			return fmt.Errorf("remove assigned rows: %w", err)
		}
		err = r.st.Within(ctx, tx, func(tx *store.Tx) error { return r.tracked.RemoveApp(tx, w.ext.TablePrefix()) })
		if err != nil {
			return err
		}
		if err := r.st.DropTables(ctx, tx, w.ext.TablePrefix()); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM alcove_kv WHERE extension = ?`,
			`DELETE FROM alcove_migration WHERE extension = ?`,
			`DELETE FROM alcove_limit WHERE extension = ?`,
			`DELETE FROM alcove_picked WHERE extension = ?`,
			`DELETE FROM alcove_usage WHERE extension = ?`,
			`DELETE FROM alcove_extension WHERE id = ?`,
		} {
			if _, err := tx.ExecContext(ctx, statement, w.id); err != nil {
				return fmt.Errorf("remove extension: %w", err)
			}
		}
		return nil
	})
}
