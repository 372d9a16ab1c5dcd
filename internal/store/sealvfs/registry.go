package sealvfs

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite calls back with C pointers, so the way to Go values is through tables
// of the process. Nothing else in this package is global.
var (
	volumes sync.Map // C sqlite3_vfs pointer -> *Volume
	files   sync.Map // handle in a cFile -> *file

	handleMu   sync.Mutex
	lastHandle uintptr

	methodsOnce sync.Once
	methods     uintptr // C sqlite3_io_methods, allocated once, never freed
)

// cFile is our part of a C sqlite3_file; the wrapped VFS's part follows it.
type cFile struct {
	methods uintptr
	handle  uintptr
}

var underOffset = (unsafe.Sizeof(cFile{}) + 15) &^ 15

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

func theVolume(vfs uintptr) *Volume {
	v, _ := volumes.Load(vfs)
	return v.(*Volume)
}

func theFile(p uintptr) *file {
	f, _ := files.Load((*cFile)(pointer(p)).handle)
	return f.(*file)
}

func nextHandle() uintptr {
	handleMu.Lock()
	defer handleMu.Unlock()
	lastHandle++
	return lastHandle
}

func ioMethods(tls *libc.TLS) uintptr {
	methodsOnce.Do(func() {
		p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		m := (*sqlite3.Tsqlite3_io_methods)(pointer(p))
		m.FiVersion = 2 // no xFetch: mapped memory would bypass decryption
		m.FxClose = address(xClose)
		m.FxRead = address(xRead)
		m.FxWrite = address(xWrite)
		m.FxTruncate = address(xTruncate)
		m.FxSync = address(xSync)
		m.FxFileSize = address(xFileSize)
		m.FxLock = address(xLock)
		m.FxUnlock = address(xUnlock)
		m.FxCheckReservedLock = address(xCheckReservedLock)
		m.FxFileControl = address(xFileControl)
		m.FxSectorSize = address(xSectorSize)
		m.FxDeviceCharacteristics = address(xDeviceCharacteristics)
		m.FxShmMap = address(xShmMap)
		m.FxShmLock = address(xShmLock)
		m.FxShmBarrier = address(xShmBarrier)
		m.FxShmUnmap = address(xShmUnmap)
		methods = p
	})
	return methods
}
