package sealvfs

import (
	"sync"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// index is the wal-index that the connections of one volume share. SQLite
// would keep it in a file named -shm; here it is memory of the process, which
// is enough because only one process may open a vault. It holds page numbers,
// no content.
type index struct {
	mu      sync.Mutex
	users   int
	regions []uintptr
	shared  [sqlite3.SQLITE_SHM_NLOCK]int
	taken   [sqlite3.SQLITE_SHM_NLOCK]bool
}

// xShmMap maps region number i, of size bytes, creating it if extend is set.
func xShmMap(tls *libc.TLS, p uintptr, i, size, extend int32, out uintptr) int32 {
	f := theFile(p)
	x := &f.volume.index
	x.mu.Lock()
	defer x.mu.Unlock()
	*(*uintptr)(pointer(out)) = 0
	if !f.usesIndex {
		f.usesIndex = true
		x.users++
	}
	for int(i) >= len(x.regions) {
		if extend == 0 {
			return sqlite3.SQLITE_OK
		}
		r := libc.Xcalloc(tls, 1, types.Size_t(size))
		if r == 0 {
			return sqlite3.SQLITE_NOMEM
		}
		x.regions = append(x.regions, r)
	}
	*(*uintptr)(pointer(out)) = x.regions[i]
	return sqlite3.SQLITE_OK
}

// xShmLock takes or releases n locks from offset on, shared or exclusive.
func xShmLock(_ *libc.TLS, p uintptr, offset, n, flags int32) int32 {
	f := theFile(p)
	x := &f.volume.index
	if offset < 0 || n < 1 || offset+n > sqlite3.SQLITE_SHM_NLOCK {
		return sqlite3.SQLITE_IOERR_SHMLOCK
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	slots := make([]int32, 0, sqlite3.SQLITE_SHM_NLOCK)
	for i := offset; i < offset+n; i++ {
		slots = append(slots, i)
	}
	switch {
	case flags&sqlite3.SQLITE_SHM_UNLOCK != 0:
		for _, i := range slots {
			x.release(f, i)
		}
	case flags&sqlite3.SQLITE_SHM_SHARED != 0:
		for _, i := range slots {
			if x.taken[i] && !f.taken[i] {
				return sqlite3.SQLITE_BUSY
			}
		}
		for _, i := range slots {
			if !f.shared[i] && !f.taken[i] {
				f.shared[i] = true
				x.shared[i]++
			}
		}
	default:
		for _, i := range slots {
			others := x.shared[i]
			if f.shared[i] {
				others--
			}
			if others > 0 || x.taken[i] && !f.taken[i] {
				return sqlite3.SQLITE_BUSY
			}
		}
		for _, i := range slots {
			f.taken[i], x.taken[i] = true, true
		}
	}
	return sqlite3.SQLITE_OK
}

func (x *index) release(f *file, i int32) {
	if f.shared[i] {
		f.shared[i] = false
		x.shared[i]--
	}
	if f.taken[i] {
		f.taken[i], x.taken[i] = false, false
	}
}

// xShmBarrier orders memory accesses on both sides of it: a mutex does.
func xShmBarrier(_ *libc.TLS, p uintptr) {
	x := &theFile(p).volume.index
	x.mu.Lock()
	x.mu.Unlock() //nolint:staticcheck // an empty critical section is the barrier
}

// xShmUnmap ends the file's use of the index; the last one frees it.
func xShmUnmap(tls *libc.TLS, p uintptr, _ int32) int32 {
	theFile(p).leaveIndex(tls)
	return sqlite3.SQLITE_OK
}

func (f *file) leaveIndex(tls *libc.TLS) {
	x := &f.volume.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if !f.usesIndex {
		return
	}
	f.usesIndex = false
	for i := range int32(sqlite3.SQLITE_SHM_NLOCK) {
		x.release(f, i)
	}
	if x.users--; x.users == 0 {
		for _, r := range x.regions {
			libc.Xfree(tls, r)
		}
		x.regions = nil
	}
}
