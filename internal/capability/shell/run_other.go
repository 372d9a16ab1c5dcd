//go:build !linux

package shell

import "os"

func resize(*os.File, Size) error { return errNoTerminal }

// source is never made here.
type source struct {
	name string
	file *os.File
}
