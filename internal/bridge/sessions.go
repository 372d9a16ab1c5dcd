package bridge

import (
	"crypto/subtle"
	"slices"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// find returns the session with this secret. It compares with every session
// in constant time and never stops early.
func (b *Bridge) find(secret string) *Session {
	return b.search(secret, func(s *Session) string { return s.Secret })
}

func (b *Bridge) search(want string, of func(*Session) string) *Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found *Session
	for _, s := range b.sessions {
		if subtle.ConstantTimeCompare([]byte(want), []byte(of(s))) == 1 {
			found = s
		}
	}
	return found
}

// Close ends the session with this secret; its running calls are aborted.
func (b *Bridge) Close(secret string) {
	if s := b.find(secret); s != nil {
		b.closeWhere(func(other *Session) bool { return other == s })
	}
}

// CloseApp ends the sessions of one extension, for example when it is disabled.
func (b *Bridge) CloseApp(id manifest.ID) {
	b.closeWhere(func(s *Session) bool { return s.Running.ID == id })
}

// all returns the open sessions.
func (b *Bridge) all() []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sessions)
}

// of returns the open sessions of one extension.
func (b *Bridge) of(id manifest.ID) (list []*Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sessions {
		if s.Running.ID == id {
			list = append(list, s)
		}
	}
	return list
}

// Limit makes changed limits count in the open sessions of an extension, from
// the next call on.
func (b *Bridge) Limit(id manifest.ID, limits store.Limits) {
	for _, s := range b.of(id) {
		s.tables.Limit(limits)
		s.handles.allow(limits.Handles)
		s.network.meters.limits.Store(&limits)
	}
}

// CloseSessions ends every session: the page whose frames they were is gone.
// New ones can be opened.
func (b *Bridge) CloseSessions() { b.closeWhere(func(*Session) bool { return true }) }

// closeWhere ends the sessions that match, side by side.
func (b *Bridge) closeWhere(match func(*Session) bool) {
	var wait sync.WaitGroup
	for _, s := range b.take(match) {
		wait.Go(func() { s.end(abortTime) })
	}
	wait.Wait()
}

// take removes and returns the sessions that match.
func (b *Bridge) take(match func(*Session) bool) []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept, taken []*Session
	for _, s := range b.sessions {
		if match(s) {
			taken = append(taken, s)
		} else {
			kept = append(kept, s)
		}
	}
	b.sessions = kept
	return taken
}

// abortTime is how long the end of a session waits for its running calls to
// notice. A call that does not is left behind without its connections.
const abortTime = 300 * time.Millisecond

// CloseAll ends every session, for good: the vault is being locked. It returns
// within 300 ms, whatever the extensions do.
func (b *Bridge) CloseAll() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.changes.end()
	b.CloseSessions()
}

// SessionInfo is what may be known of an open session.
type SessionInfo struct {
	ID     manifest.ID
	Title  string
	Ready  bool // the app said that it has started
	Opened time.Time
}

// Sessions lists the open sessions in the order they were opened.
func (b *Bridge) Sessions() []SessionInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]SessionInfo, len(b.sessions))
	for i, s := range b.sessions {
		list[i] = SessionInfo{ID: s.Running.ID, Title: s.Context.Title, Ready: s.ready.Load(), Opened: s.opened}
	}
	return list
}

// Info returns what is known of the session with this secret.
func (b *Bridge) Info(secret string) (SessionInfo, bool) {
	s := b.find(secret)
	if s == nil {
		return SessionInfo{}, false
	}
	return SessionInfo{ID: s.Running.ID, Title: s.Context.Title, Ready: s.ready.Load(), Opened: s.opened}, true
}
