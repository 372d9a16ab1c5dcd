package bridge

import (
	"context"
	"sync"

	"github.com/alcove-vault/alcove/internal/permission"
)

// enter takes one of the session's slots, without waiting for one.
func (c *call) enter() bool {
	select {
	case c.session.slots <- struct{}{}:
		c.place = c.session.slots
		return true
	default:
		return false
	}
}

// leave gives the place back that the call holds.
func (c *call) leave() {
	if c.place != nil {
		<-c.place
		c.place = nil
	}
}

// wait moves the call from those that run to those that wait.
func (c *call) wait() error {
	if c.outer != nil {
		return c.outer.wait()
	}
	if c.place == c.session.waiting {
		return nil
	}
	select {
	case c.session.waiting <- struct{}{}:
	default:
		return errWaiting
	}
	c.leave()
	c.place = c.session.waiting
	c.session.tickets.waits(c)
	return nil
}

// resume moves a call that waited back to those that run, when there is a slot.
func (c *call) resume(ctx context.Context) error {
	if c.outer != nil {
		return c.outer.resume(ctx)
	}
	if c.place == c.session.slots {
		return nil
	}
	select {
	case c.session.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.leave()
	c.place = c.session.slots
	return nil
}

// running are the calls of a session that are not done.
type running struct {
	mu    sync.Mutex
	calls map[*call]bool
}

func (r *running) add(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = make(map[*call]bool)
	}
	r.calls[c] = true
}

// note keeps what a call wants, for the day it is taken back.
func (r *running) note(c *call, wants []permission.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.wants = wants
}

// also adds to what a call wants what it was led to.
func (r *running) also(c *call, want permission.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.later = append(c.later, want)
}

// pass notes that a call was allowed, so that it ends when that is taken back.
func (r *running) pass(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.passed = true
}

func (r *running) remove(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, c)
}

// end ends the calls that match; each is answered with why.
func (r *running) end(why error, match func(*call) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.calls {
		if match(c) {
			c.cancel(why)
		}
	}
}
