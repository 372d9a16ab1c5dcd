package extension

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net/http"
	"path"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Installed is an extension as the launcher shows it. Times are Unix
// milliseconds, sizes bytes. Of one whose manifest is damaged only the name is
// known.
type Installed struct {
	ID          string    `json:"id"` // "<lineage hex>.<name>"
	Name        string    `json:"name"`
	Title       string    `json:"title"`
	Version     string    `json:"version"`
	Description string    `json:"description"`
	Author      string    `json:"author"`
	Homepage    string    `json:"homepage"`
	Icon        string    `json:"icon"` // data URL, "" if it has none
	Publisher   Publisher `json:"publisher"`
	Hold        string    `json:"hold"`
	Size        int64     `json:"size"`  // of the file it came in
	Files       int       `json:"files"` // the signed ones
	InstalledAt int64     `json:"installed_at"`
	UpdatedAt   int64     `json:"updated_at"`
	Display     string    `json:"display"`
	Dialect     string    `json:"dialect"` // of the manifest
}

// Detail is an extension as its own page shows it.
type Detail struct {
	Installed
	Lines        []permission.Line    `json:"lines"`
	Threat       []permission.Segment `json:"threat"`
	Tables       []Table              `json:"tables"`
	KVBytes      int64                `json:"kv_bytes"`      // keys and values
	PackageBytes int64                `json:"package_bytes"` // unpacked
	TableBytes   int64                `json:"table_bytes"`   // whole pages
	Limits       []store.Limit        `json:"limits"`
}

// Table is one of an extension's tables and how much is in it.
type Table struct {
	Name        string `json:"name"` // without the prefix
	Description string `json:"description"`
	Rows        int64  `json:"rows"`
}

// Kept is an extension that was removed, and whose data is still there.
type Kept struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Version   string    `json:"version"` // the newest that wrote the data
	Publisher Publisher `json:"publisher"`
}

// List returns the installed extensions in the order they were installed.
func (r *Registry) List(ctx context.Context) ([]Installed, error) {
	out := []Installed{}
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		rows, err := allRows(ctx, tx)
		if err != nil {
			return err
		}
		for _, w := range rows {
			if w.release == nil {
				continue
			}
			item, _, err := describeRow(ctx, tx, w)
			if err != nil {
				return err
			}
			out = append(out, item)
		}
		return nil
	})
	return out, err
}

// Kept returns the removed extensions whose data was kept. Remove with
// deleteData ends that.
func (r *Registry) Kept(ctx context.Context) ([]Kept, error) {
	out := []Kept{}
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		rows, err := allRows(ctx, tx)
		for _, w := range rows {
			if w.release == nil {
				out = append(out, Kept{ID: w.ext.String(), Name: w.ext.Name, Version: w.highest, Publisher: publisherOf(w.ext.Lineage)})
			}
		}
		return err
	})
	return out, err
}

// describeRow reads what is shown of an installed extension. The manifest is
// nil if the stored one cannot be read.
func describeRow(ctx context.Context, tx *sql.Tx, w row) (Installed, *manifest.Manifest, error) {
	item := Installed{
		ID: w.ext.String(), Name: w.ext.Name, Version: w.version, Hold: w.hold, Size: w.archiveSize,
		Publisher: publisherOf(w.ext.Lineage), InstalledAt: w.installedAt, UpdatedAt: w.updatedAt, Display: manifest.DisplayTab, Dialect: manifest.DialectAlcove,
	}
	m, err := readManifest(ctx, tx, w.release)
	if err != nil {
		return Installed{}, nil, err
	}
	item.Title = titleOf(w.ext, m)
	// The signature file is stored with the others, and signs all of them.
	err = tx.QueryRowContext(ctx, `SELECT max(count(*) - 1, 0) FROM alcove_release_file WHERE release = ?`, w.release).Scan(&item.Files)
	if err != nil {
		return Installed{}, nil, fmt.Errorf("count files: %w", err)
	}
	if m == nil {
		return item, nil, nil
	}
	item.Description, item.Author, item.Homepage, item.Display, item.Dialect = m.Describe(language), m.Author, m.Homepage, m.Display, m.Dialect
	if m.Icon != "" {
		if data, err := readFile(ctx, tx, w.release, m.Icon); err == nil {
			item.Icon = dataURL(m.Icon, data)
		}
	}
	return item, m, nil
}

// dataURL is an image as a URL. Bundle has checked that it is the kind of
// image that its name says.
func dataURL(name string, data []byte) string {
	mediaType := "image/svg+xml"
	if path.Ext(name) != ".svg" {
		mediaType = http.DetectContentType(data)
	}
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// Detail returns all there is to show of one installed extension.
func (r *Registry) Detail(ctx context.Context, id manifest.ID) (Detail, error) {
	var d Detail
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		var m *manifest.Manifest
		if d.Installed, m, err = describeRow(ctx, tx, *w); err != nil {
			return err
		}
		if m == nil {
			m = &manifest.Manifest{Name: id.Name}
		}
		grants, err := permission.Load(ctx, tx, w.id)
		if err != nil {
			return err
		}
		d.Lines = permission.Describe(m, d.Title, decided(m, grants), nil)
		d.Threat = permission.Threat(d.Title, d.Lines)
		return r.measure(ctx, tx, w, m, &d)
	})
	return d, err
}

// StorageUsed is how many bytes the tables of an extension take, with what is kept
// to sync them: what its storage limit is compared with. Extension is the
// id of its row.
func (r *Registry) StorageUsed(ctx context.Context, extension int64) (used int64, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		used, err = store.StorageUsed(ctx, tx, extension)
		return err
	})
	return used, err
}

// measure fills in how much an extension keeps.
func (r *Registry) measure(ctx context.Context, tx *sql.Tx, w *row, m *manifest.Manifest, d *Detail) error {
	words := make(map[string]string, len(m.Tables))
	for _, t := range m.Tables {
		words[t.Name] = t.Description
	}
	sizes, err := r.st.TableSizes(ctx, tx, w.ext.TablePrefix())
	if err != nil {
		return err
	}
	d.Tables = []Table{}
	for _, s := range sizes {
		d.Tables = append(d.Tables, Table{Name: s.Name, Description: words[s.Name], Rows: s.Rows})
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(length(CAST(key AS BLOB)) + length(value)), 0) FROM alcove_kv WHERE extension = ?`, w.id).Scan(&d.KVBytes)
	if err != nil {
		return fmt.Errorf("measure values: %w", err)
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(size), 0) FROM alcove_release_file WHERE release = ?`, w.release).Scan(&d.PackageBytes)
	if err != nil {
		return fmt.Errorf("measure package: %w", err)
	}
	limits, err := store.LoadLimits(ctx, tx, w.id)
	if err != nil {
		return err
	}
	d.Limits = limits.List()
	d.TableBytes, err = store.StorageUsed(ctx, tx, w.id)
	return err
}
