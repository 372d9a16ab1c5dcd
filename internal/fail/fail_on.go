//go:build failpoint

package fail

import "os"

// Point kills the process if ALCOVE_FAILPOINT is name.
func Point(name string) {
	if os.Getenv("ALCOVE_FAILPOINT") != name {
		return
	}
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		os.Exit(137)
	}
	select {}
}
