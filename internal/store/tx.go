package store

import (
	"context"
	"database/sql"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"
)

// Tx is a transaction in which the host's own statements run on SQLite itself,
// compiled once for each connection. It is for code that runs statements by the
// hundred thousand, such as change tracking; everything else uses Update and
// View. A Tx and its queries are used by one goroutine, and not after the
// function that was given the Tx has returned.
type Tx struct {
	conn *conn
	ctx  context.Context
}

// UpdateTx runs fn in a write transaction, like Update.
func (s *Store) UpdateTx(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, func(c *conn) error {
		return c.raw(func(h handle) error {
			defer h.watch(ctx, s)()
			return c.transaction(ctx, func() error { return fn(&Tx{c, ctx}) })
		})
	})
}

// Within runs fn in the transaction of the Update that is running, which is tx.
func (s *Store) Within(ctx context.Context, tx *sql.Tx, fn func(*Tx) error) error {
	if tx == nil || tx != s.tx {
		return errors.New("the transaction is not the one that is running")
	}
	return s.visible(s.writer.raw(func(h handle) error {
		defer h.watch(ctx, s)()
		return fn(&Tx{s.writer, ctx})
	}))
}

// ViewTx runs fn in a read transaction, like View.
func (s *Store) ViewTx(ctx context.Context, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	c, err := s.readers.take(ctx)
	if err != nil {
		return s.visible(err)
	}
	defer s.readers.put(c)
	return s.visible(c.raw(func(h handle) error {
		defer h.watch(ctx, s)()
		if err := h.exec("BEGIN"); err != nil {
			return err
		}
		err := fn(&Tx{c, ctx})
		if end := c.rollback(); err == nil {
			err = end
		}
		return err
	}))
}

// Context is that of the call the transaction belongs to.
func (t *Tx) Context() context.Context { return t.ctx }

// Exec runs host SQL that has no parameters, one statement or several.
func (t *Tx) Exec(sql string) error { return t.conn.handle.exec(sql) }

// Changes is how many rows the last INSERT, UPDATE or DELETE changed.
func (t *Tx) Changes() int64 { return sqlite3.Xsqlite3_changes64(t.conn.handle.tls, t.conn.handle.db) }

// LastInsertID is the rowid of the last row inserted.
func (t *Tx) LastInsertID() int64 {
	return sqlite3.Xsqlite3_last_insert_rowid(t.conn.handle.tls, t.conn.handle.db)
}

// Triggers turns all triggers of the connection on or off. What turns them off
// turns them on again before the transaction ends.
func (t *Tx) Triggers(on bool) error {
	return t.conn.handle.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, on)
}

// ForeignKeys turns the enforcement of foreign keys on or off, as Triggers does.
func (t *Tx) ForeignKeys(on bool) error { return t.conn.handle.enforceForeignKeys(on) }

// Query returns the compiled form of one statement. It is kept for the life of
// the connection, so the number of different texts must be bounded. The query
// must not be in use already. An error in the text is reported by the first Step.
func (t *Tx) Query(sql string) *Query {
	if q := t.conn.queries[sql]; q != nil {
		q.begin()
		return q
	}
	q := &Query{}
	st, _, err := t.conn.handle.prepare(sql, sqlite3.SQLITE_PREPARE_PERSISTENT)
	if err != nil || st == nil {
		q.err, q.broken = err, true
		return q
	}
	q.st = *st
	if t.conn.queries == nil {
		t.conn.queries = map[string]*Query{}
	}
	if len(t.conn.queries) >= maxQueries {
		t.conn.dropQueries()
	}
	t.conn.queries[sql] = q
	return q
}

// maxQueries is how many compiled statements a connection keeps.
const maxQueries = 2000

// dropQueries finalizes the compiled statements that are not running.
func (c *conn) dropQueries() {
	for text, q := range c.queries {
		if !q.running {
			q.finish()
			delete(c.queries, text)
		}
	}
}
