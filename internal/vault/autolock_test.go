package vault

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/freedesktop/bustest"
)

// onBus returns a gate with an open vault on a machine with a login service,
// once that is heard.
func onBus(t *testing.T) (*gateTest, *bustest.Login) {
	t.Helper()
	login := bustest.Start(t).Use().ServeLogin(nil)
	g := newGateTest(t, GateOptions{Machine: true})
	heard := make(chan struct{}, 16)
	g.OnChange(func(Event) { heard <- struct{}{} })
	g.make(t, "Home")
	for !g.State().Heard.Sleep {
		receive(t, heard)
	}
	g.events.take()
	return g, login
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

// locked returns a channel that gets the reason of each lock.
func (g *gateTest) locked() <-chan string {
	reasons := make(chan string, 16)
	g.OnChange(func(e Event) {
		if e.Kind == EventState && e.Reason != "" {
			reasons <- e.Reason
		}
	})
	return reasons
}

func TestTheVaultIsLockedBeforeTheMachineSleeps(t *testing.T) {
	g, login := onBus(t)
	u, err := g.Vault()
	if err != nil {
		t.Fatal(err)
	}
	s := openSession(t, u)
	asked := make(chan *bustest.Falling)
	saved := make(chan string, 1)
	g.OnChange(func(e Event) {
		if e.Kind != EventLocking {
			return
		}
		go func() {
			machine := <-asked
			if machine.Held() != 1 {
				t.Error("the machine sleeps before the app has saved")
			}
			a := call(t, u, s, "kv.set", map[string]any{"key": "draft", "value": "saved"})
			code := ""
			if a.Error != nil {
				code = a.Error.Code
			}
			saved <- code
			g.clock.advance(e.Grace)
		}()
	})
	reasons := g.locked()
	machine := login.Sleep()
	asked <- machine
	if code := receive(t, saved); code != "" {
		t.Errorf("the app could not save: %s", code)
	}
	machine.Asleep()
	// Asleep: all is done by now.
	g.wantPhase(t, PhaseLocked)
	if reason := receive(t, reasons); reason != ReasonSleep {
		t.Errorf("locked for %q", reason)
	}
	if a := call(t, u, s, "kv.get", map[string]any{"key": "draft"}); a.Error == nil {
		t.Error("the session outlives the sleep")
	}
	login.Wake()
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
}

func TestTheVaultLocksWhenAndOnlyWhenItIsToldTo(t *testing.T) {
	all, none := AutoLock{true, true, true}, AutoLock{}
	for name, c := range map[string]struct {
		chosen *AutoLock // nil is never chosen
		happen func(*gateTest, *bustest.Login)
		reason string // "" is no lock
	}{
		"the screen's lock":    {nil, func(_ *gateTest, l *bustest.Login) { l.LockSession(bustest.Session) }, ReasonScreen},
		"a desktop that locks": {nil, func(_ *gateTest, l *bustest.Login) { l.Hint(true) }, ReasonScreen},
		"sleep, switched off":  {&none, func(_ *gateTest, l *bustest.Login) { l.Sleep().Asleep() }, ""},
		"screen, switched off": {&none, func(_ *gateTest, l *bustest.Login) { l.LockSession(bustest.Session) }, ""},
		"minimising":           {&all, func(g *gateTest, _ *bustest.Login) { g.Happened(ReasonMinimise) }, ReasonMinimise},
	} {
		t.Run(name, func(t *testing.T) {
			g, login := onBus(t)
			if c.chosen != nil {
				if err := g.SetAutoLock(t.Context(), *c.chosen); err != nil {
					t.Fatal(err)
				}
				if got := g.State().AutoLock; got != *c.chosen {
					t.Errorf("state says %+v", got)
				}
			}
			reasons := g.locked()
			c.happen(g, login)
			if c.reason != "" {
				if reason := receive(t, reasons); reason != c.reason {
					t.Errorf("locked for %q", reason)
				}
				g.wantPhase(t, PhaseLocked)
				return
			}
			// Signals are worked on in order: after this one, that one was seen.
			login.Sleep().Asleep()
			g.wantPhase(t, PhaseUnlocked)
		})
	}
}

func TestWhenAVaultLocksIsKeptInIt(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	wantCode(t, g.SetAutoLock(t.Context(), AutoLock{}), "vault.locked")
	g.make(t, "Home")
	if got := g.State().AutoLock; got != defaultAutoLock {
		t.Errorf("at first %+v", got)
	}
	g.Happened(ReasonMinimise)
	g.wantPhase(t, PhaseUnlocked)
	chosen := AutoLock{Screen: true, Minimise: true}
	if err := g.SetAutoLock(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if got := g.State().AutoLock; got != chosen {
		t.Errorf("after a lock %+v", got)
	}
	g.Happened("something else")
	g.Happened(ReasonSleep)
	g.wantPhase(t, PhaseUnlocked)
}

func TestWhereTheMachineTellsNothingNothingIsClaimed(t *testing.T) {
	bustest.None(t)
	g := newGateTest(t, GateOptions{Machine: true})
	g.make(t, "Home")
	if got := g.State().Heard; got != (AutoLock{}) {
		t.Errorf("heard %+v", got)
	}
	g.HearsMinimise()
	if got := g.State().Heard; got != (AutoLock{Minimise: true}) {
		t.Errorf("heard %+v", got)
	}
}
