// Package arming keeps what a person is asked from being answered before they
// could read it: no click or key that was meant for something else is an answer.
package arming

import (
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Time is how long a question has to be seen before it can be answered.
const Time = 500 * time.Millisecond

var (
	// ErrGone is the error of an answer to a question that is not on the screen.
	ErrGone = fault.New("prompt.gone", "This question is not asked any more: it was answered, or what asked it has ended. There is nothing left to do here.")
	// ErrEarly is the error of an answer before Time.
	ErrEarly = fault.New("prompt.armed", "The question was answered before it could be read, so the answer does not count. It is still open: read it, then answer again.")
)

// Seen is since when a question is on the screen. The zero value is one that is
// not yet.
type Seen struct{ since time.Time }

// Painted tells that the page has painted the question. The first time counts.
func (s *Seen) Painted(now time.Time) {
	if s.since.IsZero() {
		s.since = now
	}
}

// Shown reports whether the question is on the screen.
func (s Seen) Shown() bool { return !s.since.IsZero() }

// Check reports whether the question can be answered. Error: ErrEarly.
func (s Seen) Check(now time.Time) error {
	if !s.Shown() || now.Sub(s.since) < Time {
		return ErrEarly
	}
	return nil
}
