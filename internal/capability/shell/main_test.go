//go:build linux

package shell

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if IsSupervisor() {
		os.Exit(Supervise())
	}
	if os.Getenv("ALCOVE_TEST_CHILD") == "owner" {
		os.Exit(ownAProgram())
	}
	goleak.VerifyTestMain(m)
}
