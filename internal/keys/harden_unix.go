//go:build unix && !linux

package keys

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// HardenProcess forbids core dumps. Keeping other processes of this user from
// reading this one's memory is left to the system here.
func HardenProcess() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core dumps: %w", err)
	}
	return nil
}
