package sealvfs

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
)

// SealLimit is how many seals one key may make before it is retired. With
// random 96-bit nonces 2^31 seals leave a chance of 2^-35 that two are equal;
// half of that is kept back for seals of a process that died before it could
// record them.
const SealLimit = 1 << 30

// sealer counts the seals of the active key and draws their nonces.
type sealer struct {
	keys  *keyring
	limit int64

	active atomic.Pointer[activeKey]
	mu     sync.Mutex // while the active key changes

	nonceMu sync.Mutex
	pool    [64 * nonceSize]byte
	left    int
}

type activeKey struct {
	set  *keySet
	made atomic.Int64
}

// reserve counts one seal and returns the key to make it with. It returns nil
// when the active key is retired and the source has no other.
func (s *sealer) reserve() *keySet {
	for {
		a := s.active.Load()
		if a != nil && a.made.Add(1) <= s.limit {
			return a.set
		}
		if !s.rotate(a) {
			return nil
		}
	}
}

// rotate replaces the retired key old by what the source now calls active.
func (s *sealer) rotate(old *activeKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active.Load() != old {
		return true // another goroutine was faster
	}
	id := s.keys.source.ActiveKeyID()
	if old != nil && old.set.id == id {
		return false
	}
	set, err := s.keys.get(id)
	if err != nil {
		return false
	}
	s.active.Store(&activeKey{set: set})
	s.keys.last.Store(set)
	return true
}

// nonce fills dst with 12 random bytes.
func (s *sealer) nonce(dst []byte) {
	s.nonceMu.Lock()
	if s.left == 0 {
		_, _ = rand.Read(s.pool[:]) // never fails, by its documentation
		s.left = len(s.pool)
	}
	s.left -= nonceSize
	copy(dst, s.pool[s.left:s.left+nonceSize])
	s.nonceMu.Unlock()
}

// ActiveKey returns the id of the key that seals now and how many seals it has
// made as far as this volume knows.
func (v *Volume) ActiveKey() (id uint32, seals int64) {
	a := v.seals.active.Load()
	return a.set.id, a.made.Load()
}

// AddSeals adds seals made before this volume was mounted to the count of key
// id, if that is the active key. The next seal beyond SealLimit rotates.
func (v *Volume) AddSeals(id uint32, seals int64) {
	if a := v.seals.active.Load(); a.set.id == id {
		a.made.Add(seals)
	}
}

// Retired reports whether a write was refused because the active key has made
// all its seals and the key source offers no other.
func (v *Volume) Retired() bool { return v.retired.Load() }

// DiskFull is how often the system had no room for what was to be written.
func (v *Volume) DiskFull() int64 { return v.full.Load() }
