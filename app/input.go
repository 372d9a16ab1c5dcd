package app

import (
	"sync/atomic"
	"time"
)

// lastInput is when something was last pressed in the window.
type lastInput struct{ last atomic.Pointer[time.Time] }

func (l *lastInput) pressed() {
	now := time.Now()
	l.last.Store(&now)
}

// at returns the zero time if nothing ever was.
func (l *lastInput) at() time.Time {
	if t := l.last.Load(); t != nil {
		return *t
	}
	return time.Time{}
}
