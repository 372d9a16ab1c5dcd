package freedesktop

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/freedesktop/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heard is what a Watch told.
type heard struct {
	*Watch
	sleep, screen chan struct{}
	ready         chan struct{} // for the machine's sleep
	sources       chan Sources
}

func watch(t *testing.T) *heard {
	t.Helper()
	h := &heard{sleep: make(chan struct{}), ready: make(chan struct{}), screen: make(chan struct{}, 16), sources: make(chan Sources, 16)}
	h.Watch = NewWatch(WatchOptions{
		Sleep:   func() { h.sleep <- struct{}{}; <-h.ready },
		Screen:  func() { h.screen <- struct{}{} },
		Changed: func(s Sources) { h.sources <- s },
		retry:   10 * time.Millisecond,
	})
	t.Cleanup(h.Close)
	return h
}

func (h *heard) until(t *testing.T, want Sources) {
	t.Helper()
	for got := range within(t, h.sources) {
		if got == want {
			return
		}
	}
}

// within gives the values of c as they come, for as long as a test can wait.
func within[T any](t *testing.T, c <-chan T) func(func(T) bool) {
	return func(yield func(T) bool) {
		t.Helper()
		for {
			select {
			case v := <-c:
				if !yield(v) {
					return
				}
			case <-time.After(20 * time.Second):
				t.Fatal("nothing was heard")
			}
		}
	}
}

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	for v = range within(t, c) {
		break
	}
	return v
}

func TestTheMachineWaitsWithItsSleep(t *testing.T) {
	login := bustest.Start(t).Use().ServeLogin(nil)
	h := watch(t)
	h.until(t, Sources{Sleep: true, Screen: true})
	for range 3 {
		machine := login.Sleep()
		next(t, h.sleep)
		if held := machine.Held(); held != 1 {
			t.Errorf("%d hold the machine up", held)
		}
		h.ready <- struct{}{}
		machine.Asleep()
		login.Wake()
		// Signals come in order: when this one is heard, the one before was.
		login.LockSession(bustest.Session)
		next(t, h.screen)
	}
}

func TestAMachineThatDoesNotWaitIsHeardAllTheSame(t *testing.T) {
	login := bustest.Start(t).Use().ServeLogin(func(l *bustest.Login) { l.Refuses = true })
	h := watch(t)
	h.until(t, Sources{Sleep: true, Screen: true})
	machine := login.Sleep()
	next(t, h.sleep)
	if held := machine.Held(); held != 0 {
		t.Errorf("%d hold the machine up", held)
	}
	h.ready <- struct{}{}
}

func TestTheScreensLockIsHeard(t *testing.T) {
	for name, outside := range map[string]bool{"in the session": false, "outside of it": true} {
		t.Run(name, func(t *testing.T) {
			login := bustest.Start(t).Use().ServeLogin(func(l *bustest.Login) { l.Outside = outside })
			h := watch(t)
			h.until(t, Sources{Sleep: true, Screen: true})
			for _, c := range []struct {
				say   func()
				heard int
			}{
				{func() { login.LockSession(bustest.Session) }, 1},
				{func() { login.Hint(true) }, 1},
				{func() { login.Hint(false) }, 0},
				{func() { login.LockSession(bustest.Session + "2") }, 0},
				{func() { login.Say(bustest.Session, "org.freedesktop.login1.Session.Unlock") }, 0},
				{func() { login.Say(bustest.Session, "org.freedesktop.DBus.Properties.PropertiesChanged", "x") }, 0},
				{func() {
					login.Say(bustest.Session, "org.freedesktop.DBus.Properties.PropertiesChanged", "x", uint32(1))
				}, 0},
				{func() { login.Say("/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep", "true") }, 0},
				{func() { login.Say("/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep") }, 0},
			} {
				c.say()
				login.LockSession(bustest.Session) // comes after it
				for range c.heard + 1 {
					next(t, h.screen)
				}
				if n := len(h.screen); n != 0 {
					t.Errorf("heard %d times too often", n)
				}
			}
		})
	}
}

func TestScreenSaversComeAndGo(t *testing.T) {
	bus := bustest.Start(t).Use()
	h := watch(t)
	for _, name := range savers {
		saver := bus.ServeSaver(name)
		h.until(t, Sources{Screen: true})
		saver.Active("yes")
		saver.Active(false)
		saver.Active(true)
		next(t, h.screen)
		if n := len(h.screen); n != 0 {
			t.Errorf("%s: heard %d times too often", name, n)
		}
		saver.Leave()
		h.until(t, Sources{})
	}
}

func TestWhereThereIsNoBusNothingIsHeard(t *testing.T) {
	bustest.None(t)
	h := watch(t)
	h.Close()
	if len(h.sources) != 0 {
		t.Errorf("told of %+v", <-h.sources)
	}
}

func TestServicesThatStartLaterOrAgainAreHeard(t *testing.T) {
	bus := bustest.Start(t).Use()
	h := watch(t)
	for range 2 {
		login := bus.ServeLogin(nil)
		h.until(t, Sources{Sleep: true, Screen: true})
		login.LockSession(bustest.Session)
		next(t, h.screen)
		bus.Restart()
		h.until(t, Sources{})
	}
}
