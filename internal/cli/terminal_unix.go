//go:build unix

package cli

// terminalName is the terminal of this process, whatever its input is.
const terminalName = "/dev/tty"
