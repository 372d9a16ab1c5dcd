package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

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

// closePatience is how long Close waits for users after interrupting them.
const closePatience = 500 * time.Millisecond

// Close ends what runs, empties the log into the database, closes every
// connection and overwrites the keys and the page cache. It waits at most half
// a second for what runs: a user that has not returned by then loses its keys
// instead, and its transaction is undone at the next opening. What its connection
// caches is overwritten when it returns.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closing.Load() {
		s.mu.Unlock()
		return nil
	}
	s.closing.Store(true)
	s.mu.Unlock()
	close(s.stop)
	gone := make(chan struct{})
	go func() { // ends with the last user, which is interrupted below
		s.users.Wait()
		s.done.Wait()
		close(gone)
	}()
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for waiting := true; waiting; {
		s.conns.interrupt()
		select {
		case <-gone:
			waiting = false
		case <-again.C:
		case <-patience.C:
			return errors.Join(errors.New("a transaction did not end"), s.abandon(gone))
		}
	}
	err := s.saveSeals()
	return errors.Join(err, s.checkpoint(), s.shut())
}

// shut closes all connections, which nothing uses any more, and unmounts.
func (s *Store) shut() error {
	var errs []error
	for c := range s.conns.drain() {
		errs = append(errs, c.close())
	}
	errs = append(errs, s.volume.Unmount())
	openStores.leave(s.place)
	return errors.Join(errs...)
}

// abandon takes the keys away from connections that are still in use. Those that
// are not are closed, which overwrites what they cache, and the others when gone
// is closed: nobody uses them then.
func (s *Store) abandon(gone <-chan struct{}) error {
	err := s.volume.Unmount()
	openStores.leave(s.place)
	s.pools.closeIdle()
	if s.turns.tryTake() { // nobody gets it any more
		_ = s.writer.close() // without keys nothing can be saved
	}
	go func() {
		<-gone
		for c := range s.conns.drain() {
			_ = c.close()
		}
	}()
	return err
}
