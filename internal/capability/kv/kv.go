// Package kv keeps small named values for one extension, in rows of alcove_kv.
// A value is one MessagePack value that nobody but the extension reads.
package kv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// What one extension can keep.
const (
	MaxKey   = 512      // bytes of a key
	MaxValue = 1 << 20  // bytes of a value
	MaxKeys  = 10_000   // keys
	MaxBytes = 64 << 20 // bytes of all keys and values
	MaxList  = 10_000   // keys in one listing
)

// Faults an extension's author meets.
var (
	errKey   = fault.New("kv.key", "A key is 1 to 512 bytes of text without NUL. Choose another one.")
	errValue = fault.New("quota.value", "The value is over 1 MiB. Keep larger things in a table of the app's own.")
	errKeys  = fault.New("quota.keys", "The app keeps 10,000 values already. Delete some, or use a table of its own.")
	errBytes = fault.New("quota.bytes", "The app's values would be over 64 MiB together. Delete some, or use a table of its own.")
)

// Space is the values of one extension. There is one at a time for each
// extension, shared by all who use it: it counts what the extension keeps, so
// that a write need not look at everything that is there.
type Space struct {
	store     *store.Store
	extension int64
	now       func() time.Time
	total     total // guarded by the store's turn: only touched inside Update
	doubt     atomic.Bool
}

// New returns the values of the extension whose row is given.
func New(st *store.Store, extension int64) *Space {
	return &Space{store: st, extension: extension, now: time.Now}
}

// CheckKey reports whether key can name a value.
func CheckKey(key string) error {
	if key == "" || len(key) > MaxKey || strings.ContainsRune(key, 0) {
		return errKey
	}
	return nil
}

// CheckValue reports whether a value is small enough.
func CheckValue(value []byte) error {
	if len(value) > MaxValue {
		return errValue
	}
	return nil
}

// Get returns the value of key, and whether there is one.
func (s *Space) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT value FROM alcove_kv WHERE extension = ? AND key = ?`,
			s.extension, key).Scan(&value)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("get a value: %w", err)
	}
	return value, found, nil
}

// Set keeps value under key. It is durable when Set returns.
func (s *Space) Set(ctx context.Context, key string, value []byte) error {
	if err := errors.Join(CheckKey(key), CheckValue(value)); err != nil {
		return err
	}
	return s.change(ctx, key, func(tx *sql.Tx, old int64, there bool) (total, error) {
		next := s.total
		next.bytes += int64(len(value)) - old
		if !there {
			next.keys, next.bytes = next.keys+1, next.bytes+int64(len(key))
		}
		if next.keys > MaxKeys && !there {
			return next, errKeys
		}
		if next.bytes > MaxBytes && next.bytes > s.total.bytes {
			return next, errBytes
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO alcove_kv (extension, key, value, updated_at) VALUES (?, ?, ?, ?)
			 ON CONFLICT (extension, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
			s.extension, key, value, s.now().UnixMilli())
		if err != nil {
			return next, fmt.Errorf("set a value: %w", err)
		}
		return next, nil
	})
}

// Delete forgets key and reports whether there was something to forget.
func (s *Space) Delete(ctx context.Context, key string) (deleted bool, err error) {
	err = s.change(ctx, key, func(tx *sql.Tx, old int64, there bool) (total, error) {
		deleted = there
		if !there {
			return s.total, nil
		}
		next := s.total
		next.keys, next.bytes = next.keys-1, next.bytes-old-int64(len(key))
		if _, err := tx.ExecContext(ctx, `DELETE FROM alcove_kv WHERE extension = ? AND key = ?`, s.extension, key); err != nil {
			return next, fmt.Errorf("delete a value: %w", err)
		}
		return next, nil
	})
	return deleted && err == nil, err
}

// List returns at most limit keys that start with prefix and come after after,
// in the order of their bytes.
func (s *Space) List(ctx context.Context, prefix, after string, limit int) (keys []string, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx,
			`SELECT key FROM alcove_kv
			 WHERE extension = ? AND key > ? AND key >= ? AND substr(key, 1, ?) = ?
			 ORDER BY key LIMIT ?`,
			s.extension, after, prefix, len([]rune(prefix)), prefix, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key string
			if err := rows.Scan(&key); err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}
