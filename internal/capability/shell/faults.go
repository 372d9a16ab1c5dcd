package shell

import "github.com/alcove-vault/alcove/internal/fault"

// Faults an app's author meets.
var (
	errUnknown    = fault.New("shell.unknown_program", "There is no program of this name in the system's own folders (/usr/local/bin, /usr/bin, /bin). Programs in other places are not run. Install it with the system's packages.")
	errRefused    = fault.New("shell.program_refused", "The program of this name is none of the system's: its file lies elsewhere, or others than the system's administrator can change it. It is not run. Install it with the system's packages.")
	errTooMany    = fault.New("shell.too_many", "4 programs of this app are running already, or 16 of all apps. Wait for one to end, or close its handle.")
	errFolder     = fault.New("shell.folder", "The working folder cannot be used: it is no folder, it was moved while the program was started, or it cannot be opened. Choose another one.")
	errStart      = fault.New("shell.start", "The program could not be started. It may be damaged, made for another machine, or the machine has no room for another. Try it outside Alcove, then again.")
	errNoTerminal = fault.New("shell.no_terminal", "This program does not run in a terminal, so it gets its input when it is started. Start it anew with that.")
	errEnded      = fault.New("shell.ended", "The program has ended, so its handle takes no more input. Start it again.")
	errSize       = fault.New("shell.size", "A terminal has from 1 to 1,000 columns and rows. Give it a size between these.")
)
