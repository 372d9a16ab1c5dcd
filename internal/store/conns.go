package store

import (
	"fmt"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
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
		if err := h.exec(fmt.Sprintf("PRAGMA cache_size(%d)", -share/1024)); err != nil {
			return err
		}
		h.sortInPieces()
		return nil
	})
	if err == nil {
		c.share = share
	}
	return err
}

// sortPiece is how many bytes of rows a sort keeps before it sorts them and
// writes them to a temporary file. SQLite does that in one step, which nothing
// ends: 1 MB takes it some milliseconds.
const sortPiece = 1 << 20

// sortInPieces bounds what a sort does in one step. SQLite takes the size of
// the pieces from where PRAGMA cache_size noted its value, which nothing else
// reads afterwards; the cache itself has been told.
// TestSortsLeaveTheirBuffers fails if that moves.
func (h handle) sortInPieces() {
	main := (*sqlite3.TDb)(pointer((*sqlite3.Tsqlite3)(pointer(h.db)).FaDb))
	(*sqlite3.TSchema)(pointer(main.FpSchema)).Fcache_size = -sortPiece / 1024
}
