package store

import (
	"bytes"
	"fmt"
	"math"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// captureFunctions are what the triggers on tracked tables call: with the
// table's ID, the rowids, and the columns that matter. They return nothing.
// Reading connections have functions of the same names that refuse, so that a
// statement is judged there as if the table had no triggers.
var captureFunctions = []struct {
	kind string // of the trigger
	fn   func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr)
}{
	{"i", sqlCaptureInsert},
	{"u", sqlCaptureUpdate},
	{"d", sqlCaptureDelete},
}

const captureFunction = "alcove_crdt_" // and the kind

// Result codes of the functions' own errors. SQLite passes them on; the second
// is a kind of SQLITE_CONSTRAINT that SQLite itself does not have.
const (
	codeKeyIsNull       = sqlite3.SQLITE_CONSTRAINT_NOTNULL
	codeTooMuchCaptured = sqlite3.SQLITE_CONSTRAINT | 200<<8
)

// installCapture registers the functions: c is nil on a connection that reads.
func (h handle) installCapture(c *capture) error {
	for _, f := range captureFunctions {
		name, err := libc.CString(captureFunction + f.kind)
		if err != nil {
			return err
		}
		fn, slot := sqlCaptureRefuse, uintptr(0)
		if c != nil {
			fn, slot = f.fn, c.slot
		}
		rc := sqlite3.Xsqlite3_create_function_v2(h.tls, h.db, name, -1, sqlite3.SQLITE_UTF8|sqlite3.SQLITE_INNOCUOUS, slot, address(fn), 0, 0, 0)
		libc.Xfree(h.tls, name)
		if rc != sqlite3.SQLITE_OK {
			return fmt.Errorf("function %s: %w", f.kind, h.failure(rc))
		}
	}
	return nil
}

func sqlCaptureRefuse(tls *libc.TLS, ctx uintptr, _ int32, _ uintptr) {
	sqlCall{tls: tls, ctx: ctx}.refuse(sqlite3.SQLITE_READONLY, "this connection only reads")
}

// refuse makes the statement fail.
func (c sqlCall) refuse(code int32, message string) {
	if z, err := libc.CString(message); err == nil {
		sqlite3.Xsqlite3_result_error(c.tls, c.ctx, z, -1)
		libc.Xfree(c.tls, z)
	}
	sqlite3.Xsqlite3_result_error_code(c.tls, c.ctx, code)
}

// value is argument i. Its data is SQLite's memory.
func (c sqlCall) value(i int) sqlvalue.Value {
	switch c.kind(i) {
	case sqlite3.SQLITE_INTEGER:
		return sqlvalue.Value{Tag: sqlvalue.Integer, Int: c.integer(i)}
	case sqlite3.SQLITE_FLOAT:
		return sqlvalue.Value{Tag: sqlvalue.Float, Float: sqlite3.Xsqlite3_value_double(c.tls, c.arg(i))}
	case sqlite3.SQLITE_TEXT:
		return sqlvalue.Value{Tag: sqlvalue.Text, Data: c.blob(i)} // without a NUL behind it, which would need a copy
	case sqlite3.SQLITE_BLOB:
		return sqlvalue.Value{Tag: sqlvalue.Blob, Data: c.blob(i)}
	}
	return sqlvalue.Value{}
}

func (c sqlCall) integer(i int) int64 { return sqlite3.Xsqlite3_value_int64(c.tls, c.arg(i)) }

// same reports whether two arguments are of one type and of the same bytes.
func (c sqlCall) same(i, j int) bool {
	kind := c.kind(i)
	if kind != c.kind(j) {
		return false
	}
	switch kind {
	case sqlite3.SQLITE_INTEGER:
		return c.integer(i) == c.integer(j)
	case sqlite3.SQLITE_FLOAT:
		return math.Float64bits(sqlite3.Xsqlite3_value_double(c.tls, c.arg(i))) ==
			math.Float64bits(sqlite3.Xsqlite3_value_double(c.tls, c.arg(j)))
	case sqlite3.SQLITE_TEXT, sqlite3.SQLITE_BLOB:
		return bytes.Equal(c.blob(i), c.blob(j))
	}
	return true
}

// change is one call of one of the functions.
type change struct {
	sqlCall
	*capture
	t    *captured
	vdbe uintptr // the statement
}

// refuse makes the statement fail, and the transaction if it cannot be undone.
func (c *change) refuse(code int32, message string) {
	c.doomed = c.doomed || !undoable(c.vdbe)
	c.sqlCall.refuse(code, message)
}

