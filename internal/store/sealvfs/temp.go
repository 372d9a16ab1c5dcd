package sealvfs

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// tempFile is a temporary file of SQLite: what a sort, a materialised view or
// an index of one statement cannot keep in its small buffers. It lies in
// SQLite's memory, so it counts toward the ceiling, is overwritten when it is
// freed, and never reaches the disk. What it has over temp_store=MEMORY is that
// a sort works in small pieces, and asks between them whether it is to end.
type tempFile struct {
	volume *Volume
	chunks []uintptr // tempChunk bytes each; 0 where nothing was written
	size   int64     // bytes
}

// TempLimit is how many bytes the temporary files of a volume may have together:
// half of what SQLite may hold, so that a large sort of one app leaves the
// others room for what they do.
const TempLimit = 512 << 20

const (
	tempChunk = 64 << 10

	// tempFlags are those of the files that SQLite makes without a name.
	tempFlags = sqlite3.SQLITE_OPEN_TEMP_JOURNAL | sqlite3.SQLITE_OPEN_TEMP_DB | sqlite3.SQLITE_OPEN_TRANSIENT_DB
)

var (
	tempFiles sync.Map // handle in a cFile -> *tempFile

	tempMethodsOnce sync.Once
	tempMethodsAt   uintptr // C sqlite3_io_methods, allocated once, never freed
)

func theTempFile(p uintptr) *tempFile {
	f, _ := tempFiles.Load((*cFile)(pointer(p)).handle)
	return f.(*tempFile)
}

func (v *Volume) openTemp(tls *libc.TLS, p uintptr) int32 {
	c := (*cFile)(pointer(p))
	c.handle = nextHandle()
	tempFiles.Store(c.handle, &tempFile{volume: v})
	c.methods = tempMethods(tls)
	v.open.Add(1)
	return sqlite3.SQLITE_OK
}

func tempMethods(tls *libc.TLS) uintptr {
	tempMethodsOnce.Do(func() {
		p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		m := (*sqlite3.Tsqlite3_io_methods)(pointer(p))
		m.FiVersion = 1
		m.FxClose = address(tempClose)
		m.FxRead = address(tempRead)
		m.FxWrite = address(tempWrite)
		m.FxTruncate = address(tempTruncate)
		m.FxSync = address(tempSync)
		m.FxFileSize = address(tempFileSize)
		m.FxLock = address(tempLock)
		m.FxUnlock = address(tempLock)
		m.FxCheckReservedLock = address(tempCheckReservedLock)
		m.FxFileControl = address(tempFileControl)
		m.FxSectorSize = address(tempSectorSize)
		m.FxDeviceCharacteristics = address(tempDeviceCharacteristics)
		tempMethodsAt = p
	})
	return tempMethodsAt
}

func tempClose(tls *libc.TLS, p uintptr) int32 {
	f := theTempFile(p)
	f.truncate(tls, 0)
	tempFiles.Delete((*cFile)(pointer(p)).handle)
	f.volume.open.Add(-1)
	return sqlite3.SQLITE_OK
}

func tempRead(tls *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := theTempFile(p)
	if f.volume.ends(tls) {
		return sqlite3.SQLITE_INTERRUPT
	}
	out := memory(buf, int(n))
	have := min(max(f.size-off, 0), int64(n))
	for rest := out[:have]; len(rest) > 0; {
		at := int(off % tempChunk)
		k := min(len(rest), tempChunk-at)
		if chunk := f.chunks[off/tempChunk]; chunk != 0 {
			copy(rest[:k], memory(chunk+uintptr(at), k))
		} else {
			clear(rest[:k])
		}
		rest, off = rest[k:], off+int64(k)
	}
	if clear(out[have:]); have < int64(n) {
		return sqlite3.SQLITE_IOERR_SHORT_READ
	}
	return sqlite3.SQLITE_OK
}

func tempWrite(tls *libc.TLS, p, buf uintptr, n int32, off int64) int32 {
	f := theTempFile(p)
	if f.volume.ends(tls) {
		return sqlite3.SQLITE_INTERRUPT
	}
	end := off + int64(n)
	if end > f.volume.tempLimit {
		return sqlite3.SQLITE_IOERR_NOMEM
	}
	for int64(len(f.chunks))*tempChunk < end {
		f.chunks = append(f.chunks, 0)
	}
	for in := memory(buf, int(n)); len(in) > 0; {
		chunk := f.chunk(tls, off/tempChunk)
		if chunk == 0 {
			return sqlite3.SQLITE_IOERR_NOMEM
		}
		at := int(off % tempChunk)
		k := copy(memory(chunk+uintptr(at), tempChunk-at), in)
		in, off = in[k:], off+int64(k)
	}
	f.size = max(f.size, end)
	return sqlite3.SQLITE_OK
}

// chunk returns chunk i, and makes it if it is not there; 0 if there is no room.
func (f *tempFile) chunk(tls *libc.TLS, i int64) uintptr {
	if f.chunks[i] != 0 {
		return f.chunks[i]
	}
	if f.volume.temp.Add(tempChunk) > f.volume.tempLimit {
		f.volume.temp.Add(-tempChunk)
		return 0
	}
	p := sqlite3.Xsqlite3_malloc(tls, tempChunk)
	if p == 0 {
		f.volume.temp.Add(-tempChunk)
		return 0
	}
	clear(memory(p, tempChunk))
	f.chunks[i] = p
	return p
}

func tempTruncate(tls *libc.TLS, p uintptr, size int64) int32 {
	theTempFile(p).truncate(tls, size)
	return sqlite3.SQLITE_OK
}

// truncate frees what is behind size, and clears the rest of the last chunk,
// which a later write may leave as a gap.
func (f *tempFile) truncate(tls *libc.TLS, size int64) {
	keep := int((size + tempChunk - 1) / tempChunk)
	for i := keep; i < len(f.chunks); i++ {
		if f.chunks[i] != 0 {
			sqlite3.Xsqlite3_free(tls, f.chunks[i])
			f.volume.temp.Add(-tempChunk)
		}
	}
	f.chunks = f.chunks[:min(keep, len(f.chunks))]
	if at := int(size % tempChunk); at != 0 && keep == len(f.chunks) && f.chunks[keep-1] != 0 {
		clear(memory(f.chunks[keep-1]+uintptr(at), tempChunk-at))
	}
	f.size = min(f.size, size)
}

func tempSync(*libc.TLS, uintptr, int32) int32 { return sqlite3.SQLITE_OK }

func tempFileSize(_ *libc.TLS, p, out uintptr) int32 {
	*(*int64)(pointer(out)) = theTempFile(p).size
	return sqlite3.SQLITE_OK
}

func tempLock(*libc.TLS, uintptr, int32) int32 { return sqlite3.SQLITE_OK }

func tempCheckReservedLock(_ *libc.TLS, _, out uintptr) int32 {
	*(*int32)(pointer(out)) = 0
	return sqlite3.SQLITE_OK
}

func tempFileControl(*libc.TLS, uintptr, int32, uintptr) int32 { return sqlite3.SQLITE_NOTFOUND }

func tempSectorSize(*libc.TLS, uintptr) int32 { return PageSize }

func tempDeviceCharacteristics(*libc.TLS, uintptr) int32 {
	return sqlite3.SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

// ends reports whether what runs on the thread is to end.
func (v *Volume) ends(tls *libc.TLS) bool { return v.interrupted != nil && v.interrupted(tls) }

// TempBytes returns how much the temporary files hold now.
func (v *Volume) TempBytes() int64 { return v.temp.Load() }
