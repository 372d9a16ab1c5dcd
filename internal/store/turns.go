package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// turns hands out the turn to write, which one has at a time. The host comes
// first, and then one extension after the other, each with the oldest of what
// it waits with: one that writes without pause makes another wait for one of
// its calls, not for all of them.
type turns struct {
	stop <-chan struct{} // closed when the store closes

	mu    sync.Mutex
	taken bool
	by    string // who has it
	host  []chan struct{}
	ring  []*waiting // extensions that wait; the first is next
	calls map[string]int
}

// waiting is what one extension waits with, the oldest first.
type waiting struct {
	who   string
	turns []chan struct{}
}

// host is the name of the host, as one of those that wait.
const host = ""

// take waits for the turn. Who is the prefix of an extension, or host; it gets
// errWaiting and the context's error if ctx ends, and errCrowded at once if it
// has limit calls here already and limit is not 0. The caller gives the turn
// back with give, with the same name.
func (t *turns) take(ctx context.Context, who string, limit int) error {
	t.mu.Lock()
	if limit > 0 && t.calls[who] >= limit {
		t.mu.Unlock()
		return errCrowded
	}
	if t.calls == nil {
		t.calls = map[string]int{}
	}
	t.calls[who]++
	if !t.taken {
		t.taken, t.by = true, who
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{}, 1)
	t.wait(who, mine)
	t.mu.Unlock()
	var err error
	select {
	case <-mine:
		return nil
	case <-t.stop:
		err = closedError()
	case <-ctx.Done():
		err = fmt.Errorf("%w: %w", errWaiting, ctx.Err())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leave(who)
	select {
	case <-mine: // it came meanwhile; somebody else needs it
		t.next()
	default:
		t.forget(mine)
	}
	return err
}

// tryTake takes the turn as the host if nobody has it.
func (t *turns) tryTake() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken {
		return false
	}
	t.taken, t.by = true, host
	if t.calls == nil {
		t.calls = map[string]int{}
	}
	t.calls[host]++
	return true
}

// holder is who has the turn, if anybody does.
func (t *turns) holder() (who string, taken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.by, t.taken
}

func (t *turns) give(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leave(who)
	t.next()
}

func (t *turns) leave(who string) {
	if t.calls[who]--; t.calls[who] == 0 {
		delete(t.calls, who)
	}
}

// wait puts mine behind what who waits with already.
func (t *turns) wait(who string, mine chan struct{}) {
	if who == host {
		t.host = append(t.host, mine)
		return
	}
	for _, w := range t.ring {
		if w.who == who {
			w.turns = append(w.turns, mine)
			return
		}
	}
	t.ring = append(t.ring, &waiting{who, []chan struct{}{mine}})
}

// next hands the turn on, or lays it down.
func (t *turns) next() {
	if len(t.host) > 0 {
		t.by = host
		t.host[0] <- struct{}{}
		t.host = t.host[1:]
		return
	}
	if len(t.ring) == 0 {
		t.taken = false
		return
	}
	w := t.ring[0]
	t.ring = t.ring[1:]
	t.by = w.who
	w.turns[0] <- struct{}{}
	if w.turns = w.turns[1:]; len(w.turns) > 0 {
		t.ring = append(t.ring, w)
	}
}

func (t *turns) forget(mine chan struct{}) {
	same := func(other chan struct{}) bool { return other == mine }
	t.host = slices.DeleteFunc(t.host, same)
	for _, w := range t.ring {
		w.turns = slices.DeleteFunc(w.turns, same)
	}
	t.ring = slices.DeleteFunc(t.ring, func(w *waiting) bool { return len(w.turns) == 0 })
}
