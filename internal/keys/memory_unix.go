//go:build unix && !linux

package keys

import (
	"os"

	"golang.org/x/sys/unix"
)

// region is memory of its own pages.
type region struct{ data []byte }

// allocate maps zeroed memory of at least size bytes and locks it against
// swap where the system allows it. This has not run on a real machine.
func allocate(size int) (*region, error) {
	page := os.Getpagesize()
	data, err := unix.Mmap(-1, 0, (size+page-1)/page*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	_ = unix.Mlock(data)
	return &region{data: data}, nil
}

func (r *region) release() { _ = unix.Munmap(r.data) }
