package store

import "context"

// erasePages is how many free pages are overwritten in one transaction.
const erasePages = 4096

// eraseValue is how many of them one value takes.
const eraseValue = 128

// EraseFree overwrites what deleted rows may have left behind: pages that
// belong to nothing are filled with zeros, and the log is moved into the
// database and emptied. Within pages that belong to something, free space is
// zeroed whenever they are written. It reports false if a reader kept the log
// from being emptied.
func (s *Store) EraseFree(ctx context.Context) (done bool, err error) {
	err = s.write(ctx, func(c *conn) error {
		if err := s.checkpoint(); err != nil {
			return err
		}
		err := c.raw(func(h handle) error {
			defer h.watch(ctx, s)()
			return c.eraseFree(ctx)
		})
		if err != nil {
			return err
		}
		if err := s.checkpoint(); err != nil {
			return err
		}
		done = s.volume.LogFrames() == 0
		// Pages in memory still have what the file does not, and would take it to
		// the log when they are changed.
		return c.raw(func(h handle) error { return h.exec("PRAGMA shrink_memory") })
	})
	return done, err
}

// eraseFree gives every free page to a table of zeros, and takes it back in
// another transaction: in the same one, SQLite would not write it.
func (c *conn) eraseFree(ctx context.Context) error {
	step := func(text string) error {
		return c.transaction(ctx, func() error { return (&Tx{c, ctx}).Query(text).Run() })
	}
	if err := step("DROP TABLE IF EXISTS alcove_erase"); err != nil { // something came between once
		return err
	}
	for made := false; ; {
		free, err := c.freePages(ctx)
		if err != nil {
			return err
		}
		switch {
		case free > 0 && !made:
			made = true
			err = step("CREATE TABLE alcove_erase (zeros)")
		case free > 0:
			err = c.transaction(ctx, func() error { return c.takeFree(ctx, min(free, erasePages)) })
		case made:
			return step("DROP TABLE alcove_erase")
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// takeFree gives so many free pages to the table, in values of which each takes
// little time: SQLite cannot be interrupted while it writes one.
func (c *conn) takeFree(ctx context.Context, pages int64) error {
	for ; pages > 0; pages -= eraseValue {
		if err := c.store.alive(ctx); err != nil {
			return err
		}
		q := (&Tx{c, ctx}).Query("INSERT INTO alcove_erase VALUES (zeroblob(?))")
		q.Int(1, min(pages, eraseValue)*pageBody)
		if err := q.Run(); err != nil {
			return err
		}
	}
	return nil
}

// pageBody is less than what a page of a large value takes, so that a value of
// so many never takes more than one page too many.
const pageBody = 4000

// freePages is how many pages belong to nothing.
func (c *conn) freePages(ctx context.Context) (n int64, err error) {
	q := (&Tx{c, ctx}).Query("PRAGMA freelist_count")
	if q.Step() {
		n = q.ColumnInt(0)
	}
	q.Reset()
	return n, q.Err()
}
