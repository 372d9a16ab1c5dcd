package store

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// memoryCeiling is how much memory SQLite may hold, in bytes, over all stores of
// the process. Temporary tables and sorters are in memory, so without a ceiling
// one statement of an extension could take all there is.
const memoryCeiling = 1 << 30

// setAllocator makes SQLite overwrite whatever it frees, and keeps it below a
// ceiling. SQLite's memory holds plaintext: cached pages, statements, bound
// values, sorters; so a closed store leaves none of it behind. It also sets the
// page cache. Both are settings of the process and must come before the first
// connection.
var setAllocator = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	own := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_mem_methods{})))
	args := libc.Xcalloc(tls, 1, 8)
	if own == 0 || args == 0 {
		return fmt.Errorf("no memory for SQLite's allocator")
	}
	defer libc.Xfree(tls, args)
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_GETMALLOC, libc.VaList(args, own)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("ask for SQLite's allocator: code %d", rc)
	}
	m := (*sqlite3.Tsqlite3_mem_methods)(pointer(own))
	system.malloc = function[func(*libc.TLS, int32) uintptr](m.FxMalloc)
	system.free = function[func(*libc.TLS, uintptr)](m.FxFree)
	system.size = function[func(*libc.TLS, uintptr) int32](m.FxSize)
	system.ceiling.Store(memoryCeiling)
	slots.make(tls)
	m.FxSize = address(sizeOfMemory)
	m.FxMalloc = address(mallocBounded)
	m.FxFree = address(freeOverwritten)
	m.FxRealloc = address(reallocOverwritten)
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, libc.VaList(args, own)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("set SQLite's allocator: code %d", rc)
	}
	cache := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_pcache_methods2{})))
	if cache == 0 {
		return fmt.Errorf("no memory for SQLite's page cache")
	}
	defer libc.Xfree(tls, cache) // SQLite copies it
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_GETPCACHE2, libc.VaList(args, cache)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("ask for SQLite's page cache: code %d", rc)
	}
	// What undoes a statement stays in one piece of memory, whatever temp_store says.
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_STMTJRNL_SPILL, libc.VaList(args, int32(-1))); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("keep statement journals in memory: code %d", rc)
	}
	setPageCache((*sqlite3.Tsqlite3_pcache_methods2)(pointer(cache)))
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PCACHE2, libc.VaList(args, cache)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("set SQLite's page cache: code %d", rc)
	}
	return nil
})

// system is SQLite's own allocator. The functions are set once, before SQLite
// starts, and only read afterwards.
var system struct {
	malloc func(*libc.TLS, int32) uintptr
	free   func(*libc.TLS, uintptr)
	size   func(*libc.TLS, uintptr) int32

	held, ceiling atomic.Int64 // bytes
}

// mallocBounded returns 0 when the ceiling is reached, or what a compiler may
// take; SQLite then ends the statement with SQLITE_NOMEM and stays in order.
func mallocBounded(tls *libc.TLS, n int32) uintptr {
	c := compilerOn(tls)
	if c.refuses(n) || system.held.Load()+int64(n) > system.ceiling.Load() {
		return 0
	}
	if slots.fits(n) {
		if p := slots.take(); p != 0 {
			system.held.Add(slotSize)
			c.took(slotSize)
			return p
		}
	}
	p := system.malloc(tls, n)
	if p != 0 {
		have := int64(system.size(tls, p))
		system.held.Add(have)
		c.took(have)
	}
	return p
}

func freeOverwritten(tls *libc.TLS, p uintptr) {
	c := compilerOn(tls)
	if slots.has(p) {
		system.held.Add(-slotSize)
		c.took(-slotSize)
		slots.give(p)
		return
	}
	n := system.size(tls, p)
	clear(memory(p, int(n)))
	system.held.Add(-int64(n))
	c.took(-int64(n))
	system.free(tls, p)
}

func reallocOverwritten(tls *libc.TLS, p uintptr, n int32) uintptr {
	have := sizeOfMemory(tls, p)
	if n <= have && n >= have/2 {
		return p
	}
	q := mallocBounded(tls, grown(n, have))
	if q == 0 {
		q = mallocBounded(tls, n)
	}
	if q == 0 {
		return 0
	}
	copy(memory(q, int(n)), memory(p, int(have)))
	freeOverwritten(tls, p)
	return q
}

// growFrom is the size, in bytes, from which memory that grows gets more than
// was asked for. SQLite asks for what a text needs and no more once the text has
// half the length that is allowed, piece by piece: copied each time, megabytes
// of it would take hours, and nothing ends the function that makes them.
const growFrom = 64 << 10

// grown is how much is made of have bytes that have to be at least n.
func grown(n, have int32) int32 {
	if n <= have || have < growFrom {
		return n
	}
	return int32(min(int64(n)+int64(have/4), math.MaxInt32))
}

func sizeOfMemory(tls *libc.TLS, p uintptr) int32 {
	if slots.has(p) {
		return slotSize
	}
	return system.size(tls, p)
}

// pointer turns an address of C memory into a Go pointer. It is not inlined:
// the compiler's optimiser of copies trips over addresses that are no pointers.
//
//go:noinline
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// memory is n bytes of C memory at p.
func memory(p uintptr, n int) []byte { return unsafe.Slice((*byte)(pointer(p)), n) }

// address is the C function pointer of a top-level Go function.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// function is the reverse of address.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ p uintptr }{p})) }
