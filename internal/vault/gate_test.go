package vault

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
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

func TestGateFromNothingToLockedAndBack(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.wantPhase(t, PhaseOnboarding)
	_, err := g.Vault()
	wantCode(t, err, "vault.locked")
	wantCode(t, g.Unlock(t.Context(), []byte(testPass)), "vault.not_found")

	id, p, err := g.Begin(t.Context(), "Home", "", []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	kit := p.Kit().Key()
	wantCode(t, g.Finish(t.Context(), id, [2]string{"no", "no"}), "vault.kit_answer")
	wantCode(t, g.Finish(t.Context(), "another", answers(p)), "vault.pending_unknown")
	if len(contents(t, filepath.Dir(g.data))) != 0 {
		t.Error("something was written before Finish")
	}
	if err := g.Finish(t.Context(), id, answers(p)); err != nil {
		t.Fatal(err)
	}
	g.wantPhase(t, PhaseUnlocked)
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	g.wantPhase(t, PhaseLocked)
	if s := g.State(); s.Vault == nil || s.Vault.Name != "Home" || len(s.Vaults) != 1 || !s.Vaults[0].Current {
		t.Errorf("state %+v", s)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.UnlockWithKit(t.Context(), kit, []byte("a wholly new one")); err != nil {
		t.Fatal(err)
	}
	g.wantPhase(t, PhaseUnlocked)
	var kinds []string
	for _, e := range g.events.take() {
		kinds = append(kinds, string(e.Kind)+" "+e.Reason)
	}
	if want := []string{"state ", "state request", "state ", "state request", "state "}; !slices.Equal(kinds, want) {
		t.Errorf("events %v", kinds)
	}
}

func TestWrongPassphrasesSlowDownAndNeverLockOut(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	kit := g.make(t, "Home")
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	wrong := []byte("something else")
	for i, want := range []time.Duration{0, 0, 1, 2, 4, 8, 16, 30, 30, 30} {
		want *= time.Second
		err := g.Unlock(t.Context(), wrong)
		f := fault.Of(err)
		if f.Code != "vault.wrong_passphrase" || f.Data["wait_ms"] != want.Milliseconds() {
			t.Fatalf("try %d: %v %v", i+1, err, f.Data)
		}
		if got := g.State().Wait; got != want {
			t.Errorf("try %d: the state says %v", i+1, got)
		}
		if want == 0 {
			continue
		}
		// While the pause lasts not even the right one is tried.
		g.clock.advance(want - time.Millisecond)
		f = fault.Of(g.Unlock(t.Context(), []byte(testPass)))
		if f.Code != "vault.wait" || f.Data["wait_ms"] != int64(1) {
			t.Fatalf("in the pause: %v %v", f, f.Data)
		}
		g.clock.advance(time.Millisecond)
	}
	wantCode(t, g.Unlock(t.Context(), wrong), "vault.wrong_passphrase")
	if err := g.UnlockWithKit(t.Context(), kit, []byte(testPass)); err != nil {
		t.Fatalf("the kit is delayed: %v", err)
	}
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Errorf("after success the pause goes on: %v", err)
	}
}

func TestPausesBelongToAVaultAndCoverChangingThePassphrase(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "One")
	for range 3 {
		wantCode(t, g.ChangePassphrase(t.Context(), []byte("something else"), []byte("a wholly new one")), "vault.wrong_passphrase")
	}
	wantCode(t, g.ChangePassphrase(t.Context(), []byte(testPass), []byte("a wholly new one")), "vault.wait")
	g.make(t, "Two") // locks One
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Errorf("another vault has to wait: %v", err)
	}
}

func TestConfirmingHasThePausesToo(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	u, err := g.Confirm([]byte(testPass))
	if open, _ := g.Vault(); err != nil || u != open {
		t.Fatalf("%v", err)
	}
	for range 3 {
		_, err := g.Confirm([]byte("something else"))
		wantCode(t, err, "vault.wrong_passphrase")
	}
	_, err = g.Confirm([]byte(testPass))
	wantCode(t, err, "vault.wait")
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	_, err = g.Confirm([]byte(testPass))
	wantCode(t, err, "vault.locked")
}

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

func TestKnownVaultsSurviveARestart(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "One")
	g.make(t, "Two")
	if err := g.SetTheme("mauve"); fault.Code(err) != "request.malformed" {
		t.Errorf("theme: %v", err)
	}
	if err := g.SetTheme(ThemeDark); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range contents(t, g.config) {
		info, err := os.Stat(filepath.Join(g.config, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, info.Mode())
		}
		if name != knownFile && name != interfaceFile {
			t.Errorf("%s: %s", name, data)
		}
	}

	again := newGateTest(t, GateOptions{ConfigDir: g.config, DataDir: g.data})
	s := again.State()
	if s.Theme != ThemeDark || s.Phase != PhaseLocked || len(s.Vaults) != 2 || s.Vault.Name != "Two" {
		t.Fatalf("state %+v", s)
	}
	one := s.Vaults[slices.IndexFunc(s.Vaults, func(k Known) bool { return k.Name == "One" })]
	if err := again.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if err := again.Select(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	again.wantPhase(t, PhaseLocked)
	if s := again.State(); s.Vault.Name != "One" {
		t.Errorf("selected %+v", s.Vault)
	}
	wantCode(t, again.Select(t.Context(), "0000"), "vault.not_found")
}

