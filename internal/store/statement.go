package store

import (
	"math"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// stmt is a prepared statement of a connection's handle.
type stmt struct {
	handle
	p      uintptr
	spare  uintptr // freed after it; may be 0
	memory []kept  // of bound values
}

// kept is C memory of a bound value.
type kept struct {
	p uintptr
	n int
}

// prepare compiles the first statement of text. rest is what follows it; the
// statement is nil if text holds only blanks and comments.
func (h handle) prepare(text string, flags uint32) (st *stmt, rest string, err error) {
	return h.prepareWith(text, flags, func(compile func() int32) (rc int32, interrupted bool) { return compile(), false })
}

// prepareWithin is prepare for a statement of an extension, whose compilation is
// bounded.
func (h handle) prepareWithin(text string) (st *stmt, rest string, err error) {
	return h.prepareWith(text, 0, h.within)
}

func (h handle) prepareWith(text string, flags uint32, run func(func() int32) (int32, bool)) (st *stmt, rest string, err error) {
	z := libc.Xmalloc(h.tls, types.Size_t(len(text)+1))
	if z == 0 {
		return nil, "", noMemory()
	}
	buf := memory(z, len(text)+1)
	copy(buf, text)
	buf[len(text)] = 0
	defer func() {
		clear(buf)
		libc.Xfree(h.tls, z)
	}()
	out := h.tls.Alloc(16)
	defer h.tls.Free(16)
	rc, interrupted := run(func() int32 {
		return sqlite3.Xsqlite3_prepare_v3(h.tls, h.db, z, int32(len(text)+1), flags, out, out+8)
	})
	if interrupted {
		return nil, "", interruptedError()
	}
	if rc != sqlite3.SQLITE_OK {
		return nil, "", h.failure(rc)
	}
	if tail := *(*uintptr)(pointer(out + 8)); tail >= z && tail <= z+uintptr(len(text)) {
		rest = text[tail-z:]
	}
	if p := *(*uintptr)(pointer(out)); p != 0 {
		st = &stmt{handle: h, p: p}
		if err := st.arrange(); err != nil {
			st.finish()
			return nil, "", err
		}
	}
	return st, rest, nil
}

// arrange changes the program that SQLite has compiled.
func (s *stmt) arrange() (err error) {
	spareJournal(s.p)
	if s.explains() == 0 {
		s.spare, err = s.breakable(s.p)
	}
	return err
}

func noMemory() error { return &sqliteError{code: sqlite3.SQLITE_NOMEM, message: "out of memory"} }

// expired reports whether SQLite will compile the statement anew when it runs.
func (s *stmt) expired() bool { return *journalFlags(s.p)&isExpired != 0 }

// compileAnew does that at once. To change what a statement explains is the one
// way to ask for it.
func (s *stmt) compileAnew() error {
	for _, mode := range []int32{explainsPlan, explainsNothing} {
		rc, interrupted := s.within(func() int32 { return sqlite3.Xsqlite3_stmt_explain(s.tls, s.p, mode) })
		if interrupted {
			return interruptedError()
		}
		if rc != sqlite3.SQLITE_OK {
			return s.failure(rc)
		}
	}
	sqlite3.Xsqlite3_free(s.tls, s.spare) // what was compiled before is gone
	s.spare = 0
	return s.arrange()
}

// What a statement explains, as SQLite counts it.
const (
	explainsNothing = 0
	explainsPlan    = 2
)

// finish frees the statement.
func (s *stmt) finish() {
	sqlite3.Xsqlite3_finalize(s.tls, s.p)
	sqlite3.Xsqlite3_free(s.tls, s.spare)
	s.free()
}

func (s *stmt) free() {
	for _, k := range s.memory {
		clear(memory(k.p, k.n))
		libc.Xfree(s.tls, k.p)
	}
	s.memory = nil
}

func (s *stmt) readOnly() bool { return sqlite3.Xsqlite3_stmt_readonly(s.tls, s.p) != 0 }

// explains is 1 if the statement is EXPLAIN, 2 for EXPLAIN QUERY PLAN, and else
// 0.
func (s *stmt) explains() int32 { return sqlite3.Xsqlite3_stmt_isexplain(s.tls, s.p) }

func (s *stmt) parameters() int { return int(sqlite3.Xsqlite3_bind_parameter_count(s.tls, s.p)) }

// bind gives the statement its values, which are of the types that Statement
// names.
func (s *stmt) bind(params []any) error {
	if want := s.parameters(); want != len(params) {
		return fault.New("db.parameter", plural(want, "The statement has %d parameter", "The statement has %d parameters")+
			plural(len(params), ", but %d value was given.", ", but %d values were given."))
	}
	for i, v := range params {
		if err := s.bindOne(int32(i+1), v); err != nil {
			return err
		}
	}
	return nil
}

func (s *stmt) bindOne(i int32, v any) error {
	var rc int32
	switch v := v.(type) {
	case nil:
		rc = sqlite3.Xsqlite3_bind_null(s.tls, s.p, i)
	case int64:
		rc = sqlite3.Xsqlite3_bind_int64(s.tls, s.p, i, v)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		rc = sqlite3.Xsqlite3_bind_int64(s.tls, s.p, i, n)
	case float64:
		if math.IsNaN(v) {
			return badParameter(i, "is not a number. SQLite would store it as NULL.")
		}
		rc = sqlite3.Xsqlite3_bind_double(s.tls, s.p, i, v)
	case string:
		p := s.keep(v)
		if rc = sqlite3.SQLITE_NOMEM; p != 0 {
			rc = sqlite3.Xsqlite3_bind_text(s.tls, s.p, i, p, int32(len(v)), 0)
		}
	case []byte:
		if v == nil {
			rc = sqlite3.Xsqlite3_bind_null(s.tls, s.p, i)
			break
		}
		p := s.keep(string(v))
		if rc = sqlite3.SQLITE_NOMEM; p != 0 {
			rc = sqlite3.Xsqlite3_bind_blob(s.tls, s.p, i, p, int32(len(v)), 0)
		}
	default:
		return badParameter(i, "is of a type that SQL does not know. Use null, a number, a string or bytes.")
	}
	if rc != sqlite3.SQLITE_OK {
		return s.failure(rc)
	}
	return nil
}

func badParameter(i int32, what string) error {
	return fault.New("db.parameter", plural(int(i), "Value %d ", "Value %d ")+what).With("index", int(i))
}

// keep copies v to C memory that lives until the statement is reset.
func (s *stmt) keep(v string) uintptr {
	p := libc.Xmalloc(s.tls, types.Size_t(len(v)+1))
	if p == 0 {
		return 0
	}
	copy(memory(p, len(v)+1), v)
	s.memory = append(s.memory, kept{p, len(v) + 1})
	return p
}

// step reports whether a row is there.
func (s *stmt) step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.failure(rc)
	}
}

