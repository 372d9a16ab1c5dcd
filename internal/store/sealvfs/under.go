package sealvfs

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// under is an open file of the wrapped VFS.
type under struct{ p uintptr }

func (u under) methods() *sqlite3.Tsqlite3_io_methods {
	return (*sqlite3.Tsqlite3_io_methods)(pointer(*(*uintptr)(pointer(u.p))))
}

func (u under) opened() bool { return *(*uintptr)(pointer(u.p)) != 0 }

func (u under) close(tls *libc.TLS) int32 {
	return function[func(*libc.TLS, uintptr) int32](u.methods().FxClose)(tls, u.p)
}

func (u under) read(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](u.methods().FxRead)(tls, u.p, buf, n, off)
}

func (u under) write(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](u.methods().FxWrite)(tls, u.p, buf, n, off)
}

func (u under) truncate(tls *libc.TLS, size int64) int32 {
	return function[func(*libc.TLS, uintptr, int64) int32](u.methods().FxTruncate)(tls, u.p, size)
}

func (u under) sync(tls *libc.TLS, flags int32) int32 {
	return function[func(*libc.TLS, uintptr, int32) int32](u.methods().FxSync)(tls, u.p, flags)
}

func (u under) size(tls *libc.TLS, out uintptr) int32 {
	return function[func(*libc.TLS, uintptr, uintptr) int32](u.methods().FxFileSize)(tls, u.p, out)
}

// length is size as a Go value.
func (u under) length(tls *libc.TLS) (int64, int32) {
	out := tls.Alloc(8)
	defer tls.Free(8)
	rc := u.size(tls, out)
	return *(*int64)(pointer(out)), rc
}

func (u under) lock(tls *libc.TLS, level int32) int32 {
	return function[func(*libc.TLS, uintptr, int32) int32](u.methods().FxLock)(tls, u.p, level)
}

func (u under) unlock(tls *libc.TLS, level int32) int32 {
	return function[func(*libc.TLS, uintptr, int32) int32](u.methods().FxUnlock)(tls, u.p, level)
}

func (u under) checkReservedLock(tls *libc.TLS, out uintptr) int32 {
	return function[func(*libc.TLS, uintptr, uintptr) int32](u.methods().FxCheckReservedLock)(tls, u.p, out)
}

func (u under) fileControl(tls *libc.TLS, op int32, arg uintptr) int32 {
	return function[func(*libc.TLS, uintptr, int32, uintptr) int32](u.methods().FxFileControl)(tls, u.p, op, arg)
}

func (u under) sectorSize(tls *libc.TLS) int32 {
	return function[func(*libc.TLS, uintptr) int32](u.methods().FxSectorSize)(tls, u.p)
}

func (u under) deviceCharacteristics(tls *libc.TLS) int32 {
	return function[func(*libc.TLS, uintptr) int32](u.methods().FxDeviceCharacteristics)(tls, u.p)
}
