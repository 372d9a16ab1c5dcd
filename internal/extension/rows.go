package extension

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// row is a line of alcove_extension with its release, if it has one.
type row struct {
	id                     int64
	ext                    manifest.ID
	release                []byte // nil after a removal that kept the data
	highest                string
	hold                   string
	installedAt, updatedAt int64
	version, format        string // of the release
	archiveSize            int64
}

const rowColumns = `e.id, e.lineage, e.name, e.release, e.highest_version, e.hold, e.installed_at, e.updated_at,
	coalesce(r.version, ''), coalesce(r.format, ''), coalesce(r.archive_size, 0)
	FROM alcove_extension e LEFT JOIN alcove_release r ON r.hash = e.release `

func scanRow(scan func(...any) error) (row, error) {
	var w row
	var lineage []byte
	err := scan(&w.id, &lineage, &w.ext.Name, &w.release, &w.highest, &w.hold, &w.installedAt, &w.updatedAt, &w.version, &w.format, &w.archiveSize)
	if err != nil {
		return row{}, err
	}
	if len(lineage) != len(w.ext.Lineage) {
		return row{}, fmt.Errorf("extension row %d has a key of %d bytes", w.id, len(lineage))
	}
	copy(w.ext.Lineage[:], lineage)
	return w, nil
}

// findRow reads the row of an extension; nil if there is none.
func findRow(ctx context.Context, tx *sql.Tx, id manifest.ID) (*row, error) {
	w, err := scanRow(tx.QueryRowContext(ctx, `SELECT `+rowColumns+`WHERE e.lineage = ? AND e.name = ?`, id.Lineage[:], id.Name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read extension: %w", err)
	}
	return &w, nil
}

// installedRow is findRow for what has to be installed.
func installedRow(ctx context.Context, tx *sql.Tx, id manifest.ID) (*row, error) {
	w, err := findRow(ctx, tx, id)
	if err == nil && (w == nil || w.release == nil) {
		return nil, errNotFound
	}
	return w, err
}

// allRows reads every row in the order of installation.
func allRows(ctx context.Context, tx *sql.Tx) ([]row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+rowColumns+`ORDER BY e.installed_at, e.id`)
	if err != nil {
		return nil, fmt.Errorf("list extensions: %w", err)
	}
	defer rows.Close()
	var list []row
	for rows.Next() {
		w, err := scanRow(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list extensions: %w", err)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// errContent is a stored file that is missing or not what its hash says.
var errContent = errors.New("stored file is missing or changed")

// selectFile finds a stored file by release and path.
const selectFile = `SELECT b.data, f.sha256 FROM alcove_release_file f
	JOIN alcove_blob b ON b.sha256 = f.sha256 WHERE f.release = ? AND f.path = ?`

// readFile reads a stored file of a release by its path and checks its hash.
func readFile(ctx context.Context, tx *sql.Tx, release []byte, path string) ([]byte, error) {
	return checkedFile(tx.QueryRowContext(ctx, selectFile, release, path), path)
}

// checkedFile is what selectFile found.
func checkedFile(found *sql.Row, path string) ([]byte, error) {
	var data, sum []byte
	err := found.Scan(&data, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%q: %w", path, errContent)
	}
	if err != nil {
		return nil, fmt.Errorf("read stored file: %w", err)
	}
	if got := sha256.Sum256(data); string(got[:]) != string(sum) {
		return nil, fmt.Errorf("%q: %w", path, errContent)
	}
	return data, nil
}

// readManifest reads the manifest of what is installed. It is nil, without an
// error, if the stored one is damaged or not for this version of Alcove.
func readManifest(ctx context.Context, tx *sql.Tx, release []byte) (*manifest.Manifest, error) {
	var format string
	var signer []byte
	err := tx.QueryRowContext(ctx, `SELECT format, signer FROM alcove_release WHERE hash = ?`, release).Scan(&format, &signer)
	var key manifest.Key
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(signer) != len(key) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read release: %w", err)
	}
	copy(key[:], signer)
	var reading error // the first failure that is none of the bytes
	m, err := bundle.StoredManifest(format, key, func(path string) ([]byte, bool) {
		data, err := readFile(ctx, tx, release, path)
		if err != nil && !errors.Is(err, errContent) && reading == nil {
			reading = err
		}
		return data, err == nil
	})
	if reading != nil {
		return nil, reading
	}
	if err != nil {
		return nil, nil //nolint:nilerr // Start says what is wrong with it
	}
	return m, nil
}

// titleOf is what a person calls an extension, also when its manifest cannot
// be read.
func titleOf(id manifest.ID, m *manifest.Manifest) string {
	if m == nil {
		m = &manifest.Manifest{Name: id.Name}
	}
	return m.Title(language)
}

// language is the only one there are texts for yet.
const language = "en"

func publisherOf(key manifest.Key) Publisher {
	f := bundle.FingerprintOf(key)
	return Publisher{Key: key.String(), Words: f.Words, Hex: f.Hex}
}
