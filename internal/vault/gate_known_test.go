package vault

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

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
