package app

import (
	"context"
	"sync"
	"time"
)

// The page is asked every beatEvery whether it is alive; patience without an
// answer means that it hangs, since all frames share its one thread. They share
// its memory as well, of which it may hold mostMemory bytes.
const (
	beatEvery  = 500 * time.Millisecond
	patience   = 4 * time.Second
	mostMemory = 2 << 30
)

// watchdog notices that the page no longer answers or holds too much memory. It
// watches from started until stopped and then again from the next started.
type watchdog struct {
	ask    func()          // has the page answer; must not block
	beats  <-chan struct{} // its answers
	memory func() int64    // bytes that it holds, 0 if unknown
	hung   func()          // called once per hang
	filled func()          // called once when it holds too much

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
			switch w.tick() {
			case hung:
				w.hung()
			case filled:
				w.filled()
			case well:
				w.ask()
			case unwatched:
			}
		}
	}
}

// state is how the page is.
type state int

const (
	unwatched state = iota
	well
	hung
	filled
)

// tick says how the page was for this half second. After hung and filled it is
// watched no longer.
func (w *watchdog) tick() state {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.watching {
		return unwatched
	}
	w.silent += beatEvery
	now := well
	switch {
	case w.silent > patience:
		now = hung
	case w.memory() > mostMemory:
		now = filled
	}
	w.watching = now == well
	return now
}
