package vault

import (
	"context"
	"time"
)

const (
	warnTime  = 30 * time.Second // before an idle lock
	checkTime = 15 * time.Second // a sleeping machine stops timers: look again
)

// idleWatch locks an open vault that nobody uses.
type idleWatch struct {
	limit  time.Duration
	last   time.Time // of the last activity
	warned bool
	run    int // counts starts, so that a timer of an earlier one is told
	halt   func()
}

func (w *idleWatch) stop() {
	w.run++
	if w.halt != nil {
		w.halt()
		w.halt = nil
	}
}

// startIdle watches the vault that was just opened. The gate's mutex is held.
func (g *Gate) startIdle(limit time.Duration) {
	g.idle.stop()
	g.idle = idleWatch{limit: limit, last: g.clock.now(), run: g.idle.run}
	g.scheduleIdle()
}

// scheduleIdle sets the timer to the next thing that could happen.
func (g *Gate) scheduleIdle() {
	run := g.idle.run
	left := g.idle.limit - elapsed(g.idle.last, g.clock.now())
	next := left
	if !g.idle.warned && left > warnTime {
		next = left - warnTime
	}
	g.idle.halt = g.clock.after(max(0, min(next, checkTime)), func() { g.lookIdle(run) })
}

// lookIdle runs on the timer's goroutine, which Close waits for.
func (g *Gate) lookIdle(run int) {
	g.mu.Lock()
	if g.ended || g.open == nil || run != g.idle.run {
		g.mu.Unlock()
		return
	}
	g.work.Add(1)
	defer g.work.Done()
	left := g.idle.limit - elapsed(g.idle.last, g.clock.now())
	warn := left > 0 && left <= warnTime && !g.idle.warned
	if warn {
		g.idle.warned = true
	}
	if left > 0 {
		g.scheduleIdle()
	}
	g.mu.Unlock()
	switch {
	case left <= 0:
		g.lockIdle(run)
	case warn:
		g.tell(Event{Kind: EventLockWarning, Remaining: left})
	}
}

// lockIdle locks, unless someone was there while it waited for its turn.
func (g *Gate) lockIdle(run int) {
	<-g.turn
	defer g.give()
	g.mu.Lock()
	stale := g.open == nil || run != g.idle.run
	if !stale && elapsed(g.idle.last, g.clock.now()) < g.idle.limit {
		g.scheduleIdle()
		stale = true
	}
	g.mu.Unlock()
	if !stale {
		_ = g.lock(ReasonIdle) // lock has logged it
	}
}

// Touch tells that a person is there.
func (g *Gate) Touch() {
	g.mu.Lock()
	if g.open == nil {
		g.mu.Unlock()
		return
	}
	if elapsed(g.idle.last, g.clock.now()) >= g.idle.limit {
		// The machine slept past the time: the first touch must not undo that.
		g.idle.stop()
		g.scheduleIdle()
		g.mu.Unlock()
		return
	}
	g.idle.last = g.clock.now()
	warned := g.idle.warned
	g.idle.warned = false
	if warned {
		g.idle.stop()
		g.scheduleIdle()
	}
	g.mu.Unlock()
	if warned {
		g.tell(Event{Kind: EventLockWarning})
	}
}

// SetIdleMinutes keeps in the open vault after how many minutes without
// activity it locks, from 1 to MaxIdleMinutes.
func (g *Gate) SetIdleMinutes(ctx context.Context, minutes int) error {
	u, err := g.Vault()
	if err != nil {
		return err
	}
	if err := u.setIdleMinutes(ctx, minutes); err != nil {
		return err
	}
	g.mu.Lock()
	if g.open == u {
		g.startIdle(time.Duration(minutes) * time.Minute)
	}
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	return nil
}
