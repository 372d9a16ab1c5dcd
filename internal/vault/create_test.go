package vault

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
)

func TestNothingIsOnDiskBeforeFinish(t *testing.T) {
	parent := t.TempDir()
	place := filepath.Join(parent, "not", "yet")
	p, err := Begin("Home", place, []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	right := answers(p)
	for _, wrong := range [][2]string{{}, {right[0], "wrong"}, {"wrong", right[1]}, {right[1], right[0]}} {
		_, err := p.Finish(t.Context(), wrong)
		wantCode(t, err, "vault.kit_answer")
	}
	if text, name := p.Printable(time.Now()); !strings.Contains(text, p.Kit().Key()) || name != "Alcove recovery kit - Home.txt" {
		t.Errorf("printable kit %q in %q", text, name)
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 0 {
		t.Errorf("already there: %v", entries)
	}
	u, err := p.Finish(t.Context(), right)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Lock()
	if p.Kit() != nil {
		t.Error("the kit outlives Finish")
	}
	_, err = p.Finish(t.Context(), right)
	wantCode(t, err, "vault.pending_unknown")
	entries, err := os.ReadDir(place)
	if err != nil || len(entries) != 1 || entries[0].Name() != "Home" {
		t.Errorf("in the parent: %v, %v", entries, err)
	}
	for name := range contents(t, u.Dir) {
		info, err := os.Stat(filepath.Join(u.Dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(u.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

func TestDiscardedVaultCannotBeFinished(t *testing.T) {
	p, err := Begin("Home", t.TempDir(), []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	right := answers(p)
	p.Discard()
	p.Discard()
	_, err = p.Finish(t.Context(), right)
	wantCode(t, err, "vault.pending_unknown")
	wantCode(t, p.Confirm(right), "vault.pending_unknown")
}

func TestBeginRefuses(t *testing.T) {
	parent := t.TempDir()
	if err := os.MkdirAll(filepath.Join(parent, "Taken", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(parent, "File"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, pass, code string }{
		{"Home", "short", "vault.weak_passphrase"},
		{"Taken", testPass, "vault.exists"},
		{"File", testPass, "vault.exists"},
		{"", testPass, "vault.bad_name"},
		{"../up", testPass, "vault.bad_name"},
		{`a\b`, testPass, "vault.bad_name"},
		{".hidden", testPass, "vault.bad_name"},
		{"dot.", testPass, "vault.bad_name"},
		{"a\x00b", testPass, "vault.bad_name"},
		{"a\u202eb", testPass, "vault.bad_name"},
		{"nul", testPass, "vault.bad_name"},
		{"COM1.txt", testPass, "vault.bad_name"},
		{strings.Repeat("x", 61), testPass, "vault.bad_name"},
		{"\xff", testPass, "vault.bad_name"},
	} {
		_, err := Begin(tc.name, parent, []byte(tc.pass))
		wantCode(t, err, tc.code)
	}
	for _, name := range []string{"Home vault", "Käse 2026", "日記", "a.b", "COMET"} {
		if clean, err := cleanName("  " + name + " "); err != nil || clean != name {
			t.Errorf("%q became %q, %v", name, clean, err)
		}
	}
}

func TestAnEmptyFolderIsTakenOver(t *testing.T) {
	parent := t.TempDir()
	if err := os.Mkdir(filepath.Join(parent, "Home"), 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := Begin("Home", parent, []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	u, err := p.Finish(t.Context(), answers(p))
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatAppearedMeanwhileIsKept(t *testing.T) {
	parent := t.TempDir()
	p, err := Begin("Home", parent, []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	theirs := filepath.Join(parent, "Home", "theirs")
	if err := os.MkdirAll(theirs, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = p.Finish(t.Context(), answers(p))
	wantCode(t, err, "vault.exists")
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	// With the obstacle gone the same kit still works.
	if err := os.RemoveAll(filepath.Join(parent, "Home")); err != nil {
		t.Fatal(err)
	}
	u, err := p.Finish(t.Context(), answers(p))
	if err != nil {
		t.Fatal(err)
	}
	defer u.Lock()
}

// TestKillDuringFinishLeavesAWholeVaultOrNone kills a process at every step.
func TestKillDuringFinishLeavesAWholeVaultOrNone(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "killed.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-tags", "failpoint", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, tc := range []struct {
		point string
		there bool
	}{
		{"vault.after_folder", false},
		{"vault.after_keys", false},
		{"vault.after_store", false},
		{"vault.before_move", false},
		{"vault.after_move", true},
	} {
		t.Run(tc.point, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "Home")
			cmd := exec.CommandContext(t.Context(), binary)
			cmd.Env = append(os.Environ(), "ALCOVE_TEST_CHILD=create", "ALCOVE_TEST_DIR="+dir, "ALCOVE_FAILPOINT="+tc.point)
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.Exited() {
				t.Fatalf("the process was not killed: %v %s", err, out)
			}
			if tc.there {
				if err := Check(t.Context(), dir, keys.Passphrase([]byte(testPass)), nil); err != nil {
					t.Errorf("the vault is not good: %v", err)
				}
				return
			}
			if _, err := os.Lstat(dir); err == nil {
				t.Error("half a vault is there")
			}
			sweep(parent, time.Now())
			entries, err := os.ReadDir(parent)
			if err != nil || len(entries) != 1 {
				t.Fatalf("a young folder was removed: %v, %v", entries, err)
			}
			// What is left is removed when a vault is made there later.
			past := time.Now().Add(-time.Hour)
			if err := os.Chtimes(filepath.Join(parent, entries[0].Name()), past, past); err != nil {
				t.Fatal(err)
			}
			p, err := Begin("Home", parent, []byte(testPass))
			if err != nil {
				t.Fatal(err)
			}
			u, err := p.Finish(t.Context(), answers(p))
			if err != nil {
				t.Fatal(err)
			}
			if err := u.Lock(); err != nil {
				t.Fatal(err)
			}
			if entries, _ := os.ReadDir(parent); len(entries) != 1 || entries[0].Name() != "Home" {
				t.Errorf("left for ever: %v", entries)
			}
		})
	}
}

func TestSweepLeavesWhatIsInUse(t *testing.T) {
	parent := t.TempDir()
	busy, mine := filepath.Join(parent, stagingPrefix+"1"), filepath.Join(parent, "Alcove-new-photos")
	for _, dir := range []string{busy, mine} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	hold, err := lockFolder(busy)
	if err != nil {
		t.Fatal(err)
	}
	defer hold.release()
	sweep(parent, time.Now().Add(time.Hour))
	for _, dir := range []string{busy, mine} {
		if _, err := os.Stat(dir); err != nil {
			t.Error(err)
		}
	}
}
