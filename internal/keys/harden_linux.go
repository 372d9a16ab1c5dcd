package keys

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// HardenProcess forbids other processes of this user to read this one's memory
// and forbids core dumps. Call it first in main. The error says what could not
// be done, including that keys cannot be locked in memory; the process may go
// on, with less protection.
func HardenProcess() error {
	var errs []error
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		errs = append(errs, fmt.Errorf("make the process non-dumpable: %w", err))
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		errs = append(errs, fmt.Errorf("forbid core dumps: %w", err))
	}
	if err := probeLock(); err != nil {
		errs = append(errs, fmt.Errorf("lock keys in memory: %w", err))
	}
	return errors.Join(errs...)
}
