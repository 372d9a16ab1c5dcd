// Package shell runs programs for an app: one program with exact arguments and
// no shell between, in an environment that holds nothing of Alcove's, until it
// ends or is ended, and then with everything it has started.
//
// A supervisor stands between Alcove and the program: Alcove's own binary,
// started anew with an empty memory. Whatever the program starts, however
// often it forks or leaves its session, has the supervisor as the nearest one
// to take it in when its parent ends, so it can always be found, ended and
// waited for. When Alcove itself is gone, the supervisor notices and ends all.
package shell

import (
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Bounds of one run.
const (
	MaxArgs       = 256
	maxArgBytes   = 64 << 10 // of all arguments together
	MaxStdin      = 4 << 20
	MaxOutput     = 64 << 20 // bytes a program may write before it is ended
	DefaultTime   = 10 * time.Minute
	MaxTime       = time.Hour
	maxQueued     = 256 << 10 // output that nobody has read; then the program waits
	readSize      = 32 << 10
	endTime       = 2 * time.Second // what ending everything may take before Alcove stops waiting
	MaxColumns    = 1000            // of a terminal, and rows
	maxSpecLength = 1 << 20
)

// How many programs may run at once.
const (
	maxRunning      = 16 // in the vault
	maxRunningOfOne = 4  // of one app
)

// Size is a terminal's, in characters.
type Size struct{ Columns, Rows int }

// Spec is one run.
type Spec struct {
	Owner    int64 // the app's row, whose runs are counted together
	Program  Program
	Args     []string
	Dir      string        // absolute, links resolved; where it runs
	Stdin    []byte        // what it can read; nothing more follows
	Time     time.Duration // until it is ended; 0 is no end, for terminals
	Output   int64         // bytes it may write before it is ended; 0 is no end, for terminals
	Terminal *Size         // nil: pipes
}

// Launcher starts programs and counts what runs.
type Launcher struct {
	finder finder

	mu      sync.Mutex
	running map[int64]int
	all     int
}

// New returns a launcher of the system's programs.
func New() *Launcher { return &Launcher{finder: systemFinder, running: make(map[int64]int)} }

// Check holds what an app asks for against the bounds. Errors: shell.arguments.
func Check(args []string, stdin []byte) error {
	size := 0
	for _, a := range args {
		if strings.ContainsRune(a, 0) {
			return fault.New("shell.arguments", "An argument contains a NUL character, which no program can be given. Take it out.")
		}
		size += len(a) + 1
	}
	switch {
	case len(args) > MaxArgs || size > maxArgBytes:
		return fault.New("shell.arguments", "There are more than 256 arguments, or more than 64 KiB of them. Give the program its input through stdin or a file.")
	case len(stdin) > MaxStdin:
		return fault.New("shell.arguments", "The input is over 4 MiB. Give the program a file.")
	}
	return nil
}

// enter counts a run; leave must follow.
func (l *Launcher) enter(owner int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= maxRunning || l.running[owner] >= maxRunningOfOne {
		return errTooMany
	}
	l.all++
	l.running[owner]++
	return nil
}

func (l *Launcher) leave(owner int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.running[owner]--; l.running[owner] == 0 {
		delete(l.running, owner)
	}
}
