// Package cli is Alcove's commands. They use the same doors as the window:
// what a command installs was verified and reviewed by the same code.
//
// Every command that prints takes --json. A passphrase is read from a file or
// from the terminal, never from an argument or the environment. Exit statuses
// are the constants of this package and are part of its interface.
package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Exit statuses.
const (
	StatusGood          = 0
	StatusRefused       = 1 // refused, or something is bad
	StatusUsage         = 2 // the command line does not make sense
	StatusPassphrase    = 3 // wrong passphrase
	StatusOpenElsewhere = 4 // the vault is open in another process
)

// Options are what main gives the commands.
type Options struct {
	Assets  fs.FS  // the built host page: index.html and assets/
	Notes   []byte // the package of Notes, nil in a build without it
	Version string
	Stdout  io.Writer
	Stderr  io.Writer
}

const description = `Keeps small apps and their data in an encrypted vault on this machine.

alcove [FILE] opens the window, with FILE to review. The commands below do their work without one.

Exit status: 0 good, 1 refused or bad, 2 usage, 3 wrong passphrase, 4 the vault is open elsewhere.`

// grammar is the command line. Kong reads the tags.
type grammar struct {
	Version kong.VersionFlag `help:"Print the version."`

	Serve serveCommand `cmd:"" help:"Serve the window's interface to a browser on this machine, until interrupted."`
	Vault struct {
		Create createCommand `cmd:"" help:"Make a vault."`
		Check  checkCommand  `cmd:"" help:"Check the integrity of every page, package and row. The exit status is 0 only if all is good."`
	} `cmd:"" help:"Make and check vaults."`
	Ext struct {
		Keygen  keygenCommand  `cmd:"" help:"Make a publisher key. A package signed with another key is another extension."`
		Pack    packCommand    `cmd:"" help:"Pack and sign a folder. The same folder and key give the same bytes."`
		Verify  verifyCommand  `cmd:"" help:"Verify a package as an installation would."`
		Inspect inspectCommand `cmd:"" help:"Verify a package and show what it is and what it asks for."`
		Install installCommand `cmd:"" help:"Install a package. If a window has the vault open, the package is handed to its review."`
		List    listCommand    `cmd:"" help:"List the extensions of a vault."`
		Remove  removeCommand  `cmd:"" help:"Remove an extension. Its data is kept unless --delete-data is given."`
		Limits  limitsCommand  `cmd:"" help:"Show the limits of an extension, and change them with --set."`
		Export  exportCommand  `cmd:"" help:"Write an extension's data as plain, unencrypted files: SQLite, CSV and JSON."`
		Import  importCommand  `cmd:"" help:"Read what export wrote into an installed extension: all of it or nothing."`

		History   historyCommand   `cmd:"" help:"Show when an extension's tables were changed, and how long that is kept."`
		Restore   restoreCommand   `cmd:"" help:"Put an extension's tables back to how they were. That can be undone."`
		Conflicts conflictsCommand `cmd:"" help:"Show what gave way when changes of several devices met, and bring it back with --restore."`
	} `cmd:"" help:"Make packages, install them, take data out and in, and go back."`
}

// verbs are the first arguments that are a command's.
var verbs = []string{"serve", "vault", "ext", "help", "version", "--help", "-h", "--version"}

// IsCommand says whether args are for Run and not for the window, which takes a
// file: a command, or a lone word that looks like one and is no file here.
func IsCommand(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return slices.Contains(verbs, args[0]) || len(args) == 1 && isWord(args[0]) && isNoFile(args[0])
}

func isWord(arg string) bool {
	return arg != "" && strings.Trim(arg, "abcdefghijklmnopqrstuvwxyz") == ""
}

func isNoFile(name string) bool {
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// asOptions lets the words that many programs take stand for the options.
func asOptions(args []string) []string {
	if len(args) > 0 && (args[0] == "help" || args[0] == "version") {
		return append(slices.Clone(args[1:]), "--"+args[0])
	}
	return args
}

// exited ends parsing where kong would end the process.
type exited struct{ status int }

// Run runs one command and returns the exit status. An interrupt, a request to
// end or the end of its terminal ends it in order.
func Run(args []string, o Options) (status int) {
	endings := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		endings = append(endings, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	defer stop()
	return run(ctx, args, o)
}

func run(ctx context.Context, args []string, o Options) (status int) {
	out := &output{stdout: o.Stdout, stderr: o.Stderr}
	defer func() {
		// Kong has no other way to stop after --help than to end the process.
		if r := recover(); r != nil {
			e, ok := r.(exited)
			if !ok {
				panic(r)
			}
			status = e.status
		}
	}()
	var g grammar
	parser, err := kong.New(&g,
		kong.Name("alcove"), kong.Description(description), kong.UsageOnError(),
		kong.Vars{"version": "alcove " + o.Version},
		kong.Writers(o.Stdout, o.Stderr),
		kong.Exit(func(status int) { panic(exited{status}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return out.fail(err)
	}
	parsed, err := parser.Parse(asOptions(args))
	if err != nil {
		return out.fail(fault.Wrap(codeUsage, usageMessage(err), err))
	}
	for _, flag := range parsed.Flags() {
		if flag.Name == "json" {
			out.json = flag.Target.Bool()
		}
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&o, out); err != nil {
		return out.fail(err)
	}
	return StatusGood
}

const codeUsage = "cli.usage"

func usageMessage(err error) string {
	if missing, ok := errors.AsType[*kong.ParseError](err); ok && missing.Context != nil {
		// Kong would name the first five commands and then "…".
		var names []string
		for _, child := range missing.Context.Model.Children {
			names = append(names, child.Name)
		}
		if at := missing.Context.Selected(); at != nil {
			names = nil
			for _, child := range at.Children {
				names = append(names, child.Name)
			}
		}
		if len(names) > 0 && strings.HasPrefix(err.Error(), "expected one of") {
			return "The command line is not right: a command is missing, one of " + strings.Join(names, ", ") + ". See alcove --help."
		}
	}
	return "The command line is not right: " + err.Error() + ". See alcove --help."
}

func statusOf(err error) int {
	switch code := fault.Code(err); code {
	case "":
		return StatusGood
	case codeUsage:
		return StatusUsage
	case "vault.wrong_passphrase":
		return StatusPassphrase
	case "vault.open_elsewhere":
		return StatusOpenElsewhere
	default:
		return StatusRefused
	}
}

// interrupted is what a command answers that was ended from outside.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return fault.Wrap("cli.interrupted", "The command was interrupted, and what it had begun was undone. Run it again.", err)
	}
	return err
}
