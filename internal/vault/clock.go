package vault

import "time"

// clock is the time, so that tests need not wait for it.
type clock interface {
	now() time.Time
	// after calls f on its own goroutine once d has passed. Stop makes it not
	// happen, if it has not begun.
	after(d time.Duration, f func()) (stop func())
}

type systemClock struct{}

func (systemClock) now() time.Time { return time.Now() }

func (systemClock) after(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// elapsed is the time from a to b. The monotonic clock stops while a machine
// sleeps and the wall clock can be set back, so the longer one counts.
func elapsed(a, b time.Time) time.Duration {
	return max(b.Sub(a), b.Round(0).Sub(a.Round(0)))
}
