//go:build !failpoint

// Package fail names instants at which a crash test kills the process.
//
// A Point costs nothing in the product. Built with the tag "failpoint", the
// process kills itself at the point that ALCOVE_FAILPOINT names, as kill -9
// or a power cut would: no deferred call runs and nothing is flushed.
package fail

// Point marks an instant between two steps of something that must be whole.
func Point(string) {}
