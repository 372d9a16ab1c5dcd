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
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		m, err := readManifest(ctx, tx, w.release)
		if err != nil {
			return err
		}
		title = titleOf(id, m)
		switch {
		case w.hold == HoldDisabled:
			return errDisabled(title)
		case w.hold != HoldNone:
			return errQuarantined(title, nil)
		case m != nil:
			export, found = m.Exported(method)
		}
		return nil
	})
	return title, export, found, err
}
