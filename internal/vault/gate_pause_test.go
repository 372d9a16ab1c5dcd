package vault

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

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
