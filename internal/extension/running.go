package extension

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Running is an extension whose package was verified to run. It is safe for
// use by several goroutines; its fields are not changed.
type Running struct {
	Row      int64 // of alcove_extension
	ID       manifest.ID
	Manifest *manifest.Manifest
	Release  [32]byte
	Held     *permission.Held // the grants as they were at the start
	Limits   store.Limits     // as they were at the start

	registry *Registry
	row      *row
	files    map[string][32]byte // hash by path, as signed

	mu     sync.Mutex
	cache  *cache
	writes uint64 // of the store, when the release was last seen to be installed
	closed bool
}

func newRunning(r *Registry, w *row, b *bundle.Bundle, kept *cache, writes uint64, grants []permission.Grant, limits store.Limits) *Running {
	run := &Running{
		Row: w.id, ID: w.ext, Manifest: b.Manifest, Release: b.Release, Limits: limits,
		Held:     permission.NewHeld(grants),
		registry: r, row: w, files: make(map[string][32]byte, len(b.Files)), cache: kept, writes: writes,
	}
	for _, f := range b.Files {
		run.files[f.Path] = f.SHA256
	}
	return run
}

// Asset returns a file of the package by its path, verified against the hash
// that was signed. It is not ok if the package lists no such file. The bytes
// are shared and must not be changed.
//
// Errors: extension.replaced after an update or removal, extension.quarantined
// if the stored bytes are no longer what was signed.
func (run *Running) Asset(ctx context.Context, path string) (data []byte, ok bool, err error) {
	sum, listed := run.files[path]
	if !listed {
		return nil, false, nil
	}
	writes := run.registry.st.Writes() // before it is looked whether the release is installed
	run.mu.Lock()
	data, ok = run.cache.get(sum)
	closed, same := run.closed, writes == run.writes
	run.mu.Unlock()
	if closed {
		return nil, false, errReplaced
	}
	if ok && same {
		return data, true, nil
	}
	err = run.registry.st.View(ctx, func(tx *sql.Tx) (err error) {
		if err = run.installed(ctx, tx); err == nil && !ok {
			data, err = run.read(ctx, tx, sum)
		}
		return err
	})
	if bad := (badBytes{}); errors.As(err, &bad) {
		return nil, false, run.registry.quarantine(ctx, run.row, bad)
	}
	if err != nil {
		return nil, false, err
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	if !run.closed {
		run.cache.put(sum, data)
	}
	run.writes = max(run.writes, writes)
	return data, true, nil
}

// installed reports by its error whether the release still is the installed one.
func (run *Running) installed(ctx context.Context, tx *sql.Tx) error {
	w, err := findRow(ctx, tx, run.ID)
	if err == nil && (w == nil || string(w.release) != string(run.Release[:])) {
		return errReplaced
	}
	return err
}

// read reads stored bytes by the hash that was signed.
func (run *Running) read(ctx context.Context, tx *sql.Tx, sum [32]byte) ([]byte, error) {
	var data []byte
	err := tx.QueryRowContext(ctx, `SELECT data FROM alcove_blob WHERE sha256 = ?`, sum[:]).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, badBytes{errContent}
	}
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if sha256.Sum256(data) != sum {
		return nil, badBytes{errContent}
	}
	return data, nil
}

// Close ends the use of the package and forgets its cached files.
func (run *Running) Close() {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.closed = true
	run.cache.clear()
}
