package extension

import (
	"context"
	"database/sql"
	"io"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// Export writes the data of an extension as plain, unencrypted files into the
// folder dir, which must not exist; also of one that was removed and whose
// data was kept. Whoever calls it has asked the person for the passphrase
// again. Progress is told rows.
//
// Errors: extension.not_found and those of store.Export.
func (r *Registry) Export(ctx context.Context, id manifest.ID, dir string, progress func(done, total int64)) (store.Exported, error) {
	data, err := r.data(ctx, id, findRow)
	if err != nil {
		return store.Exported{}, err
	}
	out, err := r.st.Export(ctx, data, dir, progress)
	if err != nil {
		return store.Exported{}, err
	}
	return out, r.Note(ctx, id, "exported", data.App.Version)
}

// ExportArchive writes the same files as one ZIP file to w; none of them is
// written to a disk here. Errors: extension.not_found and those of
// store.ExportArchive.
func (r *Registry) ExportArchive(ctx context.Context, id manifest.ID, w io.Writer) (store.Exported, error) {
	data, err := r.data(ctx, id, findRow)
	if err != nil {
		return store.Exported{}, err
	}
	out, err := r.st.ExportArchive(ctx, data, w)
	if err != nil {
		return store.Exported{}, err
	}
	return out, r.Note(ctx, id, "exported", data.App.Version)
}

// Import reads what Export wrote into an installed extension, which does not
// run meanwhile: all or nothing. With replace, rows and values of the file go
// in the place of those with the same key, else those stay. Progress is told
// units of the file. A line that cannot be written into the ledger afterwards is
// logged and no error.
//
// Errors: extension.not_found and those of store.Import.
func (r *Registry) Import(ctx context.Context, id manifest.ID, path string, replace bool, progress func(done, total int64)) (store.Imported, error) {
	data, err := r.data(ctx, id, installedRow)
	if err != nil {
		return store.Imported{}, err
	}
	policy := store.KeepExisting
	if replace {
		policy = store.Replace
	}
	out, err := r.st.Import(ctx, data, path, policy, progress)
	if err != nil {
		return store.Imported{}, err
	}
	r.noteDone(ctx, id, "imported", data.App.Version)
	return out, nil
}

// Title is what an extension is called, also one that was removed and whose data
// was kept. Errors: extension.not_found.
func (r *Registry) Title(ctx context.Context, id manifest.ID) (string, error) {
	data, err := r.data(ctx, id, findRow)
	return data.App.Title, err
}

// data is what the store has to know of an extension.
func (r *Registry) data(ctx context.Context, id manifest.ID, find func(context.Context, *sql.Tx, manifest.ID) (*row, error)) (store.Data, error) {
	d := store.Data{Rights: store.Rights{Own: id.TablePrefix()}, App: plain.App{ID: id.String(), Name: id.Name}}
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		w, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if w == nil {
			return errNotFound
		}
		var m *manifest.Manifest
		if w.release != nil {
			if m, err = readManifest(ctx, tx, w.release); err != nil {
				return err
			}
		}
		d.Extension, d.App.Title, d.App.Version = w.id, titleOf(id, m), w.highest
		return nil
	})
	if err != nil {
		return store.Data{}, err
	}
	return d, nil
}
