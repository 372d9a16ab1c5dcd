package keys

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if os.Getenv("ALCOVE_TEST_CHILD") != "harden" {
		os.Exit(m.Run())
	}
	if err := HardenProcess(); err != nil && probeLock() == nil {
		fmt.Println(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	var core unix.Rlimit
	limited := unix.Getrlimit(unix.RLIMIT_CORE, &core)
	fmt.Println(dumpable, err, core.Cur, core.Max, limited)
}

// TestHardenedProcessLeavesNoDump hardens another process: it cannot be undone.
func TestHardenedProcessLeavesNoDump(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "ALCOVE_TEST_CHILD=harden")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "0 <nil> 0 0 <nil>" {
		t.Errorf("%v: %s", err, out)
	}
}
