package store

import (
	"fmt"
	"sync"
)

// conns knows every open connection: to interrupt them all, and to share the
// cache among them.
type conns struct {
	mu     sync.Mutex
	all    map[*conn]struct{}
	budget int64 // bytes for all of them
}

func (l *conns) add(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*conn]struct{}{}
	}
	l.all[c] = struct{}{}
}

func (l *conns) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, c)
}

// drain forgets all connections and returns them.
func (l *conns) drain() map[*conn]struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

// interrupt ends what every connection is doing.
func (l *conns) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.all {
		c.handle.interrupt()
	}
}

// share is what one connection may cache now, in bytes: an equal part, but not
// less than 1 MB, with which a connection still works well.
func (l *conns) share() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.budget/int64(max(1, len(l.all))), 1<<20)
}

// settle tells the connection its part of the cache, if that has changed. It
// is called when the connection is taken for use; what is beyond a smaller
// part is freed at once.
func (c *conn) settle() error {
	share := c.store.conns.share()
	if share == c.share {
		return nil
	}
	err := c.raw(func(h handle) error {
		return h.exec(fmt.Sprintf("PRAGMA cache_size(%d)", -share/1024))
	})
	if err == nil {
		c.share = share
	}
	return err
}
