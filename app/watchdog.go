package app

import (
	"context"
	"sync"
	"time"
)

// The page is asked every beatEvery whether it is alive; patience without an
// answer means that it hangs, since all frames share its one thread.
const (
	beatEvery = 500 * time.Millisecond
	patience  = 4 * time.Second
)

// watchdog notices that the page no longer answers. It watches from started
// until stopped and then again from the next started.
type watchdog struct {
	ask   func()          // has the page answer; must not block
	beats <-chan struct{} // its answers
	hung  func()          // called once per hang

	mu       sync.Mutex
	watching bool
	silent   time.Duration // since the page loaded or last answered
}

// started says that a page has loaded and can answer.
func (w *watchdog) started() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watching, w.silent = true, 0
}

// stopped says that no page is there to answer.
func (w *watchdog) stopped() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watching = false
}

func (w *watchdog) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = 0
}

// run asks until ctx ends. It counts its own ticks, so a machine that slept
// does not look like a page that hung.
func (w *watchdog) run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.beats:
			w.answered()
		case <-tick.C:
			switch ask, hung := w.tick(); {
			case hung:
				w.hung()
			case ask:
				w.ask()
			}
		}
	}
}

// tick says what this half second asks for.
func (w *watchdog) tick() (ask, hung bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.watching {
		return false, false
	}
	w.silent += beatEvery
	if w.silent > patience {
		w.watching = false
		return false, true
	}
	return true, false
}