func (s *stmt) columns() []string {
	n := sqlite3.Xsqlite3_column_count(s.tls, s.p)
	names := make([]string, n)
	for i := range n {
		names[i] = libc.GoString(sqlite3.Xsqlite3_column_name(s.tls, s.p, i))
	}
	return names
}

// value returns column i of the row as nil, int64, float64, string or []byte:
// what SQLite holds, whatever type the column was declared with.
func (s *stmt) value(i int32) any {
	switch sqlite3.Xsqlite3_column_type(s.tls, s.p, i) {
	case sqlite3.SQLITE_INTEGER:
		return sqlite3.Xsqlite3_column_int64(s.tls, s.p, i)
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(s.tls, s.p, i)
	case sqlite3.SQLITE_TEXT:
		return string(s.bytes(sqlite3.Xsqlite3_column_text(s.tls, s.p, i), i))
	case sqlite3.SQLITE_BLOB:
		b := s.bytes(sqlite3.Xsqlite3_column_blob(s.tls, s.p, i), i)
		return append(make([]byte, 0, len(b)), b...)
	}
	return nil
}

// cell is what any value of a result takes in memory, in bytes, besides its
// content: without it, half a gigabyte of NULLs would count as little.
const cell = 16

// sizeOf is about how many bytes a value of a result takes.
func sizeOf(v any) int64 {
	switch v := v.(type) {
	case string:
		return cell + int64(len(v))
	case []byte:
		return cell + int64(len(v))
	}
	return cell
}

// bytes is the memory of column i at p, valid until the next step.
func (s *stmt) bytes(p uintptr, i int32) []byte {
	n := int(sqlite3.Xsqlite3_column_bytes(s.tls, s.p, i))
	if p == 0 || n == 0 {
		return nil
	}
	return memory(p, n)
}
