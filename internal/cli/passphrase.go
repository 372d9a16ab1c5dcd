package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/alcove-vault/alcove/internal/fault"
)

// maxPassphraseFile bounds what is read of a passphrase file.
const maxPassphraseFile = 4096

// passphraseFlag is embedded in every command that opens a vault.
type passphraseFlag struct {
	PassphraseFile string `name:"passphrase-file" placeholder:"FILE" help:"Read the passphrase from FILE; one line break at its end does not count. Without it, the terminal is asked." type:"path"`
}

// read returns the passphrase. The caller overwrites it after use.
func (p passphraseFlag) read(prompt string) ([]byte, error) {
	if p.PassphraseFile != "" {
		return readPassphraseFile(p.PassphraseFile)
	}
	return askTerminal(prompt)
}

// readNew returns a passphrase to be set: a terminal is asked twice.
func (p passphraseFlag) readNew() ([]byte, error) {
	first, err := p.read("New passphrase: ")
	if err != nil || p.PassphraseFile != "" {
		return first, err
	}
	second, err := askTerminal("Again: ")
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = fault.New("cli.passphrases_differ", "The two passphrases differ. Nothing was made. Try again.")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

func readPassphraseFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable("The passphrase file", err)
	}
	defer f.Close()
	buffer := make([]byte, maxPassphraseFile+1)
	n, err := io.ReadFull(f, buffer)
	if err == nil || n == 0 {
		clear(buffer)
		return nil, fault.New(codeUsage, fmt.Sprintf("The passphrase file is empty or has more than %d bytes. Is it the right file?", maxPassphraseFile))
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull returns them as they are
		clear(buffer)
		return nil, unreadable("The passphrase file", err)
	}
	line := buffer[:n]
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// askTerminal reads a line from the terminal of this process without showing
// it.
func askTerminal(prompt string) ([]byte, error) {
	terminal, err := os.OpenFile(terminalName, os.O_RDWR, 0)
	if err != nil {
		return nil, fault.Wrap(codeUsage, "There is no terminal to ask for the passphrase. Give --passphrase-file FILE.", err)
	}
	defer terminal.Close()
	if !term.IsTerminal(int(terminal.Fd())) {
		return nil, fault.New(codeUsage, "There is no terminal to ask for the passphrase. Give --passphrase-file FILE.")
	}
	fmt.Fprint(terminal, prompt)
	line, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(terminal)
	if err != nil {
		return nil, fault.Wrap("cli.interrupted", "No passphrase was typed, so nothing was changed. Run the command again.", err)
	}
	return line, nil
}

// confirm asks a question on the terminal of this process. Anything but yes is
// cli.interrupted.
func confirm(question string) error {
	terminal, err := os.OpenFile(terminalName, os.O_RDWR, 0)
	if err != nil {
		return fault.Wrap(codeUsage, "There is no terminal to ask whether this is meant. Give --yes if it is.", err)
	}
	defer terminal.Close()
	if !term.IsTerminal(int(terminal.Fd())) {
		return fault.New(codeUsage, "There is no terminal to ask whether this is meant. Give --yes if it is.")
	}
	fmt.Fprintf(terminal, "%s [y/N] ", question)
	answer, err := bufio.NewReader(io.LimitReader(terminal, 100)).ReadString('\n')
	if text := strings.ToLower(strings.TrimSpace(answer)); err != nil || text != "y" && text != "yes" {
		return fault.New("cli.interrupted", "This was not confirmed, so nothing was changed. Run the command again and answer y, if it is meant.")
	}
	return nil
}

func unreadable(what string, err error) error {
	return fault.Wrap(codeUsage, fmt.Sprintf("%s cannot be read: %s.", what, reason(err)), err)
}
