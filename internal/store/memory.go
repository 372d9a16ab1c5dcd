package store

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite's memory holds plaintext: cached pages, statements, bound values,
// sorters. overwriteFreedMemory makes SQLite overwrite whatever it frees, so
// that a closed store leaves none of it behind. It is a setting of the process
// and must come before the first connection.
var overwriteFreedMemory = sync.OnceValue(func() error {
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
	a := allocator{
		malloc: function[func(*libc.TLS, int32) uintptr](m.FxMalloc),
		free:   function[func(*libc.TLS, uintptr)](m.FxFree),
		size:   function[func(*libc.TLS, uintptr) int32](m.FxSize),
	}
	systemAllocator = a
	m.FxFree = address(freeOverwritten)
	m.FxRealloc = address(reallocOverwritten)
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, libc.VaList(args, own)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("set SQLite's allocator: code %d", rc)
	}
	return nil
})

// systemAllocator is set once, before SQLite starts, and only read afterwards.
var systemAllocator allocator

type allocator struct {
	malloc func(*libc.TLS, int32) uintptr
	free   func(*libc.TLS, uintptr)
	size   func(*libc.TLS, uintptr) int32
}

func freeOverwritten(tls *libc.TLS, p uintptr) {
	clear(memory(p, int(systemAllocator.size(tls, p))))
	systemAllocator.free(tls, p)
}

func reallocOverwritten(tls *libc.TLS, p uintptr, n int32) uintptr {
	have := systemAllocator.size(tls, p)
	if n <= have && n >= have/2 {
		return p
	}
	q := systemAllocator.malloc(tls, n)
	if q == 0 {
		return 0
	}
	copy(memory(q, int(n)), memory(p, int(have)))
	freeOverwritten(tls, p)
	return q
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
