package vault

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

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
