package bridge

import (
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
)

// lookAgain is how long a session waits at most until it looks at the clock
// again, which can be put forward, or go on while the computer sleeps.
const lookAgain = time.Minute

// dates wait for the first date that ends something a session may do.
type dates struct {
	mu    sync.Mutex
	timer *time.Timer // nil unless there is such a date
}

// DateCame gets a value when a grant has ended at its date in an open session.
// What runs and is open by it is ended already; it is still stored.
func (b *Bridge) DateCame() <-chan struct{} { return b.dateCame }

func (b *Bridge) tellDate() {
	select {
	case b.dateCame <- struct{}{}:
	default: // somebody is about to look
	}
}

// awaitDates waits for the first date among the grants, in place of the one
// that was waited for.
func (s *Session) awaitDates() {
	first := int64(0)
	for _, g := range s.rights.held.Load().Grants() {
		if g.Until != 0 && g.Decision == permission.Allow && (first == 0 || g.Until < first) {
			first = g.Until
		}
	}
	s.dates.mu.Lock()
	defer s.dates.mu.Unlock()
	s.dates.stop()
	if first == 0 || s.ctx.Err() != nil {
		return
	}
	wait := time.Duration(first-s.bridge.now().UnixMilli()) * time.Millisecond
	s.dates.timer = time.AfterFunc(min(max(wait, 0), lookAgain), s.endDated)
}

// stop waits for nothing any more. The caller holds mu.
func (d *dates) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// forget ends the waiting with the session, whose context is done.
func (d *dates) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop()
}

// endDated ends what is not allowed any more because a date has come.
func (s *Session) endDated() {
	done, err := s.begin()
	if err != nil {
		return
	}
	defer done()
	s.change(func(*rights) {})
}
