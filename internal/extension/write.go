package extension

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fail"
)

// writeRow makes or renews the row of an extension and remembers its
// publisher. A switched-off app stays off; bad bytes that are replaced end a
// quarantine.
func writeRow(ctx context.Context, tx *sql.Tx, b *bundle.Bundle, old *row, now int64) (int64, error) {
	if _, err := tx.ExecContext(ctx, `INSERT INTO alcove_publisher (key, said_name, first_seen) VALUES (?, ?, ?)
		ON CONFLICT (key) DO NOTHING`, b.Lineage[:], b.Manifest.Author, now); err != nil {
		return 0, fmt.Errorf("write publisher: %w", err)
	}
	if old == nil {
		var id int64
		// An id is never used twice, so that the ledger of a removed extension
		// does not become another's.
		err := tx.QueryRowContext(ctx, `INSERT INTO alcove_extension (id, lineage, name, release, highest_version, hold, installed_at, updated_at)
			VALUES (1 + max((SELECT coalesce(max(id), 0) FROM alcove_extension), (SELECT coalesce(max(extension), 0) FROM alcove_ledger)),
			?, ?, ?, ?, 'none', ?, ?) RETURNING id`,
			b.Lineage[:], b.Manifest.Name, b.Release[:], b.Manifest.Version, now, now).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("write extension: %w", err)
		}
		return id, nil
	}
	installed, hold := old.installedAt, old.hold
	if old.release == nil {
		installed = now
	}
	if hold == HoldQuarantined {
		hold = HoldNone
	}
	if _, err := tx.ExecContext(ctx, `UPDATE alcove_extension SET release = ?, highest_version = ?, hold = ?, installed_at = ?, updated_at = ? WHERE id = ?`,
		b.Release[:], b.Manifest.Version, hold, installed, now, old.id); err != nil {
		return 0, fmt.Errorf("write extension: %w", err)
	}
	return old.id, nil
}

// writeBlobs stores every file of the package by its hash, once each. Stored
// bytes that are not what their hash says are replaced.
func writeBlobs(ctx context.Context, tx *sql.Tx, b *bundle.Bundle, progress func(done, total int64)) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO alcove_blob (sha256, data) VALUES (?, ?)
		ON CONFLICT (sha256) DO UPDATE SET data = excluded.data WHERE data IS NOT excluded.data`)
	if err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	defer insert.Close()
	total := b.Unpacked() + int64(len(b.Signature))
	var done int64
	for i, f := range filesOf(b) {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, ok := b.Content(f.Path)
		if !ok || sha256.Sum256(data) != f.SHA256 {
			return fmt.Errorf("file %d of the package is no longer what was reviewed", i)
		}
		if data == nil {
			data = []byte{} // an empty file, not NULL
		}
		if _, err := insert.ExecContext(ctx, f.SHA256[:], data); err != nil {
			return fmt.Errorf("write files: %w", err)
		}
		if i == 0 {
			fail.Point("install.first_blob")
		}
		if done += f.Size; progress != nil {
			progress(done, total)
		}
	}
	return nil
}

// filesOf is every file to store: the signed ones and the signature.
func filesOf(b *bundle.Bundle) []bundle.File {
	out := make([]bundle.File, 0, len(b.Files)+1)
	out = append(out, b.Files...)
	return append(out, bundle.File{
		Path: bundle.SignatureFile, Size: int64(len(b.Signature)), SHA256: sha256.Sum256(b.Signature),
	})
}

// writeRelease stores what the release is and which files it has.
func writeRelease(ctx context.Context, tx *sql.Tx, b *bundle.Bundle, extension, now int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM alcove_release_file WHERE release = ?`, b.Release[:]); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO alcove_release (hash, extension, format, version, signer, archive_sha256, archive_size, installed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET extension = excluded.extension, format = excluded.format, version = excluded.version,
			signer = excluded.signer, archive_sha256 = excluded.archive_sha256, archive_size = excluded.archive_size, installed_at = excluded.installed_at`,
		b.Release[:], extension, b.Format, b.Manifest.Version, b.Signer[:], b.Archive[:], b.ArchiveSize, now); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO alcove_release_file (release, path, size, sha256) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	defer insert.Close()
	for _, f := range filesOf(b) {
		if _, err := insert.ExecContext(ctx, b.Release[:], f.Path, f.Size, f.SHA256[:]); err != nil {
			return fmt.Errorf("write release: %w", err)
		}
	}
	return nil
}

// dropReleases removes every release of an extension but keep (nil for all),
// and the bytes that nothing refers to any more.
func dropReleases(ctx context.Context, tx *sql.Tx, extension int64, keep []byte) error {
	const old = `SELECT hash FROM alcove_release WHERE extension = ? AND hash IS NOT ?`
	sums, err := column(ctx, tx, `SELECT DISTINCT sha256 FROM alcove_release_file WHERE release IN (`+old+`)`, extension, keep)
	if err != nil {
		return fmt.Errorf("drop release: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM alcove_release_file WHERE release IN (` + old + `)`,
		`DELETE FROM alcove_release WHERE extension = ? AND hash IS NOT ?`,
	} {
		if _, err := tx.ExecContext(ctx, statement, extension, keep); err != nil {
			return fmt.Errorf("drop release: %w", err)
		}
	}
	collect, err := tx.PrepareContext(ctx, `DELETE FROM alcove_blob WHERE sha256 = ?
		AND NOT EXISTS (SELECT 1 FROM alcove_release_file f WHERE f.sha256 = alcove_blob.sha256)`)
	if err != nil {
		return fmt.Errorf("drop release: %w", err)
	}
	defer collect.Close()
	for _, sum := range sums {
		if _, err := collect.ExecContext(ctx, sum); err != nil {
			return fmt.Errorf("drop release: %w", err)
		}
	}
	return nil
}

// column reads one column of blobs.
func column(ctx context.Context, tx *sql.Tx, query string, args ...any) ([][]byte, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]byte
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}
