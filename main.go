// Alcove keeps small apps and their data in an encrypted vault on this machine.
//
// Without arguments, or with a package to review, it opens the window. With a
// command it does that command's work; see alcove --help.
package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alcove-vault/alcove/app"
	"github.com/alcove-vault/alcove/internal/capability/shell"
	"github.com/alcove-vault/alcove/internal/cli"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// dist is what the frontend's build made: the host page and Notes.
//
//go:embed all:frontend/dist
var dist embed.FS

func main() {
	// Beside a program that an app runs this binary is only its supervisor.
	if shell.IsSupervisor() {
		os.Exit(shell.Supervise())
	}
	os.Exit(run(os.Args[1:]))
}

// run returns the exit status.
func run(args []string) int {
	// Before anything that could be a secret is in memory.
	if err := keys.HardenProcess(); err != nil {
		fmt.Fprintln(os.Stderr, "alcove: this system protects the process's memory less than it should:", err)
	}
	assets, err := fs.Sub(dist, "frontend/dist/host")
	if err != nil {
		fmt.Fprintln(os.Stderr, "alcove:", err)
		return cli.StatusRefused
	}
	notes, err := dist.ReadFile("frontend/dist/extensions/notes.alcove")
	if err != nil {
		notes = nil // a build without it
	}
	if cli.IsCommand(args) {
		return cli.Run(args, cli.Options{
			Assets: assets, Notes: notes, Version: manifest.HostVersion,
			Stdout: os.Stdout, Stderr: os.Stderr,
		})
	}
	file, ok := fileToReview(args)
	if !ok {
		fmt.Fprintln(os.Stderr, "alcove: the window takes one file to review. See alcove --help.")
		return cli.StatusUsage
	}
	if err := app.Run(app.Options{Assets: assets, Notes: notes, File: file, Version: manifest.HostVersion}); err != nil {
		if fault.Code(err) != fault.CodeInternal {
			err = errors.New(fault.Of(err).Message)
		}
		fmt.Fprintln(os.Stderr, "alcove:", err)
		return cli.StatusRefused
	}
	return cli.StatusGood
}

// fileToReview is the absolute path of the one argument there may be, or "".
func fileToReview(args []string) (file string, ok bool) {
	switch {
	case len(args) == 0:
		return "", true
	case len(args) > 1 || strings.HasPrefix(args[0], "-") || args[0] == "":
		return "", false
	}
	file, err := filepath.Abs(args[0])
	return file, err == nil
}
