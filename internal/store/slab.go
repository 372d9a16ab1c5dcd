package store

import (
	"runtime"
	"sync/atomic"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
)

// slab is memory for the allocations that every statement with a trigger makes
// anew: SQLite copies each page that such a statement changes into pieces of
// 1 KiB, so that it can undo the statement, and marks the page in a set of 512
// bytes. Through the system's allocator, with its lock and its question for the
// size, they were a quarter of a tracked INSERT. A slot is overwritten when it
// is freed, like all of SQLite's memory, and never given back.
//
// It has no lock to wait for: who finds it in use goes to the system.
type slab struct {
	busy atomic.Bool
	from uintptr // 0: there is none
	free []uint16
}

const (
	slotSize  = 1024 // bytes
	slotCount = 2048
)

var slots slab

// make takes the memory. It is called before SQLite starts.
func (s *slab) make(tls *libc.TLS) {
	s.from = libc.Xmalloc(tls, types.Size_t(slotSize*slotCount))
	if s.from == 0 {
		return
	}
	s.free = make([]uint16, slotCount)
	for i := range s.free {
		s.free[i] = uint16(slotCount - 1 - i) // the first is taken first
	}
}

// fits reports whether n bytes are of a size that slots are for.
func (*slab) fits(n int32) bool { return n > 1000 && n <= slotSize || n == 512 }

// has reports whether p is a slot.
func (s *slab) has(p uintptr) bool { return p-s.from < slotSize*slotCount && s.from != 0 }

// take returns a slot, or 0.
func (s *slab) take() (p uintptr) {
	if !s.busy.CompareAndSwap(false, true) {
		return 0
	}
	if n := len(s.free); n > 0 {
		p = s.from + slotSize*uintptr(s.free[n-1])
		s.free = s.free[:n-1]
	}
	s.busy.Store(false)
	return p
}

// give overwrites a slot and makes it free.
func (s *slab) give(p uintptr) {
	clear(memory(p, slotSize))
	for !s.busy.CompareAndSwap(false, true) {
		runtime.Gosched()
	}
	s.free = append(s.free, uint16((p-s.from)/slotSize))
	s.busy.Store(false)
}
