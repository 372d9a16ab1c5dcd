package store

import (
	"sync"
	"sync/atomic"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// compileMemory is how much memory SQLite may take, in bytes, to compile one
// statement of an extension. Where it puts a view into the statement that uses
// it, each mention of a column becomes a copy of the column's expression, so
// views that mention one twice and use each other double the work with each of
// them, and neither the authorizer nor an interrupt is asked meanwhile.
const compileMemory = 64 << 20

// compiler is a connection while SQLite compiles a statement of an extension
// on it. The connection's own goroutine is the only one that uses it.
type compiler struct {
	handle
	left        int64 // bytes
	interrupted bool
}

// compilers finds the compiler for SQLite's allocator, which looks for one only
// while compiling is not 0.
var (
	compilers sync.Map // *libc.TLS of the connection -> *compiler
	compiling atomic.Int32
)

// within runs compile, a call of SQLite, with compileMemory. When that is used
// up, or when the connection is interrupted, SQLite is told that there is no
// memory, at the next piece that it asks for. interrupted says that this was it.
func (h handle) within(compile func() int32) (rc int32, interrupted bool) {
	c := compiler{handle: h, left: compileMemory}
	compilers.Store(h.tls, &c)
	compiling.Add(1)
	rc = compile()
	compiling.Add(-1)
	compilers.Delete(h.tls)
	return rc, c.interrupted && rc&0xff == sqlite3.SQLITE_NOMEM
}

// compilerOn is the compiler of a connection, or nil.
func compilerOn(tls *libc.TLS) *compiler {
	if compiling.Load() == 0 {
		return nil
	}
	if c, ok := compilers.Load(tls); ok {
		return c.(*compiler)
	}
	return nil
}

// refuses reports whether the compiler gets no n bytes more. It may be nil.
func (c *compiler) refuses(n int32) bool {
	if c == nil {
		return false
	}
	c.interrupted = c.interrupted || sqlite3.Xsqlite3_is_interrupted(c.tls, c.db) != 0
	return c.interrupted || int64(n) > c.left
}

// took notes that the compiler has n bytes more, or fewer. It may be nil.
func (c *compiler) took(n int64) {
	if c != nil {
		c.left -= n
	}
}
