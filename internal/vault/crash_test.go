package vault

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/alcove-vault/alcove/internal/keys"
)

// TestKillWhileChangingThePassphraseLeavesOneThatOpens kills a process that
// changes it to and fro.
func TestKillWhileChangingThePassphraseLeavesOneThatOpens(t *testing.T) {
	dir, kit := closedVault(t)
	rounds := 5
	if os.Getenv("ALCOVE_FULL") == "1" {
		rounds = 100
	}
	for round := range rounds {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "ALCOVE_TEST_CHILD=change", "ALCOVE_TEST_DIR="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n <= round%7 && lines.Scan(); n++ {
			if lines.Text() != "changed" {
				t.Fatal(lines.Text())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		u, err := Unlock(t.Context(), dir, keys.Passphrase([]byte(testPass)))
		if errors.Is(err, keys.ErrWrongPassphrase) {
			if u, err = Unlock(t.Context(), dir, keys.Passphrase([]byte(otherPass))); err == nil {
				err = u.ChangePassphrase(t.Context(), []byte(otherPass), []byte(testPass))
			}
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		wantMark(t, u, "here")
		if err := u.Lock(); err != nil {
			t.Fatal(err)
		}
	}
	wantMark(t, unlocked(t, dir, keys.Recovery(kit)), "here")
}
