package store

import (
	"errors"
	"math"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// Query is a compiled statement of the host. Values are bound, then Step is
// called until it returns false, or Run once; after that Err tells whether it
// went well, and the query may be bound and stepped again. The first error
// stays until then.
type Query struct {
	st      stmt
	slots   []slot
	err     error
	broken  bool // the text does not compile
	running bool
}

// slot is C memory that a bound value of a query keeps for the next one.
type slot struct {
	p    uintptr
	room int
}

func (q *Query) begin() {
	if q.running {
		q.Reset()
	}
	q.err = nil
}

// Int binds parameter i, from 1.
func (q *Query) Int(i int, v int64) {
	if !q.broken {
		q.note(sqlite3.Xsqlite3_bind_int64(q.st.tls, q.st.p, int32(i), v))
	}
}

// Float binds parameter i. NaN becomes NULL.
func (q *Query) Float(i int, v float64) {
	if !q.broken {
		q.note(sqlite3.Xsqlite3_bind_double(q.st.tls, q.st.p, int32(i), v))
	}
}

// Null binds parameter i.
func (q *Query) Null(i int) {
	if !q.broken {
		q.note(sqlite3.Xsqlite3_bind_null(q.st.tls, q.st.p, int32(i)))
	}
}

// Text binds parameter i with a copy of v.
func (q *Query) Text(i int, v []byte) {
	if p := q.copy(i, v); p != 0 {
		q.note(sqlite3.Xsqlite3_bind_text(q.st.tls, q.st.p, int32(i), p, int32(len(v)), 0))
	}
}

// Blob binds parameter i with a copy of v; nil is an empty blob.
func (q *Query) Blob(i int, v []byte) {
	if p := q.copy(i, v); p != 0 {
		q.note(sqlite3.Xsqlite3_bind_blob(q.st.tls, q.st.p, int32(i), p, int32(len(v)), 0))
	}
}

// Bind binds parameter i with nil, int64, float64, string or []byte.
func (q *Query) Bind(i int, v any) {
	switch v := v.(type) {
	case nil:
		q.Null(i)
	case int64:
		q.Int(i, v)
	case float64:
		q.Float(i, v)
	case string:
		q.Text(i, []byte(v))
	case []byte:
		q.Blob(i, v)
	default:
		q.fail(errors.New("a value of a type that SQL does not know"))
	}
}

// Copy binds parameter i with column column of the row that from is at.
func (q *Query) Copy(i int, from *Query, column int) {
	if !q.broken {
		v := sqlite3.Xsqlite3_column_value(from.st.tls, from.st.p, int32(column))
		q.note(sqlite3.Xsqlite3_bind_value(q.st.tls, q.st.p, int32(i), v))
	}
}

// copy puts v into the memory of parameter i, which grows as needed.
func (q *Query) copy(i int, v []byte) uintptr {
	if q.broken {
		return 0
	}
	if len(v) > math.MaxInt32-1 {
		q.fail(errors.New("a value is too large"))
		return 0
	}
	for len(q.slots) <= i {
		q.slots = append(q.slots, slot{})
	}
	s := &q.slots[i]
	if s.room < len(v)+1 {
		q.free(s)
		room := max(64, 2*len(v))
		if s.p = libc.Xmalloc(q.st.tls, types.Size_t(room)); s.p == 0 {
			q.fail(&sqliteError{code: sqlite3.SQLITE_NOMEM, message: "out of memory"})
			return 0
		}
		s.room = room
	}
	copy(memory(s.p, len(v)), v)
	return s.p
}

func (q *Query) free(s *slot) {
	if s.p != 0 {
		clear(memory(s.p, s.room))
		libc.Xfree(q.st.tls, s.p)
		*s = slot{}
	}
}

func (q *Query) finish() {
	q.st.finish()
	for i := range q.slots {
		q.free(&q.slots[i])
	}
}

// Step goes to the next row and reports whether there is one. After the last
// row, and after an error, the query is reset.
func (q *Query) Step() bool {
	if q.err != nil || q.broken {
		q.Reset()
		return false
	}
	switch rc := sqlite3.Xsqlite3_step(q.st.tls, q.st.p); rc {
	case sqlite3.SQLITE_ROW:
		q.running = true
		return true
	case sqlite3.SQLITE_DONE:
		q.Reset()
		return false
	default:
		q.fail(q.st.failure(rc))
		q.Reset()
		return false
	}
}

// Run steps to the end and returns the error.
func (q *Query) Run() error {
	for q.Step() {
	}
	err := q.err
	if !q.broken {
		q.err = nil
	}
	return err
}

// Reset ends the query before its last row. The bound values stay.
func (q *Query) Reset() {
	q.running = false
	if !q.broken {
		sqlite3.Xsqlite3_reset(q.st.tls, q.st.p)
	}
}

// Err is the first error since the query was bound.
func (q *Query) Err() error { return q.err }

func (q *Query) note(rc int32) {
	if rc != sqlite3.SQLITE_OK {
		q.fail(q.st.failure(rc))
	}
}

func (q *Query) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

// ColumnInt is column i, from 0, of the row.
func (q *Query) ColumnInt(i int) int64 {
	return sqlite3.Xsqlite3_column_int64(q.st.tls, q.st.p, int32(i))
}

// ColumnBytes is a text or blob; the bytes are valid until the next Step.
func (q *Query) ColumnBytes(i int) []byte {
	return q.st.bytes(sqlite3.Xsqlite3_column_blob(q.st.tls, q.st.p, int32(i)), int32(i))
}

// ColumnType is the type of the value.
func (q *Query) ColumnType(i int) Type {
	return Type(sqlite3.Xsqlite3_column_type(q.st.tls, q.st.p, int32(i)))
}

// ColumnFloat is a REAL.
func (q *Query) ColumnFloat(i int) float64 {
	return sqlite3.Xsqlite3_column_double(q.st.tls, q.st.p, int32(i))
}

// ColumnValue is the value as nil, int64, float64, string or []byte.
func (q *Query) ColumnValue(i int) any { return q.st.value(int32(i)) }

// Type is the storage class of a value.
type Type int32

// The storage classes of SQLite.
const (
	Integer Type = sqlite3.SQLITE_INTEGER
	Float   Type = sqlite3.SQLITE_FLOAT
	Text    Type = sqlite3.SQLITE_TEXT
	Blob    Type = sqlite3.SQLITE_BLOB
	Null    Type = sqlite3.SQLITE_NULL
)

// IsUniqueViolation reports whether err is SQLite's refusal of a row for a UNIQUE or PRIMARY
// KEY constraint.
func IsUniqueViolation(err error) bool {
	switch codeOf(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

// IsRefused reports whether err is SQLite's refusal of what a statement was to write, other
// than for a UNIQUE or PRIMARY KEY constraint: a value that its column does not take, that is too
// large, or that an expression of an index or a generated column fails on.
func IsRefused(err error) bool {
	switch code := codeOf(err); code {
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE:
		return true
	default:
		return code&0xff == sqlite3.SQLITE_CONSTRAINT && !IsUniqueViolation(err)
	}
}

// IsConstraint reports whether err is SQLite's refusal of a row for any
// constraint.
func IsConstraint(err error) bool { return codeOf(err)&0xff == sqlite3.SQLITE_CONSTRAINT }
