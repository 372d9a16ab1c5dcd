package keys

import (
	"os"

	"golang.org/x/sys/unix"
)

// region is memory of its own pages between two guard pages.
type region struct {
	data []byte
	raw  []byte
}

// allocate maps zeroed memory of at least size bytes. It is locked against
// swap, left out of core dumps and empty in a forked child. A system that
// allows no locking (see HardenProcess) gets memory that is not locked.
func allocate(size int) (*region, error) {
	page := os.Getpagesize()
	inner := (size + page - 1) / page * page
	raw, err := unix.Mmap(-1, 0, inner+2*page, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	data := raw[page : page+inner]
	if err := unix.Mprotect(data, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		_ = unix.Munmap(raw)
		return nil, err
	}
	_ = unix.Mlock(data)
	_ = unix.Madvise(data, unix.MADV_DONTDUMP)
	_ = unix.Madvise(data, unix.MADV_WIPEONFORK)
	return &region{data: data, raw: raw}, nil
}

// release unmaps the memory, which also unlocks it.
func (r *region) release() { _ = unix.Munmap(r.raw) }

func probeLock() error {
	r, err := allocate(1)
	if err != nil {
		return err
	}
	defer r.release()
	return unix.Mlock(r.data)
}
