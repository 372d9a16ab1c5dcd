//go:build !linux

package shell

import (
	"context"

	"github.com/alcove-vault/alcove/internal/fault"
)

var errUnavailable = fault.New("capability.unavailable", "Running programs works on Linux only. Offer the person another way.")

// IsSupervisor is false: nothing is supervised here.
func IsSupervisor() bool { return false }

// Supervise has nothing to do here.
func Supervise() int { return 1 }

// Start answers capability.unavailable: only Linux has what it takes to end a
// program with all that it started.
func (*Launcher) Start(context.Context, Spec) (*Run, error) { return nil, errUnavailable }
