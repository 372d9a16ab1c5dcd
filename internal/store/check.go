package store

import (
	"context"
	"errors"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// Check reads the whole database: every page must authenticate, SQLite's own
// check of its structure must find nothing, and every foreign key must be
// satisfied. It returns vault.damaged otherwise. Nothing is written to the
// database meanwhile: writers wait. progress, which may be nil, is told bytes
// done and in total; it is called often and returns fast. Check ends with
// ctx's error when ctx is done.
func (s *Store) Check(ctx context.Context, progress func(done, total int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	return s.write(ctx, func(c *conn) error {
		// Every page must be in the file rather than in the log. If a reader
		// keeps the log busy, its part of it was authenticated when it was read.
		if err := s.checkpoint(); err != nil {
			return err
		}
		// The file counts twice: once for its pages, once for their structure.
		var size int64
		if err := s.volume.Authenticate(ctx, func(done, total int64) {
			size = total
			progress(done, 2*total)
		}); err != nil {
			return err
		}
		start := s.volume.BytesRead()
		err := c.raw(func(h handle) error {
			defer h.watchAnd(ctx, s, func() {
				progress(size+min(s.volume.BytesRead()-start, size), 2*size)
			})()
			return h.checkStructure()
		})
		if err == nil {
			progress(2*size, 2*size)
		}
		return ended(ctx, err)
	})
}

// checkStructure runs SQLite's own checks.
func (h handle) checkStructure() error {
	bad := fault.Wrap("vault.damaged", damaged(&sealvfs.Damage{File: FileName}).Message, errors.New("SQLite's check of the structure failed")).
		With("file", FileName)
	// Whether rows satisfy the CHECKs of their table says nothing about the
	// file: an extension may have one that is true only now and then.
	if err := h.exec("PRAGMA ignore_check_constraints = ON"); err != nil {
		return err
	}
	defer func() { _ = h.exec("PRAGMA ignore_check_constraints = OFF") }() // cannot fail
	err := h.rows("PRAGMA integrity_check(1)", nil, func(row []any) error {
		if said, _ := row[0].(string); said != "ok" {
			return bad
		}
		return nil
	})
	if err != nil {
		return err
	}
	return h.rows("PRAGMA foreign_key_check", nil, func([]any) error { return bad })
}
