//go:build linux

package shell

import (
	"os"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if IsSupervisor() {
		os.Exit(Supervise())
	}
	if os.Getenv("ALCOVE_TEST_CHILD") == "owner" {
		os.Exit(ownAProgram())
	}
	// As Alcove itself is: others of this user cannot look into it.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
