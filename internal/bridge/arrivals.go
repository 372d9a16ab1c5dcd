package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// eventWake asks the page to start an app out of sight: {extension}.
const eventWake = "app.wake"

// startTime is how long an app that is needed may take to start.
const startTime = 10 * time.Second

// arrivals tell those who wait for an app that one has started.
type arrivals struct {
	mu   sync.Mutex
	next chan struct{} // closed when an app says that it is ready
}

// wait returns what is closed at the next arrival.
func (a *arrivals) wait() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.next == nil {
		a.next = make(chan struct{})
	}
	return a.next
}

func (a *arrivals) wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.next != nil {
		close(a.next)
		a.next = nil
	}
}

// wake lets the page know that an extension is needed.
func (b *Bridge) wake(id manifest.ID) {
	b.tell(eventWake, id.String(), map[string]any{"extension": id.String()})
}

// running returns a session of an extension that is ready. Where there is none
// the page starts one out of sight, and has startTime for it.
//
// Errors: peers.not_running, and that of ctx.
func (b *Bridge) running(ctx context.Context, id manifest.ID, title string) (*Session, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fault.New("peers.not_running",
		title+" is not open and did not start in time. Open it, then try again."))
	defer cancel()
	told := false
	for {
		arrival := b.arrivals.wait()
		for _, s := range b.of(id) {
			if s.ready.Load() {
				return s, nil
			}
		}
		if !told {
			told = true
			b.wake(id)
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
