package crdt

import (
	"sync/atomic"
	"time"
)

// A hybrid time is 48 bits of Unix milliseconds and 15 bits of a counter in an
// int64. It never goes back on a device, and is later than everything the
// device has seen.
const (
	counterBits = 15
	// maxAhead is how far in the future a change of another device may be. A
	// later one is held back unaltered: with it, everybody's clocks would jump.
	maxAhead = 24 * time.Hour
)

// hybrid returns the hybrid time of a moment.
func hybrid(t time.Time) int64 { return t.UnixMilli() << counterBits }

// moment returns the moment of a hybrid time, to the millisecond.
func moment(h int64) time.Time { return time.UnixMilli(h >> counterBits) }

// clock hands out hybrid times. It is safe for use by several goroutines.
type clock struct {
	last atomic.Int64
	now  func() time.Time
}

// tick returns a time later than all before.
func (c *clock) tick() int64 {
	for {
		last := c.last.Load()
		next := max(hybrid(c.now()), last+1)
		if c.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// see makes later ticks later than h.
func (c *clock) see(h int64) {
	for {
		last := c.last.Load()
		if h <= last || c.last.CompareAndSwap(last, h) {
			return
		}
	}
}

// ahead reports whether h is too far in the future to be merged.
func (c *clock) ahead(h int64) bool { return h > hybrid(c.now().Add(maxAhead)) }
