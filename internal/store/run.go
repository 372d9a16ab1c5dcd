package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// transaction runs fn between BEGIN and COMMIT, or rolls back.
func (c *conn) transaction(ctx context.Context, fn func() error) error {
	h := c.handle
	if err := h.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := c.join()
	if err == nil {
		sqlite3.Xsqlite3_set_last_insert_rowid(h.tls, h.db, 0) // not that of somebody else
		err = fn()
	}
	if err == nil {
		err = c.flush(ctx)
	}
	m := c.meter
	if err == nil {
		err = c.stopMeter(ctx) // after all that is written for the extension
	}
	if c.meter = nil; err != nil {
		err = c.overQuota(m, err)
	}
	if err == nil {
		err = c.store.noteSeals(h)
	}
	if err == nil {
		err = h.exec("COMMIT")
	}
	if err != nil {
		err = errors.Join(err, c.rollback())
		c.undone()
	}
	return err
}

// rollback undoes the transaction, if there is one. What interrupts a statement
// may meet this one instead, which then has no effect, and goes on to meet it
// while a query has not been reset; a transaction that stays would be in the way
// of every other on this connection.
func (c *conn) rollback() (err error) {
	for range rollbackTries {
		if c.handle.autocommit() {
			return nil
		}
		if err = c.handle.exec("ROLLBACK"); err == nil || codeOf(err)&0xff != sqlite3.SQLITE_INTERRUPT {
			return err
		}
		for _, q := range c.queries {
			if q.running {
				q.Reset()
			}
		}
	}
	return err
}

// rollbackTries is more often than anything interrupts in the time it takes.
const rollbackTries = 1000

// alive is the error of what has to end between two statements; visible makes
// vault.locked of it if the store closes.
func (s *Store) alive(ctx context.Context) error {
	if s.closing.Load() {
		return &sqliteError{code: sqlite3.SQLITE_INTERRUPT, message: "the store is being closed"}
	}
	return ctx.Err()
}

func (c *conn) runAll(ctx context.Context, g *guard, l Limits, list []Statement) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(list))
	whole := l
	for i, st := range list {
		if err := c.store.alive(ctx); err != nil {
			return nil, err
		}
		out, err := c.run(g, l, st, false)
		if err != nil {
			return nil, atStatement(explain(c.overQuota(c.meter, err), &g.rights, whole), i, len(list))
		}
		if c.meter != nil {
			c.meter.ran(g)
		}
		if c.handle.autocommit() {
			return nil, fault.New("db.denied", reasonTurn)
		}
		l.Rows -= len(out.Rows)
		l.Bytes -= out.size()
		outcomes = append(outcomes, out)
	}
	return outcomes, nil
}

// size is about how many bytes the rows take.
func (o Outcome) size() (n int64) {
	for _, row := range o.Rows {
		for _, v := range row {
			n += sizeOf(v)
		}
	}
	return n
}

// atStatement says which of several statements failed.
func atStatement(err error, i, n int) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && n > 1 {
		return f.With("statement", i)
	}
	return err
}

// compileTries is how often a statement is compiled before the schema has to
// stay as it is.
const compileTries = 10

// run compiles one statement under the guard, judges it, and runs it. If SQLite
// finds that the schema is another by now and would compile the statement anew,
// all of that is done again: what has been judged is what runs.
func (c *conn) run(g *guard, l Limits, st Statement, readOnly bool) (out Outcome, err error) {
	if strings.ContainsRune(st.SQL, 0) {
		return out, fault.New("db.syntax", "The statement contains a NUL character. Pass it in a parameter.")
	}
	c.guard.Store(g)
	defer c.guard.Store(nil)
	for range compileTries {
		if out, err = c.runOnce(g, l, st, readOnly); !g.stale {
			break
		}
	}
	return out, err
}

