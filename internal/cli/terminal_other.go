//go:build !unix

package cli

// terminalName is the console of this process, whatever its input is.
const terminalName = "CONIN$"
