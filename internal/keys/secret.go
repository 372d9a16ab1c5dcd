package keys

import (
	"fmt"
	"sync"
)

// Secret is bytes in locked memory outside Go's heap. It prints as
// "[redacted]" in every way.
type Secret struct {
	redaction

	mu   sync.Mutex
	size int
	open func() *region // nil after Destroy
}

func newSecret(size int) (*Secret, error) {
	r, err := allocate(size)
	if err != nil {
		return nil, fmt.Errorf("memory for a key: %w", err)
	}
	return &Secret{size: size, open: func() *region { return r }}, nil
}

// Bytes returns the secret itself, not a copy: it must not be kept, and must
// not be touched after Destroy. It is nil after Destroy.
func (s *Secret) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil
	}
	return s.open().data[:s.size:s.size]
}

// Destroy overwrites the secret and gives its memory back. It may be called
// more than once.
func (s *Secret) Destroy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return
	}
	region := s.open()
	s.open = nil
	clear(region.data)
	region.release()
}
