//go:build !unix

package keys

// HardenProcess does nothing here: the system offers no equivalent that this
// package uses.
func HardenProcess() error { return nil }
