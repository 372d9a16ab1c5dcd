package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// step is one numbered change of the host's tables. A step that was released
// never changes; the next one has the next number.
type step struct {
	version int
	name    string
	text    string
	hash    [32]byte
}

// loadSteps reads NNNN_name.sql files, which are numbered from 1 without gap.
func loadSteps(files fs.FS) ([]step, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var steps []step
	for i, name := range names { // Glob sorts
		number, rest, ok := strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
		version, err := strconv.Atoi(number)
		if !ok || err != nil || len(number) != 4 || version != i+1 {
			return nil, fmt.Errorf("schema step %s is not number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{version, rest, string(text), sha256.Sum256(text)})
	}
	return steps, nil
}

const createSchemaTable = `CREATE TABLE IF NOT EXISTS alcove_schema (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  sha256     BLOB NOT NULL,
  applied_at INTEGER NOT NULL -- Unix milliseconds
)`

// migrateSchema applies the steps that the database has not seen, each in a
// transaction of its own.
func (s *Store) migrateSchema(ctx context.Context) error {
	files, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		return err
	}
	return s.applySteps(ctx, files)
}

func (s *Store) applySteps(ctx context.Context, files fs.FS) error {
	steps, err := loadSteps(files)
	if err != nil {
		return err
	}
	have, err := s.schemaVersion(ctx, steps)
	if err != nil {
		return err
	}
	for _, st := range steps[have:] {
		if err := s.applyStep(ctx, st); err != nil {
			return fmt.Errorf("schema step %04d_%s: %w", st.version, st.name, err)
		}
	}
	return nil
}

// schemaVersion returns how many of the steps the database has. It must have
// exactly the first so many of them.
func (s *Store) schemaVersion(ctx context.Context, steps []step) (int, error) {
	if _, err := s.writer.sql.ExecContext(ctx, createSchemaTable); err != nil {
		return 0, err
	}
	rows, err := s.writer.sql.QueryContext(ctx, "SELECT version, sha256 FROM alcove_schema ORDER BY version")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	have := 0
	for rows.Next() {
		var version int
		var hash []byte
		if err := rows.Scan(&version, &hash); err != nil {
			return 0, err
		}
		if version > len(steps) {
			return 0, fault.New("vault.newer_schema",
				"This vault was last opened by a newer Alcove, which this one does not understand. "+
					"Nothing was changed. Install the newer version and try again.").With("schema", version)
		}
		if version != have+1 || string(hash) != string(steps[have].hash[:]) {
			return 0, fault.New("vault.unknown_schema",
				"This vault was made by another build of Alcove, whose tables differ from this one's. "+
					"Nothing was changed. Open it with the build that made it.").With("schema", version)
		}
		have = version
	}
	return have, rows.Err()
}

func (s *Store) applyStep(ctx context.Context, st step) error {
	tx, err := s.writer.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	if _, err := tx.ExecContext(ctx, st.text); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO alcove_schema (version, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
		st.version, st.name, st.hash[:], time.Now().UnixMilli())
	if err != nil {
		return err
	}
	return tx.Commit()
}
