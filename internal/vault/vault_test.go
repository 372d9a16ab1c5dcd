package vault

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
)

func TestEveryCredentialOpensTheVault(t *testing.T) {
	dir, kit := closedVault(t)
	for name, c := range map[string]keys.Credential{
		"passphrase": keys.Passphrase([]byte(testPass)), "kit": keys.Recovery(kit),
	} {
		t.Run(name, func(t *testing.T) {
			u := unlocked(t, dir, c)
			wantMark(t, u, "here")
			if u.Name != "Home" || u.Dir != dir {
				t.Errorf("name %q, dir %q", u.Name, u.Dir)
			}
		})
	}
	_, err := Unlock(t.Context(), dir, keys.Passphrase([]byte("something else")))
	wantCode(t, err, "vault.wrong_passphrase")
	unlocked(t, dir, keys.Passphrase([]byte(testPass)))
}

func TestKitSetsANewPassphrase(t *testing.T) {
	dir, kit := closedVault(t)
	if err := os.WriteFile(filepath.Join(dir, keys.PassphraseFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	_, err := UnlockWithKit(t.Context(), dir, kit, []byte("short"))
	wantCode(t, err, "vault.weak_passphrase")
	_, err = UnlockWithKit(t.Context(), dir, "abacus zoom", []byte("a wholly new one"))
	wantCode(t, err, "vault.kit_invalid")
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("a refused kit changed the folder: %s", diff)
	}

	u, err := UnlockWithKit(t.Context(), dir, kit, []byte("a wholly new one"))
	if err != nil {
		t.Fatal(err)
	}
	wantMark(t, u, "here")
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	wantMark(t, unlocked(t, dir, keys.Passphrase([]byte("a wholly new one"))), "here")
}

func TestKitKeepsTheKeyFileOfAVaultThatDoesNotOpen(t *testing.T) {
	dir, kit := closedVault(t)
	damage(t, filepath.Join(dir, databaseFile), 0)
	before := contents(t, dir)
	if _, err := UnlockWithKit(t.Context(), dir, kit, []byte("a wholly new one")); err == nil {
		t.Fatal("a damaged vault opened")
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("changed: %s", diff)
	}
}

func TestChangePassphraseAsksTheOldOne(t *testing.T) {
	u, kit := created(t)
	mark(t, u, "here")
	next := []byte("a wholly new one")
	wantCode(t, u.ChangePassphrase(t.Context(), []byte("not the old one"), next), "vault.wrong_passphrase")
	wantCode(t, u.ChangePassphrase(t.Context(), []byte(testPass), []byte("short")), "vault.weak_passphrase")
	if err := u.ChangePassphrase(t.Context(), []byte(testPass), next); err != nil {
		t.Fatal(err)
	}
	wantCode(t, u.ChangePassphrase(t.Context(), []byte(testPass), next), "vault.wrong_passphrase")
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, u.ChangePassphrase(t.Context(), next, next), "vault.locked")
	_, err := Unlock(t.Context(), u.Dir, keys.Passphrase([]byte(testPass)))
	wantCode(t, err, "vault.wrong_passphrase")
	for _, c := range []keys.Credential{keys.Passphrase(next), keys.Recovery(kit)} {
		again := unlocked(t, u.Dir, c)
		wantMark(t, again, "here")
		if err := again.Lock(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChangePassphraseRefusesAnExchangedKeyFile(t *testing.T) {
	u, _ := created(t)
	other, _ := closedVault(t)
	data, err := os.ReadFile(filepath.Join(other, keys.PassphraseFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(u.Dir, keys.PassphraseFile), data, 0o600); err != nil {
		t.Fatal(err)
	}
	err = u.ChangePassphrase(t.Context(), []byte(testPass), []byte("a wholly new one"))
	wantCode(t, err, "vault.damaged")
}

func TestLockEndsEverything(t *testing.T) {
	u, _ := created(t)
	ring := u.ring
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := u.Lock(); err != nil {
		t.Errorf("second lock: %v", err)
	}
	if _, err := ring.Subkey(keys.UsePages, 1); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("the keys are alive: %v", err)
	}
	if _, err := u.source.Subkey("pages", 1); !errors.Is(err, ErrLocked) {
		t.Errorf("subkeys are alive: %v", err)
	}
	if err := u.setSetting(t.Context(), "test.mark", "late"); err == nil {
		t.Error("a locked vault was written to")
	}
	for name := range contents(t, u.Dir) {
		switch name {
		case databaseFile, keys.PassphraseFile, keys.RecoveryFile, lockFile:
		default:
			t.Errorf("%s is left in the closed folder", name)
		}
	}
	unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
}

func TestLockAbortsARunningTransaction(t *testing.T) {
	u, _ := created(t)
	entered, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- endlessTransaction(u, entered) }()
	<-entered
	start := time.Now()
	if err := u.Lock(); err != nil {
		t.Errorf("lock: %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("lock took %v", took)
	}
	if err := <-ended; err == nil {
		t.Error("the transaction was committed after the lock")
	}
	again := unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
	var half []byte
	if err := again.setting(t.Context(), "test.half", &half); err != nil || half != nil {
		t.Errorf("half a transaction is there: %v", err)
	}
}

func TestSecondOpenerIsRefused(t *testing.T) {
	u, _ := created(t)
	_, err := Unlock(t.Context(), u.Dir, keys.Passphrase([]byte(testPass)))
	wantCode(t, err, "vault.open_elsewhere")
	wantCode(t, Check(t.Context(), u.Dir, keys.Passphrase([]byte(testPass)), nil), "vault.open_elsewhere")
	if got := child(t, "unlock", u.Dir); got != "vault.open_elsewhere" {
		t.Errorf("another process: %s", got)
	}
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	if got := child(t, "unlock", u.Dir); got != "unlocked" {
		t.Errorf("another process, after the lock: %s", got)
	}
}

// child runs this test binary as another process and returns what it printed.
func child(t *testing.T, what, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "ALCOVE_TEST_CHILD="+what, "ALCOVE_TEST_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestCopyOfTheClosedFolderIsABackup(t *testing.T) {
	u, kit := created(t)
	mark(t, u, "before")
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "elsewhere", "Copy of Home")
	if err := os.CopyFS(backup, os.DirFS(u.Dir)); err != nil {
		t.Fatal(err)
	}
	// The original goes on and is then lost.
	again := unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
	mark(t, again, "after")
	if err := again.ChangePassphrase(t.Context(), []byte(testPass), []byte("a wholly new one")); err != nil {
		t.Fatal(err)
	}
	if err := again.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(u.Dir); err != nil {
		t.Fatal(err)
	}

	if err := Check(t.Context(), backup, keys.Passphrase([]byte(testPass)), nil); err != nil {
		t.Fatalf("the copy is not good: %v", err)
	}
	copied := unlocked(t, backup, keys.Passphrase([]byte(testPass)))
	wantMark(t, copied, "before")
	if copied.Name != "Copy of Home" {
		t.Errorf("name %q", copied.Name)
	}
	if err := copied.Lock(); err != nil {
		t.Fatal(err)
	}
	withKit, err := UnlockWithKit(t.Context(), backup, kit, []byte("for the copy only"))
	if err != nil {
		t.Fatal(err)
	}
	wantMark(t, withKit, "before")
	mark(t, withKit, "lives on")
	if err := withKit.Lock(); err != nil {
		t.Fatal(err)
	}
	wantMark(t, unlocked(t, backup, keys.Passphrase([]byte("for the copy only"))), "lives on")
}

func damage(t *testing.T, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[(at+len(data))%len(data)] ^= 0x40
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFilesAreNamedAndLeftAlone(t *testing.T) {
	good, _ := closedVault(t)
	for _, tc := range []struct {
		name, file string
		harm       func(path string) error
		check      bool // only Check looks at it
	}{
		{"database bit", databaseFile, func(p string) error { damage(t, p, 2000); return nil }, false},
		{"database cut", databaseFile, func(p string) error { return os.Truncate(p, 1000) }, false},
		{"database gone", databaseFile, os.Remove, false},
		{"key file bit", keys.PassphraseFile, func(p string) error { damage(t, p, -1); return nil }, false},
		{"key file gone", keys.PassphraseFile, os.Remove, false},
		{"key file emptied", keys.PassphraseFile, func(p string) error { return os.Truncate(p, 0) }, false},
		{"recovery file gone", keys.RecoveryFile, os.Remove, true},
		{"recovery file emptied", keys.RecoveryFile, func(p string) error { return os.Truncate(p, 0) }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "Home")
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			if err := tc.harm(filepath.Join(dir, tc.file)); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			c := keys.Passphrase([]byte(testPass))
			err := Check(t.Context(), dir, c, nil)
			if !tc.check {
				wantCode(t, err, "vault.damaged")
				_, err = Unlock(t.Context(), dir, c)
			}
			f := fault.Of(err)
			if f.Code != "vault.damaged" || f.Data["file"] != tc.file || !strings.Contains(f.Message, tc.file) {
				t.Errorf("got %v, data %v", err, f.Data)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("the folder was changed: %s", diff)
			}
			if tc.check {
				unlocked(t, dir, c) // a lost recovery file does not keep anyone out
			}
		})
	}
}

func TestWhatIsNoVaultIsSaidSo(t *testing.T) {
	c := keys.Passphrase([]byte(testPass))
	_, err := Unlock(t.Context(), filepath.Join(t.TempDir(), "gone"), c)
	wantCode(t, err, "vault.not_found")
	empty := t.TempDir()
	_, err = Unlock(t.Context(), empty, c)
	wantCode(t, err, "vault.not_a_vault")
	if len(contents(t, empty)) != 0 {
		t.Error("something was written there")
	}
}

func TestCheckOfAGoodVault(t *testing.T) {
	dir, kit := closedVault(t)
	for _, c := range []keys.Credential{keys.Passphrase([]byte(testPass)), keys.Recovery(kit)} {
		if err := Check(t.Context(), dir, c, nil); err != nil {
			t.Errorf("a good vault: %v", err)
		}
	}
	wantCode(t, Check(t.Context(), dir, keys.Passphrase([]byte("something else")), nil), "vault.wrong_passphrase")
}

func TestFolderHoldsNothingReadable(t *testing.T) {
	u, _ := created(t)
	mark(t, u, "PLANTED-MARKER")
	for range 2 { // open, with its log, and closed
		for name, data := range contents(t, u.Dir) {
			for _, text := range []string{"PLANTED-MARKER", "alcove_setting", "SQLite format"} {
				if bytes.Contains([]byte(data), []byte(text)) {
					t.Errorf("%s holds %q", name, text)
				}
			}
		}
		if err := u.Lock(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSettingsStayInTheVault(t *testing.T) {
	u, _ := created(t)
	empty, err := u.Tabs(t.Context())
	if err != nil || len(empty.Open) != 0 || empty.Open == nil {
		t.Errorf("tabs of a new vault: %v, %v", empty, err)
	}
	want := Tabs{Open: []string{"aa.notes", "bb.feed"}, Active: "bb.feed"}
	if err := u.SetTabs(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	wantCode(t, u.SetTabs(t.Context(), Tabs{Open: make([]string, 65)}), "request.too_large")
	wantCode(t, u.SetTabs(t.Context(), Tabs{Active: strings.Repeat("x", 1<<20)}), "request.too_large")
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	got, err := unlocked(t, u.Dir, keys.Passphrase([]byte(testPass))).Tabs(t.Context())
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
