package store

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// closePatience is how long Close waits for users after interrupting them.
const closePatience = 500 * time.Millisecond

// Unfinished is the error of a Close that did not wait any longer. What was
// committed is kept; the log is emptied at the next opening.
type Unfinished struct {
	What string // that did not end, for example "a write of an app"
}

func (u *Unfinished) Error() string { return u.What + " did not end" }

// Close ends what runs, empties the log into the database, closes every
// connection and overwrites the keys and the page cache. It waits at most half
// a second for what runs: a user that has not returned by then loses its keys
// instead, and its transaction is undone at the next opening. What its connection
// caches is overwritten when it returns. The error is an *Unfinished then.
func (s *Store) Close() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	return s.CloseWithin(now)
}

// CloseWithin is Close that goes on waiting for what runs until ctx ends.
func (s *Store) CloseWithin(ctx context.Context) error {
	s.mu.Lock()
	if s.closing.Load() {
		s.mu.Unlock()
		return nil
	}
	s.closing.Store(true)
	s.mu.Unlock()
	close(s.stop)
	gone := make(chan struct{})
	go func() { // ends with the last user, which is interrupted below
		s.users.Wait()
		s.done.Wait()
		close(gone)
	}()
	patience, over := s.patience(), (<-chan struct{})(nil)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for waiting := true; waiting; {
		s.conns.interrupt()
		select {
		case <-gone:
			waiting = false
		case <-again.C:
		case <-patience:
			over = ctx.Done()
		case <-over:
			return errors.Join(&Unfinished{cmp.Or(s.Busy(), "a read")}, s.abandon(gone))
		}
	}
	err := s.saveSeals()
	s.emptying.Store(true)
	return errors.Join(err, s.checkpoint(), s.shut())
}

// Busy is what writes now, "" if nothing does.
func (s *Store) Busy() string {
	switch who, taken := s.turns.holder(); {
	case s.emptying.Load():
		return "the emptying of the log"
	case taken && who == host:
		return "a write of Alcove's"
	case taken:
		return "a write of an app"
	}
	return ""
}

// shut closes all connections, which nothing uses any more, and unmounts.
func (s *Store) shut() error {
	var errs []error
	for c := range s.conns.drain() {
		errs = append(errs, c.close())
	}
	errs = append(errs, s.volume.Unmount())
	openStores.leave(s.place)
	return errors.Join(errs...)
}

// abandon takes the keys away from connections that are still in use. Those that
// are not are closed, which overwrites what they cache, and the others when gone
// is closed: nobody uses them then.
func (s *Store) abandon(gone <-chan struct{}) error {
	err := s.volume.Unmount()
	openStores.leave(s.place)
	s.pools.closeIdle()
	if s.turns.tryTake() { // nobody gets it any more
		_ = s.writer.close() // without keys nothing can be saved
	}
	go func() {
		<-gone
		for c := range s.conns.drain() {
			_ = c.close()
		}
	}()
	return err
}
