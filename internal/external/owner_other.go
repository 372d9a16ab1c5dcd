//go:build !linux

package external

// ownUser would say whose program is at the other end; here nobody is asked.
func ownUser(_, _ string) bool { return true }
