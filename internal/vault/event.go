package vault

import "time"

// EventKind is what an Event tells.
type EventKind string

// The kinds of events.
const (
	// EventState: State has changed.
	EventState EventKind = "state"
	// EventLocking: the vault locks when Grace is over; extensions save now.
	EventLocking EventKind = "locking"
	// EventLockWarning: the vault locks in Remaining unless there is activity;
	// 0 means that there was.
	EventLockWarning EventKind = "lock_warning"
)

// Why a vault was locked.
const (
	ReasonRequest = "request"
	ReasonIdle    = "idle"
	ReasonSwitch  = "switch"
	ReasonQuit    = "quit"

	ReasonSleep    = "sleep"    // the machine is about to sleep
	ReasonScreen   = "screen"   // its screen was locked
	ReasonMinimise = "minimise" // the window was minimised
)

// Event is something the interface shows.
type Event struct {
	Kind      EventKind
	Reason    string        // of EventLocking, and of the EventState that follows it
	Grace     time.Duration // of EventLocking
	Remaining time.Duration // of EventLockWarning
}
