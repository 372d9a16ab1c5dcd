package sealvfs

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// file is one open handle of the database or the log. SQLite uses a handle
// from one goroutine at a time.
type file struct {
	volume  *Volume
	under   under
	base    string // name without folder
	isLog   bool
	scratch uintptr // C memory of one frame
	plain   [PageSize]byte

	usesIndex bool
	shared    [sqlite3.SQLITE_SHM_NLOCK]bool
	taken     [sqlite3.SQLITE_SHM_NLOCK]bool
}

// write passes n bytes at buf on to the wrapped file.
func (f *file) write(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	f.volume.recorded(f.base, OpWrite, off, memory(buf, int(n)))
	rc := f.under.write(tls, buf, n, off)
	if rc&0xff == sqlite3.SQLITE_FULL {
		f.volume.full.Add(1)
	}
	return rc
}

func (f *file) truncate(tls *libc.TLS, size int64) int32 {
	f.volume.recorded(f.base, OpTruncate, size, nil)
	return f.under.truncate(tls, size)
}

func xClose(tls *libc.TLS, p uintptr) int32 {
	f := theFile(p)
	f.leaveIndex(tls)
	rc := f.under.close(tls)
	clear(f.plain[:])
	libc.Xfree(tls, f.scratch)
	files.Delete((*cFile)(pointer(p)).handle)
	f.volume.open.Add(-1)
	return rc
}

func xRead(tls *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := theFile(p)
	f.volume.life.RLock()
	defer f.volume.life.RUnlock()
	switch {
	case f.volume.dead:
		clear(memory(buf, int(n)))
		return sqlite3.SQLITE_IOERR_READ
	case f.isLog:
		return f.readLog(tls, buf, n, off)
	}
	return f.readDatabase(tls, buf, n, off)
}

func xWrite(tls *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := theFile(p)
	f.volume.life.RLock()
	defer f.volume.life.RUnlock()
	switch {
	case f.volume.dead:
		return sqlite3.SQLITE_IOERR_WRITE
	case f.isLog:
		return f.writeLog(tls, buf, n, off)
	}
	return f.writeDatabase(tls, buf, n, off)
}

func xTruncate(tls *libc.TLS, p uintptr, size int64) int32 {
	f := theFile(p)
	f.volume.life.RLock()
	defer f.volume.life.RUnlock()
	if f.volume.dead {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	if f.isLog {
		return f.truncateLog(tls, size)
	}
	return f.truncate(tls, size)
}

func xSync(tls *libc.TLS, p uintptr, flags int32) int32 {
	f := theFile(p)
	f.volume.life.RLock()
	defer f.volume.life.RUnlock()
	if f.volume.dead {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	if f.isLog {
		return f.syncLog(tls, flags)
	}
	f.volume.recorded(f.base, OpSync, 0, nil)
	return f.under.sync(tls, flags)
}

func xFileSize(tls *libc.TLS, p, out uintptr) int32 { return theFile(p).under.size(tls, out) }

func xLock(tls *libc.TLS, p uintptr, level int32) int32 { return theFile(p).under.lock(tls, level) }

func xUnlock(tls *libc.TLS, p uintptr, level int32) int32 { return theFile(p).under.unlock(tls, level) }

func xCheckReservedLock(tls *libc.TLS, p, out uintptr) int32 {
	return theFile(p).under.checkReservedLock(tls, out)
}

// xFileControl passes on, but never a request to map the file or to keep the
// log after the last connection has closed.
func xFileControl(tls *libc.TLS, p uintptr, op int32, arg uintptr) int32 {
	switch op {
	case sqlite3.SQLITE_FCNTL_MMAP_SIZE, sqlite3.SQLITE_FCNTL_PERSIST_WAL:
		return sqlite3.SQLITE_NOTFOUND
	}
	return theFile(p).under.fileControl(tls, op, arg)
}

func xSectorSize(tls *libc.TLS, p uintptr) int32 { return theFile(p).under.sectorSize(tls) }

// xDeviceCharacteristics leaves out what encryption makes untrue: a part of a
// page cannot be read or written alone.
func xDeviceCharacteristics(tls *libc.TLS, p uintptr) int32 {
	const untrue = sqlite3.SQLITE_IOCAP_SUBPAGE_READ | sqlite3.SQLITE_IOCAP_BATCH_ATOMIC
	return theFile(p).under.deviceCharacteristics(tls) &^ untrue
}
