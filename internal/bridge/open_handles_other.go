//go:build !unix

package bridge

import "math"

// descriptors is how many files the system lets the process have open: here
// there is no such number.
func descriptors() int64 { return math.MaxInt32 }
