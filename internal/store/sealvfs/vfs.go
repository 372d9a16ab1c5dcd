package sealvfs

import (
	"path/filepath"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

func (v *Volume) wrapped() *sqlite3.Tsqlite3_vfs { return (*sqlite3.Tsqlite3_vfs)(pointer(v.base)) }

// vfsOpen opens the database or its log, and nothing else on the disk: a
// rollback journal would hold pages that are bound to no place. Temporary files,
// which have no name, are in memory.
func vfsOpen(tls *libc.TLS, vfs, name, p uintptr, flags int32, outFlags uintptr) int32 {
	v := theVolume(vfs)
	c := (*cFile)(pointer(p))
	*c = cFile{}
	if name == 0 && flags&tempFlags != 0 {
		return v.openTemp(tls, p)
	}
	f := &file{volume: v, under: under{p + underOffset}}
	path := ""
	if name != 0 {
		path = libc.GoString(name)
	}
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0 && path == v.path:
		flags &^= sqlite3.SQLITE_OPEN_CREATE // Create makes it, whole
	case flags&sqlite3.SQLITE_OPEN_WAL != 0 && path == v.path+"-wal":
		f.isLog = true
	default:
		return sqlite3.SQLITE_CANTOPEN
	}
	rc := function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](v.wrapped().FxOpen)(
		tls, v.base, name, f.under.p, flags, outFlags)
	if rc != sqlite3.SQLITE_OK {
		if f.under.opened() {
			f.under.close(tls)
		}
		return rc
	}
	f.base = filepath.Base(path)
	if f.scratch = libc.Xmalloc(tls, types.Size_t(frameSize)); f.scratch == 0 {
		f.under.close(tls)
		return sqlite3.SQLITE_NOMEM
	}
	c.handle = nextHandle()
	files.Store(c.handle, f)
	c.methods = ioMethods(tls)
	v.open.Add(1)
	return sqlite3.SQLITE_OK
}

// vfsDelete deletes the log, which SQLite does when the last connection
// closes. There is no other file to delete.
func vfsDelete(tls *libc.TLS, vfs, name uintptr, syncDir int32) int32 {
	v := theVolume(vfs)
	if path := libc.GoString(name); path != v.path+"-wal" {
		return sqlite3.SQLITE_IOERR_DELETE_NOENT
	}
	v.life.RLock()
	defer v.life.RUnlock()
	if v.dead {
		return sqlite3.SQLITE_IOERR_DELETE // the log may be another's by now
	}
	v.recorded(filepath.Base(v.path)+"-wal", OpDelete, 0, nil)
	return function[func(*libc.TLS, uintptr, uintptr, int32) int32](v.wrapped().FxDelete)(tls, v.base, name, syncDir)
}

// vfsAccess says that any other file does not exist, so that a planted
// journal is not played back.
func vfsAccess(tls *libc.TLS, vfs, name uintptr, flags int32, out uintptr) int32 {
	v := theVolume(vfs)
	if path := libc.GoString(name); path != v.path && path != v.path+"-wal" {
		*(*int32)(pointer(out)) = 0
		return sqlite3.SQLITE_OK
	}
	return function[func(*libc.TLS, uintptr, uintptr, int32, uintptr) int32](v.wrapped().FxAccess)(tls, v.base, name, flags, out)
}

func vfsFullPathname(_ *libc.TLS, vfs, _ uintptr, n int32, out uintptr) int32 {
	path := theVolume(vfs).path
	if int(n) <= len(path) {
		return sqlite3.SQLITE_CANTOPEN
	}
	dst := memory(out, int(n))
	dst[copy(dst, path)] = 0
	return sqlite3.SQLITE_OK
}

func vfsRandomness(tls *libc.TLS, vfs uintptr, n int32, out uintptr) int32 {
	v := theVolume(vfs)
	return function[func(*libc.TLS, uintptr, int32, uintptr) int32](v.wrapped().FxRandomness)(tls, v.base, n, out)
}

func vfsSleep(tls *libc.TLS, vfs uintptr, microseconds int32) int32 {
	v := theVolume(vfs)
	return function[func(*libc.TLS, uintptr, int32) int32](v.wrapped().FxSleep)(tls, v.base, microseconds)
}

func vfsCurrentTime(tls *libc.TLS, vfs, out uintptr) int32 {
	v := theVolume(vfs)
	return function[func(*libc.TLS, uintptr, uintptr) int32](v.wrapped().FxCurrentTime)(tls, v.base, out)
}

func vfsCurrentTimeInt64(tls *libc.TLS, vfs, out uintptr) int32 {
	v := theVolume(vfs)
	return function[func(*libc.TLS, uintptr, uintptr) int32](v.wrapped().FxCurrentTimeInt64)(tls, v.base, out)
}

func vfsGetLastError(tls *libc.TLS, vfs uintptr, n int32, out uintptr) int32 {
	v := theVolume(vfs)
	return function[func(*libc.TLS, uintptr, int32, uintptr) int32](v.wrapped().FxGetLastError)(tls, v.base, n, out)
}

func (v *Volume) recorded(file string, op Op, at int64, data []byte) {
	if v.record != nil {
		v.record(Write{file, op, at, data})
	}
}
