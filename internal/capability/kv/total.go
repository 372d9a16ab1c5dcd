package kv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// total is what an extension keeps.
type total struct {
	known bool
	keys  int64
	bytes int64 // of keys and values
}

// change runs one write with the size of what key holds now. The total that do
// returns counts with the write; where the commit fails, everything is counted
// anew at the next write.
func (s *Space) change(ctx context.Context, key string, do func(tx *sql.Tx, old int64, there bool) (total, error)) error {
	done := false
	err := s.store.Update(ctx, func(tx *sql.Tx) (err error) {
		if s.doubt.Swap(false) {
			s.total.known = false
		}
		if err := s.count(ctx, tx); err != nil {
			return err
		}
		var old int64
		err = tx.QueryRowContext(ctx, `SELECT length(value) FROM alcove_kv WHERE extension = ? AND key = ?`,
			s.extension, key).Scan(&old)
		there := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look at a value: %w", err)
		}
		next, err := do(tx, old, there)
		if err != nil {
			return err
		}
		s.total, done = next, true
		return nil
	})
	if err != nil && done {
		s.doubt.Store(true) // counted, but the commit failed
	}
	return err
}

// count fills the total unless it is known.
func (s *Space) count(ctx context.Context, tx *sql.Tx) error {
	if s.total.known {
		return nil
	}
	t := total{known: true}
	err := tx.QueryRowContext(ctx,
		`SELECT count(*), coalesce(sum(octet_length(key) + length(value)), 0) FROM alcove_kv WHERE extension = ?`,
		s.extension).Scan(&t.keys, &t.bytes)
	if err != nil {
		return fmt.Errorf("count values: %w", err)
	}
	s.total = t
	return nil
}

// Clear forgets all values.
func (s *Space) Clear(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM alcove_kv WHERE extension = ?`, s.extension); err != nil {
			return fmt.Errorf("delete all values: %w", err)
		}
		s.total.known = false // counted anew at the next write
		return nil
	})
}
