package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Statement is one SQL statement with the values for its parameters.
//
// Values are nil, int64, float64, string, []byte and bool, which becomes 0 or
// 1. A []byte that is nil is NULL, an empty one an empty blob.
type Statement struct {
	SQL    string
	Params []any
}

// Rows is the result of a query. Values are nil, int64, float64, string or
// []byte, as SQLite holds them: never a time.Time, whatever a column was
// declared as.
type Rows struct {
	Columns []string
	Rows    [][]any
}

// Outcome is what a statement did. Columns and Rows are filled by RETURNING,
// and by a SELECT within a transaction.
type Outcome struct {
	RowsAffected, LastInsertID int64
	Columns                    []string
	Rows                       [][]any
}

// Confined is the database as one extension sees it: its own tables, those of
// others that were granted, and nothing else. It is safe for use by several
// goroutines.
//
// Tables are made and changed only through Store.Migrate, so that every device
// goes through the same steps and the manifest can name them; Query, Execute
// and Transaction refuse to.
//
// Errors carry the codes db.syntax, db.denied, db.constraint, db.not_a_query,
// db.several_statements, db.parameter, db.busy and quota.statement,
// quota.params, quota.rows, quota.bytes, quota.time, with a sentence that
// names the extension's tables without their prefix. The context's own error
// is passed on as it is.
type Confined struct {
	store  *Store
	rights atomic.Pointer[Rights]
	limits atomic.Pointer[Limits]

	readers *pool
	life    context.Context // done when Close is called
	end     context.CancelFunc
	once    sync.Once
}

// confinedReaders is how many queries of one extension run at a time.
const confinedReaders = 2

// Confine returns the database as the owner of r sees it. It costs nothing
// until it is used. The caller closes it, at the latest before the store.
func (s *Store) Confine(r Rights, l Limits) *Confined {
	c := &Confined{store: s, readers: newPool(s, confined, confinedReaders)}
	c.rights.Store(&r)
	c.limits.Store(&l)
	s.pools.add(c.readers)
	c.life, c.end = context.WithCancel(context.Background())
	return c
}

// Close ends the calls that are running and closes the reading connections. It
// may be called more than once.
func (c *Confined) Close() {
	c.end()
	c.once.Do(func() {
		if c.store.enter() != nil {
			return // Store.Close closes them
		}
		defer c.store.users.Done()
		c.store.pools.remove(c.readers)
		c.readers.close()
		c.store.settleIdle()
	})
}

// Query runs one statement that only reads. It sees one state of the database
// and waits for no writer.
func (c *Confined) Query(ctx context.Context, st Statement) (Rows, error) {
	var out Outcome
	err := c.call(ctx, []Statement{st}, func(ctx context.Context, g *guard, limits Limits) error {
		conn, err := c.readers.take(ctx)
		if err != nil {
			return err
		}
		defer c.readers.put(conn)
		return conn.raw(func(h handle) error {
			defer limits.impose(h)()
			defer h.watchReader(ctx, c.store)()
			out, err = conn.run(g, limits, st, true)
			return err
		})
	})
	return Rows{out.Columns, out.Rows}, err
}

// Execute runs one statement that writes, in a transaction of its own. When it
// returns without error, the change survives a power cut.
func (c *Confined) Execute(ctx context.Context, st Statement) (Outcome, error) {
	out, err := c.Transaction(ctx, []Statement{st})
	if err != nil {
		return Outcome{}, err
	}
	return out[0], nil
}

// Transaction runs the statements in order, all or none.
func (c *Confined) Transaction(ctx context.Context, list []Statement) ([]Outcome, error) {
	var outcomes []Outcome
	err := c.call(ctx, list, func(ctx context.Context, g *guard, limits Limits) error {
		return c.store.orReclaim(ctx, &g.rights, func(anew bool) (err error) {
			if anew {
				g = newGuard(g.rights, c.store.modules, false)
			}
			outcomes, err = c.transact(ctx, g, limits, list, anew)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// transact is one attempt of Transaction.
func (c *Confined) transact(ctx context.Context, g *guard, limits Limits, list []Statement, anew bool) (outcomes []Outcome, err error) {
	err = c.store.writeAs(ctx, g.own, limits.Waiting, func(conn *conn) error {
		return conn.raw(func(h handle) error {
			defer h.watch(ctx, c.store)()
			return conn.transaction(ctx, func() (err error) {
				if err = conn.startMeter(ctx, &g.rights, limits, anew); err != nil {
					return err
				}
				defer limits.impose(h)()
				if conn.meter != nil {
					conn.meter.deletes = true // as far as is known
				}
				outcomes, err = conn.runAll(ctx, g, limits, list)
				return err
			})
		})
	})
	return outcomes, err
}

// Migrate applies the migrations that the extension has not seen, as
// Store.Migrate does, within the time of a call: it holds up who else writes.
// Limits are those of the extension, whatever o says.
func (c *Confined) Migrate(ctx context.Context, list []Migration, o MigrateOptions) (applied []string, err error) {
	err = c.call(ctx, nil, func(ctx context.Context, g *guard, limits Limits) error {
		o.Limits = limits
		return c.store.orReclaim(ctx, &g.rights, func(anew bool) (err error) {
			applied, err = c.store.migrateMetered(ctx, nil, g.rights.Extension, g.rights, list, o, anew)
			return err
		})
	})
	return applied, err
}

// Limits are what bounds each call.
func (c *Confined) Limits() Limits { return *c.limits.Load() }

// Limit replaces what bounds each call, from the next one on.
func (c *Confined) Limit(l Limits) { c.limits.Store(&l) }

// call checks the statements, bounds the time, runs fn and explains its error.
func (c *Confined) call(ctx context.Context, list []Statement, fn func(context.Context, *guard, Limits) error) error {
	rights, limits := c.rights.Load().at(time.Now()), c.Limits()
	for i, st := range list {
		err := limits.check(st)
		if err == nil {
			if reason, of := forbiddenWord(st.SQL, rights); reason != "" {
				err = denied(reason, of)
			}
		}
		if err != nil {
			return atStatement(err, i, len(list))
		}
	}
	if c.life.Err() != nil {
		return endedError()
	}
	if err := c.store.enter(); err != nil {
		return err
	}
	defer c.store.users.Done()
	bounded, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	err := fn(bounded, newGuard(*rights, c.store.modules, false), limits)
	if err == nil {
		return nil
	}
	if errors.Is(err, errCrowded) {
		return limits.tooManyWaiting()
	}
	if bounded.Err() != nil && (errors.Is(err, bounded.Err()) || codeOf(err)&0xff == sqlite3.SQLITE_INTERRUPT) {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case c.life.Err() != nil:
			return endedError()
		case errors.Is(err, errWaiting):
			return fault.Wrap("db.busy", "The database was busy for too long. Try again.", err)
		}
		return limits.tooLong()
	}
	if codeOf(err)&0xff == sqlite3.SQLITE_INTERRUPT && !c.store.closing.Load() {
		return fault.Wrap("db.busy", "The query was ended because it kept the vault's log from being emptied. Ask for less at a time, then try again.", err)
	}
	return c.store.visible(explain(err, rights, limits))
}

// Regrant replaces what is granted. It counts from the next call on; one that
// runs ends with what it began with.
func (c *Confined) Regrant(grants []Grant) {
	next := *c.rights.Load()
	next.Grants = grants
	c.rights.Store(&next)
}