// begin finds the table that the first argument names. It returns false if
// there is nothing to do, or an error was set.
func (c *change) begin(tls *libc.TLS, ctx uintptr, argv uintptr) bool {
	c.sqlCall = sqlCall{tls, ctx, argv}
	c.capture = captures.at(sqlite3.Xsqlite3_user_data(tls, ctx))
	if c.paused {
		return false
	}
	c.vdbe = (*sqlite3.Tsqlite3_context)(pointer(ctx)).FpVdbe
	if c.vdbe != c.judged {
		c.judged = c.vdbe
		spareJournal(c.vdbe)
	}
	id := c.integer(0)
	if c.t = c.last; c.t == nil || c.t.ID != id {
		if c.t = c.tables[id]; c.t == nil {
			c.refuse(sqlite3.SQLITE_INTERNAL, "a tracked table is written before tracking has begun")
			return false
		}
		c.last = c.t
	}
	if !c.joined {
		c.refuse(sqlite3.SQLITE_INTERNAL, "a tracked table is written in a transaction that is not tracked")
		return false
	}
	return true
}

// sqlCaptureInsert has the rowid, and of the columns the key where it matters.
func sqlCaptureInsert(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	var c change
	if !c.begin(tls, ctx, argv) || !c.expects(argc, len(c.t.inserts)) {
		return
	}
	first := c.first()
	for i := range c.t.inserts {
		if c.kind(first+i) == sqlite3.SQLITE_NULL {
			c.keyIsNull(c.t.Key[i])
			return
		}
	}
	c.inserted(func(i int) int { return first + i })
}

// first is where the arguments begin that are columns.
func (c *change) first() int {
	if c.t.Rowid {
		return 2
	}
	return 1
}

// inserted logs a new row; at is the argument of a column of the key.
func (c *change) inserted(at func(int) int) {
	if c.t.Rowid {
		c.full(c.insert(c.t, c.integer(1)))
		return
	}
	c.key(at)
	c.full(c.add(c.t, op{kind: opInsert, data: c.data.put(c.scratch, nil)}))
}

// full sets the error if there was no room.
func (c *change) full(ok bool) {
	if !ok {
		c.refuse(codeTooMuchCaptured, "the transaction changes too many rows")
	}
}

// expects reports whether the trigger passed what this version of it passes.
func (c *change) expects(argc int32, columns int) bool {
	if int(argc) == c.first()+columns {
		return true
	}
	c.refuse(sqlite3.SQLITE_INTERNAL, "a trigger of tracking is not what it should be")
	return false
}

// key puts the key form into scratch.
func (c *change) key(at func(int) int) {
	b := c.scratch[:0]
	for i, column := range c.t.Key {
		b = sqlvalue.AppendKey(b, c.value(at(i)), c.t.Columns[column].Collation)
	}
	c.scratch = b
}

func (c *change) keyIsNull(column int) {
	c.refuse(codeKeyIsNull, fmt.Sprintf("%s.%s is NULL, but a row needs a value in every column of its primary key, by which other devices know it",
		c.t.Table, c.t.Columns[column].Name))
}

// sqlCaptureDelete has the old rowid and the key, or with history all columns.
func sqlCaptureDelete(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	var c change
	if !c.begin(tls, ctx, argv) || !c.expects(argc, len(c.t.deletes)) {
		return
	}
	first := c.first()
	if c.t.History {
		c.deleted(func(i int) int { return first + c.t.Key[i] }, func(i int) int { return first + i })
	} else {
		c.deleted(func(i int) int { return first + i }, nil)
	}
}

// deleted logs that a row is gone; key and column are the arguments of columns.
func (c *change) deleted(key, column func(int) int) {
	c.key(key)
	keyed := len(c.scratch)
	var old []byte
	if c.t.History && !c.oldDropped {
		for i := range c.t.Columns {
			c.scratch = sqlvalue.Append(c.scratch, c.value(column(i)))
		}
		old = c.keepOld(c.scratch[keyed:])
	}
	o := op{kind: opDelete, data: c.data.put(c.scratch[:keyed], old)}
	if c.t.Rowid {
		o.rowid = c.integer(1)
	}
	c.t.extent = -1
	c.full(c.add(c.t, o))
}

// keepOld counts old values, and returns nil when there are too many.
func (c *change) keepOld(old []byte) []byte {
	if c.oldBytes+len(old) > c.maxOldBytes {
		c.oldDropped = true
		return nil
	}
	c.oldBytes += len(old)
	return old
}