func (c *conn) runOnce(g *guard, l Limits, st Statement, readOnly bool) (out Outcome, err error) {
	s, err := c.compile(g, st.SQL)
	if err != nil {
		return out, err
	}
	if t := c.clearsAll(s); t != nil {
		s.finish()
		if out, done, err := c.clear(g, l, st.SQL, t); done || err != nil {
			if err == nil {
				g.tellUsed()
			}
			return out, err
		}
		c.guard.Store(g)
		if s, err = c.compile(g, st.SQL); err != nil {
			return out, err
		}
	}
	defer s.finish()
	if readOnly && !s.readOnly() {
		return out, fault.New("db.not_a_query", "A query only reads. Use execute for a statement that writes.")
	}
	if err := s.bind(st.Params); err != nil {
		return out, err
	}
	if s.expired() && s.explains() == 0 {
		if err := c.recompile(g, s, st.SQL); err != nil {
			return out, err
		}
	}
	g.judged = s.explains() == 0
	if g.rows > 0 {
		l.Rows = min(l.Rows, g.rows)
	}
	if out, err = s.collect(l, readOnly); err == nil {
		g.tellUsed()
	}
	return out, err
}

// recompile does what SQLite would do at the first step of a statement that it
// can make a better plan for now that the values are known: after LIKE or LIMIT.
func (c *conn) recompile(g *guard, s *stmt, text string) error {
	g.begin(text)
	if err := s.compileAnew(); err != nil {
		if g.ended {
			return interruptedError()
		}
		return err
	}
	if err := c.vouch(g); err != nil {
		return err
	}
	if reason := g.verdict(text); reason != "" {
		return denied(reason, g.withheld)
	}
	return nil
}

func interruptedError() error {
	return &sqliteError{code: sqlite3.SQLITE_INTERRUPT, message: "interrupted"}
}

// compile prepares the one statement in text.
func (c *conn) compile(g *guard, text string) (*stmt, error) {
	g.begin(text)
	s, rest, err := c.handle.prepareWithin(text)
	if err != nil && g.ended {
		return nil, interruptedError()
	}
	if s != nil {
		if err := c.vouch(g); err != nil {
			s.finish()
			return nil, err
		}
	}
	if reason := g.verdict(text[:len(text)-len(rest)]); reason != "" && (err == nil && s != nil || g.reason != "") {
		if s != nil {
			s.finish()
		}
		return nil, denied(reason, g.withheld)
	}
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fault.New("db.syntax", "There is no statement in the text. Write one.")
	}
	switch s.explains() {
	case 1:
		s.finish()
		return nil, fault.New("db.denied", "EXPLAIN is not available. Use EXPLAIN QUERY PLAN.")
	case explainsPlan:
		if len(g.reached)+len(g.changed) > 0 {
			s.finish()
			return nil, fault.New("db.denied", "EXPLAIN QUERY PLAN is for the app's own tables: it would name what another app has defined.")
		}
	}
	for rest != "" {
		next, more, err := c.handle.prepareWithin(rest)
		if next != nil || err != nil {
			if next != nil {
				next.finish()
			}
			s.finish()
			return nil, fault.New("db.several_statements", "A call takes one statement. Send several as one transaction.")
		}
		if len(more) >= len(rest) {
			break
		}
		rest = more
	}
	return s, nil
}

// collect steps through the statement within the limits.
func (s *stmt) collect(l Limits, readOnly bool) (out Outcome, err error) {
	before := sqlite3.Xsqlite3_total_changes64(s.tls, s.db)
	columns := s.columns()
	var total int64
	for {
		more, err := s.step()
		if err != nil {
			return Outcome{}, err
		}
		if !more {
			break
		}
		if len(out.Rows) >= l.Rows {
			return Outcome{}, l.tooManyRows()
		}
		row := make([]any, len(columns))
		for i := range row {
			row[i] = s.value(int32(i))
			if total += sizeOf(row[i]); total > l.Bytes {
				return Outcome{}, l.tooManyBytes()
			}
		}
		out.Rows = append(out.Rows, row)
	}
	if len(columns) > 0 {
		out.Columns = columns
	}
	if !readOnly {
		if sqlite3.Xsqlite3_total_changes64(s.tls, s.db) != before {
			out.RowsAffected = sqlite3.Xsqlite3_changes64(s.tls, s.db)
		}
		out.LastInsertID = sqlite3.Xsqlite3_last_insert_rowid(s.tls, s.db)
	}
	return out, nil
}

// plural formats n into one or many.
func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf(one, n)
	}
	return fmt.Sprintf(many, n)
}
