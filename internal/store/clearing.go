package store

import (
	"fmt"
	"strings"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A DELETE of all rows is the statement that tracking makes slowest: SQLite
// forgets a table without a look at its rows, but runs a trigger for each. So
// the rows are captured by one query, and SQLite does what it does without
// triggers. That is done only where SQLite itself says, by how it compiles the
// statement without triggers, that it forgets the table, and where ours is the
// only trigger.

// fewRows is how many rows a table has for which two more statements are not
// worth it.
const fewRows = 500

// clearsAll returns the tracked table of which the statement seems to delete all
// rows, and nothing else happens; else nil.
func (c *conn) clearsAll(s *stmt) *captured {
	if c.capture == nil || !c.capture.joined || c.capture.paused {
		return nil
	}
	v := (*sqlite3.TVdbe)(pointer(s.p))
	var trigger uintptr
	scans := false
	for _, o := range operations(v.FaOp, v.FnOp) {
		switch o.Fopcode {
		case sqlite3.OP_Program:
			p := (*sqlite3.TSubProgram)(pointer(operand(&o)))
			if trigger != 0 || !capturesOnly(operations(p.FaOp, p.FnOp)) {
				return nil
			}
			trigger = p.Ftoken
		case sqlite3.OP_Insert, sqlite3.OP_Variable:
			return nil
		case sqlite3.OP_Rewind:
			scans = true
		}
	}
	if trigger == 0 || !scans {
		return nil
	}
	name := libc.GoString((*sqlite3.TTrigger)(pointer(trigger)).FzName)
	for id, t := range c.capture.tables {
		if name == triggerName(id, "d") {
			return t
		}
	}
	return nil
}

// forgets reports whether a statement forgets a table instead of deleting its
// rows.
func (s *stmt) forgets() bool {
	v := (*sqlite3.TVdbe)(pointer(s.p))
	for _, o := range operations(v.FaOp, v.FnOp) {
		if o.Fopcode == sqlite3.OP_Clear {
			return true
		}
	}
	return false
}

// clear runs the statement in text, which seems to delete all rows of t. done is
// false if it is to be run like any other.
func (c *conn) clear(g *guard, l Limits, text string, t *captured) (out Outcome, done bool, err error) {
	h := c.handle
	c.guard.Store(nil)
	rows := 0
	count := fmt.Sprintf("SELECT 1 FROM %s LIMIT %d", quoteName(t.Table), c.capture.fewRows)
	if err := h.rows(count, nil, func([]any) error { rows++; return nil }); err != nil || rows < c.capture.fewRows {
		return out, false, err
	}
	if err := h.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, false); err != nil {
		return out, false, err
	}
	defer func() {
		if on := h.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, true); err == nil {
			err = on
		}
	}()
	c.guard.Store(g)
	s, err := c.compile(g, text)
	c.guard.Store(nil)
	if err != nil {
		return out, false, err
	}
	defer s.finish()
	if !s.forgets() {
		return out, false, nil
	}
	c.capture.cleared++
	before := c.capture.mark()
	if err = c.captureAll(t); err == nil {
		out, err = s.collect(l, false)
	}
	if err != nil {
		c.capture.back(before)
	}
	return out, true, err
}

// captureAll captures that every row of t is deleted.
func (c *conn) captureAll(t *captured) error {
	args := []string{fmt.Sprint(t.ID)}
	if t.Rowid {
		rowid, err := c.handle.rowidName(t.Table)
		if err != nil {
			return err
		}
		args = append(args, rowid)
	}
	for _, i := range t.deletes {
		args = append(args, quoteName(t.Columns[i].Name))
	}
	return c.handle.rows(fmt.Sprintf("SELECT count(%sd(%s)) FROM %s", captureFunction, strings.Join(args, ", "), quoteName(t.Table)), nil, nil)
}
