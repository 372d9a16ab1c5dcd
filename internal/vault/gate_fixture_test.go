package vault

import (
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// fakeClock moves only when a test moves it.
type fakeClock struct {
	mu     sync.Mutex
	time   time.Time
	alarms map[*alarm]struct{}
}

type alarm struct {
	at time.Time
	f  func()
}

func newFakeClock() *fakeClock {
	return &fakeClock{time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), alarms: map[*alarm]struct{}{}}
}

func (c *fakeClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *fakeClock) after(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{at: c.time.Add(d), f: f}
	c.alarms[a] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.alarms, a)
	}
}

// advance runs what is due on the way, in its order, before it returns.
func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	end := c.time.Add(d)
	for {
		var next *alarm
		for a := range c.alarms {
			if !a.at.After(end) && (next == nil || a.at.Before(next.at)) {
				next = a
			}
		}
		if next == nil {
			break
		}
		delete(c.alarms, next)
		c.time = next.at
		c.mu.Unlock()
		next.f()
		c.mu.Lock()
	}
	c.time = end
	c.mu.Unlock()
}

// sleep moves the time without running anything, as a suspended machine does.
func (c *fakeClock) sleep(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

type recorder struct {
	mu     sync.Mutex
	events []Event
}

func (r *recorder) note(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// take returns the events since the last take.
func (r *recorder) take() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

type gateTest struct {
	*Gate
	clock  *fakeClock
	events *recorder
	config string
	data   string
}

func newGateTest(t *testing.T, o GateOptions) *gateTest {
	t.Helper()
	g := &gateTest{clock: newFakeClock(), events: &recorder{}}
	if o.ConfigDir == "" {
		o.ConfigDir = filepath.Join(t.TempDir(), "config")
	}
	if o.DataDir == "" {
		o.DataDir = filepath.Join(t.TempDir(), "data")
	}
	o.clock = g.clock
	g.config, g.data = o.ConfigDir, o.DataDir
	gate, err := NewGate(o)
	if err != nil {
		t.Fatal(err)
	}
	g.Gate = gate
	gate.OnChange(g.events.note)
	t.Cleanup(func() {
		if err := gate.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// make makes a vault and leaves it open.
func (g *gateTest) make(t *testing.T, name string) (kit string) {
	t.Helper()
	id, p, err := g.Begin(t.Context(), name, "", []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	kit = p.Kit().Key()
	if err := g.Finish(t.Context(), id, answers(p)); err != nil {
		t.Fatal(err)
	}
	return kit
}

func (g *gateTest) wantPhase(t *testing.T, want Phase) {
	t.Helper()
	if got := g.State().Phase; got != want {
		t.Errorf("phase %s, want %s", got, want)
	}
}