func TestDamagedConfigurationCountsAsNone(t *testing.T) {
	config := t.TempDir()
	for _, name := range []string{knownFile, interfaceFile} {
		if err := os.WriteFile(filepath.Join(config, name), []byte("{\"vaults\": 7"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := newGateTest(t, GateOptions{ConfigDir: config})
	g.wantPhase(t, PhaseOnboarding)
	g.make(t, "Home")
}

func TestHandEditedListIsTidied(t *testing.T) {
	config := t.TempDir()
	list := `{"vaults": ["relative", "/a/One", "/b/Two"], "current": "/not/in/the/list"}`
	if err := os.WriteFile(filepath.Join(config, knownFile), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newGateTest(t, GateOptions{ConfigDir: config}).State()
	if s.Phase != PhaseLocked || len(s.Vaults) != 2 || s.Vault.Name != "One" {
		t.Errorf("state %+v", s)
	}
}

func TestAddFolderTakesVaultsOnly(t *testing.T) {
	dir, _ := closedVault(t)
	g := newGateTest(t, GateOptions{})
	_, err := g.AddFolder(t.Context(), t.TempDir())
	wantCode(t, err, "vault.not_a_vault")
	_, err = g.AddFolder(t.Context(), filepath.Join(dir, "gone"))
	wantCode(t, err, "vault.not_found")
	for range 2 {
		k, err := g.AddFolder(t.Context(), dir+"/")
		if err != nil || k.Name != "Home" || !k.Current {
			t.Fatalf("%+v, %v", k, err)
		}
	}
	if n := len(g.State().Vaults); n != 1 {
		t.Errorf("%d vaults", n)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	u, err := g.Vault()
	if err != nil {
		t.Fatal(err)
	}
	wantMark(t, u, "here")
}

func TestGateWithOneFolderKnowsNoOther(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Served")
	g := newGateTest(t, GateOptions{Only: dir})
	g.wantPhase(t, PhaseOnboarding)
	if s := g.State(); s.Vault == nil || s.Vault.Name != "Served" || len(s.Vaults) != 0 {
		t.Errorf("state %+v", s)
	}
	id, p, err := g.Begin(t.Context(), "ignored", t.TempDir(), []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Finish(t.Context(), id, answers(p)); err != nil {
		t.Fatal(err)
	}
	u, err := g.Vault()
	if err != nil || u.Dir != dir {
		t.Fatalf("vault in %v, %v", u, err)
	}
	if _, err := os.Stat(filepath.Join(g.config, knownFile)); err == nil {
		t.Error("a served vault was added to the list")
	}
}

func TestDiscardedOnboardingLeavesNothing(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	id, p, err := g.Begin(t.Context(), "Home", "", []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	right := answers(p)
	g.Discard("another")
	if _, err := g.Pending(id); err != nil {
		t.Errorf("discarded by a foreign id: %v", err)
	}
	second, _, err := g.Begin(t.Context(), "Home", "", []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, g.Finish(t.Context(), id, right), "vault.pending_unknown")
	if p.Kit() != nil {
		t.Error("the first kit is kept")
	}
	g.Discard(second)
	_, err = g.Pending(second)
	wantCode(t, err, "vault.pending_unknown")
	g.wantPhase(t, PhaseOnboarding)
}

func TestClosedGateOpensNothing(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, g.Unlock(t.Context(), []byte(testPass)), "vault.locked")
	if got := child(t, "unlock", filepath.Join(g.data, "Home")); got != "unlocked" {
		t.Errorf("the folder is not free: %s", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			for range 5 {
				switch i % 4 {
				case 0:
					_ = g.Lock(ReasonRequest)
				case 1:
					_ = g.Unlock(context.Background(), []byte(testPass))
				case 2:
					g.Touch()
					_ = g.State()
				case 3:
					_ = g.ChangePassphrase(context.Background(), []byte(testPass), []byte(testPass))
				}
			}
		})
	}
	work.Wait()
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
}

// TestAVaultMadeWithoutAWindowIsFound in the folder where Alcove makes vaults, as
// long as none is known.
func TestAVaultMadeWithoutAWindowIsFound(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	served := newGateTest(t, GateOptions{Only: filepath.Join(data, "Home")})
	served.make(t, "Home")
	if err := served.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(data, "Not a vault"), 0o700); err != nil {
		t.Fatal(err)
	}
	g := newGateTest(t, GateOptions{DataDir: data})
	g.wantPhase(t, PhaseLocked)
	if s := g.State(); len(s.Vaults) != 1 || s.Vault.Name != "Home" {
		t.Errorf("state %+v", s)
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
}

// TestAKitIsCheckedWithoutOpening: a wrong one is refused before anybody thinks
// of a new passphrase.
func TestAKitIsCheckedWithoutOpening(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	wantCode(t, g.CheckKit("anything"), "vault.not_found")
	kit := g.make(t, "Home")
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	other := newGateTest(t, GateOptions{})
	foreign := other.make(t, "Other")
	wrong := kit[:len(kit)-1] + "Q"
	if wrong == kit {
		wrong = kit[:len(kit)-1] + "P"
	}
	for text, code := range map[string]string{
		kit:                               "",
		"Keep this. " + kit + "\nThanks.": "",
		wrong:                             "vault.kit_invalid",
		strings.Repeat("abacus ", 24):     "vault.kit_invalid",
		foreign:                           "vault.kit_mismatch",
	} {
		if err := g.CheckKit(text); fault.Code(err) != code {
			t.Errorf("want %q, got %v", code, err)
		}
	}
	g.wantPhase(t, PhaseLocked)
}
