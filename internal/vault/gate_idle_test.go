package vault

import (
	"testing"
	"time"
)

func TestIdleVaultWarnsAndLocks(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	g.events.take()
	if s := g.State(); s.IdleMinutes != 10 || !s.IdleLockAt.Equal(g.clock.now().Add(10*time.Minute)) {
		t.Errorf("state %+v", s)
	}
	g.clock.advance(9*time.Minute + 29*time.Second)
	if e := g.events.take(); len(e) != 0 {
		t.Fatalf("too early: %v", e)
	}
	g.clock.advance(time.Second)
	if e := g.events.take(); len(e) != 1 || e[0] != (Event{Kind: EventLockWarning, Remaining: 30 * time.Second}) {
		t.Fatalf("at 9:30: %v", e)
	}
	g.clock.advance(20 * time.Second)
	g.Touch()
	if e := g.events.take(); len(e) != 1 || e[0] != (Event{Kind: EventLockWarning}) {
		t.Fatalf("after a touch: %v", e)
	}
	g.clock.advance(9 * time.Minute)
	g.Touch()
	g.clock.advance(9 * time.Minute)
	g.wantPhase(t, PhaseUnlocked)
	g.clock.advance(time.Minute)
	g.wantPhase(t, PhaseLocked)
	e := g.events.take()
	if len(e) != 2 || e[0] != (Event{Kind: EventLockWarning, Remaining: 30 * time.Second}) || e[1] != (Event{Kind: EventState, Reason: ReasonIdle}) {
		t.Errorf("events %v", e)
	}
	g.Touch()
	g.clock.advance(time.Hour)
	if e := g.events.take(); len(e) != 0 {
		t.Errorf("a locked vault still counts: %v", e)
	}
}

func TestIdleTimeIsKeptInTheVault(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	wantCode(t, g.SetIdleMinutes(t.Context(), 2), "vault.locked")
	g.make(t, "Home")
	for _, bad := range []int{0, -1, MaxIdleMinutes + 1} {
		wantCode(t, g.SetIdleMinutes(t.Context(), bad), "request.malformed")
	}
	if err := g.SetIdleMinutes(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if got := g.State().IdleMinutes; got != 2 {
		t.Errorf("%d minutes", got)
	}
	g.clock.advance(2 * time.Minute)
	g.wantPhase(t, PhaseLocked)
}

func TestMachineThatSleptPastTheTimeLocksAtTheFirstTouch(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	g.clock.sleep(time.Hour)
	g.Touch()
	g.clock.advance(0)
	g.wantPhase(t, PhaseLocked)
}

func TestLaterOfTheTwoClocksCounts(t *testing.T) {
	a := time.Now()
	if got := elapsed(a, a.Add(time.Minute)); got != time.Minute {
		t.Errorf("both clocks agree: %v", got)
	}
	wall := a.Round(0)
	if got := elapsed(wall, wall.Add(time.Hour)); got != time.Hour {
		t.Errorf("wall clock only: %v", got)
	}
}
