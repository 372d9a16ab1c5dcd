package store

import (
	"context"
	"database/sql"

	"github.com/alcove-vault/alcove/internal/fault"
)

// enter counts a user of the store in, unless it is being closed.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return closedError()
	}
	s.users.Add(1)
	return nil
}

// View runs fn in a read transaction: fn sees one state of the database,
// whatever is written meanwhile. Three run at a time, and none waits for
// writers. fn does not keep tx, and does not call View.
func (s *Store) View(ctx context.Context, fn func(*sql.Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	c, err := s.readers.take(ctx)
	if err != nil {
		return s.visible(err)
	}
	defer s.readers.put(c)
	tx, err := c.sql.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.visible(err)
	}
	defer tx.Rollback()
	return s.visible(fn(tx))
}

// Update runs fn in a write transaction, one at a time, and commits it if fn
// returns nil. When Update returns nil, the changes survive a power cut. fn
// does not keep tx and calls neither Update nor any method that writes, but
// for Migrate and DropTables with tx.
func (s *Store) Update(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.write(ctx, func(c *conn) error {
		tx, err := c.sql.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return err
		}
		s.tx = tx
		committed := false
		defer func() {
			s.tx = nil
			if committed {
				return
			}
			_ = tx.Rollback()
			_ = c.raw(func(handle) error { return c.rollback() }) // database/sql does not when COMMIT fails
			c.undone()
		}()
		if err := c.raw(func(handle) error { return c.join() }); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		if err := c.raw(func(h handle) error {
			if err := c.flush(ctx); err != nil {
				return err
			}
			return s.noteSeals(h)
		}); err != nil {
			return err
		}
		err = tx.Commit()
		committed = err == nil
		return err
	})
}

// Writes grows with each write of the host's that has ended. Where it is what it
// was before a look at a table that only the host writes, that look still holds.
func (s *Store) Writes() uint64 { return s.writes.Load() }

// write waits for the turn to write and runs fn with the writer, for the host.
func (s *Store) write(ctx context.Context, fn func(*conn) error) error {
	return s.writeAs(ctx, host, 0, fn)
}

// writeAs is write for an extension, named by its prefix, that may have limit
// calls here at a time.
func (s *Store) writeAs(ctx context.Context, who string, limit int, fn func(*conn) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	if err := s.turns.take(ctx, who, limit); err != nil {
		return err
	}
	defer func() {
		s.relieve()
		if who == host {
			s.writes.Add(1) // while nobody else writes, and before the caller knows
		}
		s.turns.give(who)
		select {
		case s.wrote <- struct{}{}:
		default:
		}
	}()
	if err := s.writer.settle(); err != nil {
		return s.visible(err)
	}
	if who == host {
		if err := s.writer.raw(func(handle) error { return s.writer.boundPages(0) }); err != nil {
			return s.visible(err)
		}
	}
	return s.visible(fn(s.writer))
}

// whileOpen is ctx, which also ends when the store begins to close. The caller
// calls the function when it is done.
func (s *Store) whileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// endedOpen prefers what ended a context of whileOpen to the error that came of
// it.
func (s *Store) endedOpen(ctx context.Context, err error) error {
	if fault.Code(err) == fault.CodeInternal {
		if gone := s.alive(ctx); gone != nil {
			return s.visible(gone)
		}
	}
	return err
}
