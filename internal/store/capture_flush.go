package store

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// installCaptures makes the connection capture, if it is the one that writes.
func (c *conn) installCaptures(r role) error {
	if r != writer {
		return c.handle.installCapture(nil)
	}
	c.capture = &capture{maxBytes: maxCaptured, maxOldBytes: maxOldBytes, fewRows: fewRows}
	captures.enter(c.capture)
	if err := c.handle.installSavepoint(c.capture); err != nil {
		return err
	}
	sqlite3.Xsqlite3_commit_hook(c.handle.tls, c.handle.db, address(commitHook), c.capture.slot)
	return c.handle.installCapture(c.capture)
}

// commitHook refuses a COMMIT while there are changes that the tracker has not
// accounted for. SQLite then undoes the transaction.
func commitHook(_ *libc.TLS, slot uintptr) int32 {
	if c := captures.at(slot); len(c.ops) > 0 || c.doomed {
		return 1
	}
	return 0
}

// join makes the transaction that has begun one that is captured.
func (c *conn) join() error {
	return (&Tx{c, context.Background()}).Query(joinTransaction).Run()
}

// flush hands what was captured to the tracker. It is called in the
// transaction, when nothing but COMMIT is left to do.
func (c *conn) flush(ctx context.Context) error {
	if c.capture.doomed {
		return errors.New("a statement failed halfway, and the transaction went on")
	}
	if len(c.capture.ops) == 0 {
		return nil
	}
	if c.store.tracker == nil {
		return errors.New("a tracked table was written, but nobody tracks it")
	}
	tx := &Tx{c, ctx}
	c.capture.paused = true
	defer func() { c.capture.paused = false }()
	changes, err := c.capture.net(tx)
	if err != nil {
		return fmt.Errorf("net effect of the transaction: %w", err)
	}
	if c.capture.unsure {
		if err := c.checkForeignKeys(); err != nil {
			return err
		}
	}
	if len(changes.Tables) > 0 {
		if err := c.makeRoom(ctx, c.capture.size()); err != nil {
			return err
		}
		rowid := tx.LastInsertID()
		if err := c.store.tracker.Flush(tx, changes); err != nil {
			return err
		}
		sqlite3.Xsqlite3_set_last_insert_rowid(c.handle.tls, c.handle.db, rowid)
	}
	c.capture.clear()
	return nil
}

// undone tells the tracker that a transaction came to nothing.
func (c *conn) undone() {
	if t := c.store.tracker; t != nil {
		t.Undone()
	}
}
