//go:build unix

package bridge

import (
	"math"

	"golang.org/x/sys/unix"
)

// descriptors is how many files the system lets the process have open.
func descriptors() int64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > math.MaxInt32 {
		return math.MaxInt32
	}
	return int64(limit.Cur)
}
