package extension

import (
	"context"
	"database/sql"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Exported returns what an installed extension is called and the method that it
// exports under this name, if there is one.
//
// Errors: extension.not_found, extension.disabled, extension.quarantined.
func (r *Registry) Exported(ctx context.Context, id manifest.ID, method string) (title string, export manifest.Export, found bool, err error) {
	title, m, err := r.callable(ctx, id)
	if err == nil && m != nil {
		export, found = m.Exported(method)
	}
	return title, export, found, err
}

// Dialect returns what an installed extension is called and the dialect that it
// speaks, "" where nobody can tell.
//
// Errors: extension.not_found, extension.disabled, extension.quarantined.
func (r *Registry) Dialect(ctx context.Context, id manifest.ID) (title, dialect string, err error) {
	title, m, err := r.callable(ctx, id)
	if err == nil && m != nil {
		dialect = m.Dialect
	}
	return title, dialect, err
}

// Row returns the number of an installed extension in the vault, by which the
// ledger knows it.
//
// Errors: extension.not_found.
func (r *Registry) Row(ctx context.Context, id manifest.ID) (row int64, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err == nil {
			row = w.id
		}
		return err
	})
	return row, err
}

// callable returns the title and the manifest of an extension that others may
// call. The manifest is nil where it cannot be read.
func (r *Registry) callable(ctx context.Context, id manifest.ID) (title string, m *manifest.Manifest, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if m, err = readManifest(ctx, tx, w.release); err != nil {
			return err
		}
		title = titleOf(id, m)
		switch {
		case w.hold == HoldDisabled:
			return errDisabled(title)
		case w.hold != HoldNone:
			return errQuarantined(title, nil)
		}
		return nil
	})
	return title, m, err
}
