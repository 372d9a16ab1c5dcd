package store

import (
	"testing"

	"modernc.org/libc"
)

// TestMemoryThatGrowsIsSeldomCopied: SQLite asks for a long text byte by byte,
// and all of it is copied whenever that moves it.
func TestMemoryThatGrowsIsSeldomCopied(t *testing.T) {
	if err := setAllocator(); err != nil {
		t.Fatal(err)
	}
	tls := libc.NewTLS()
	defer tls.Close()
	held := system.held.Load()
	p := mallocBounded(tls, growFrom)
	moves := 0
	for n := int32(growFrom); n < 4<<20; n += 1000 {
		q := reallocOverwritten(tls, p, n)
		if q == 0 {
			t.Fatal("no memory")
		}
		if q != p {
			moves++
		}
		memory(q, int(n))[n-1] = 1
		p = q
	}
	if moves > 40 {
		t.Errorf("moved %d times", moves)
	}
	if have := sizeOfMemory(tls, p); have > 6<<20 {
		t.Errorf("%d bytes for 4 MiB", have)
	}
	if p = reallocOverwritten(tls, p, 1<<20); sizeOfMemory(tls, p) > 2<<20 {
		t.Errorf("%d bytes for 1 MiB", sizeOfMemory(tls, p))
	}
	freeOverwritten(tls, p)
	if system.held.Load() != held {
		t.Errorf("%d bytes more are held", system.held.Load()-held)
	}
	if got := grown(1<<31-1, 1<<30); got != 1<<31-1 {
		t.Errorf("the largest becomes %d", got)
	}
}
