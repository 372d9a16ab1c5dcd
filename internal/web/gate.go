package web

import (
	"github.com/alcove-vault/alcove/internal/vault"
)

// changed passes on what the gate tells. It runs on the goroutine of the
// change and must not wait.
func (s *Server) changed(e vault.Event) {
	switch e.Kind {
	case vault.EventLocking:
		s.events.postBrief("locking", map[string]int64{"ms": e.Grace.Milliseconds()})
	case vault.EventLockWarning:
		s.events.postBrief("lock_warning", map[string]int64{"seconds": int64(e.Remaining.Seconds())})
	case vault.EventState:
		s.events.post("state", none{})
		if e.Reason != "" {
			s.afterLock(e.Reason)
		}
		if u, err := s.gate.Vault(); err == nil {
			s.follow(u)
			s.start(s.importQueued)
		}
	}
}

// follow lets the page know of what happens in an open vault without its doing.
func (s *Server) follow(u *vault.Unlocked) {
	u.Ledger.OnWrite(func() { s.events.postBrief("ledger", none{}) })
	u.OnEnded(func() { s.events.postBrief("ended", none{}) })
	u.Clients.OnChange(func() { s.events.postBrief("external", none{}) })
}

// afterLock forgets what belonged to the open vault. The window's web process,
// which holds plaintext too, is ended; a page in a browser reloads itself.
func (s *Server) afterLock(reason string) {
	s.stopped.clear()
	if s.shell != nil && reason != vault.ReasonQuit {
		s.start(s.shell.ResetPage)
	}
}

// start runs work that Close waits for, unless the server is closed already.
func (s *Server) start(work func()) {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.ctx.Err() == nil {
		s.work.Go(work)
	}
}
