package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/instance"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/vault"
)

// vaultFlags are of every command that works in a vault.
type vaultFlags struct {
	Vault string `required:"" placeholder:"DIR" help:"The vault's folder." type:"path"`
	passphraseFlag
	jsonFlag
}

// with opens the vault, runs work and locks it again, also after an error.
func (f vaultFlags) with(ctx context.Context, work func(*vault.Unlocked) error) error {
	if err := vault.Look(f.Vault); err != nil {
		return err
	}
	passphrase, err := f.read("Passphrase: ")
	if err != nil {
		return err
	}
	defer clear(passphrase)
	u, err := vault.Unlock(ctx, f.Vault, keys.Passphrase(passphrase))
	if err != nil {
		return err
	}
	defer u.Wait()
	return closed(ctx, u, work(u))
}

// closed closes a vault in which work was done, with the error it ended with. An
// error of the closing alone says that the work was done all the same.
func closed(ctx context.Context, u *vault.Unlocked, err error) error {
	late := u.Close(ctx)
	if f, ok := errors.AsType[*fault.Error](late); ok && err == nil {
		return fault.Wrap(f.Code, "The command has done its work, and it is saved. "+f.Message, late)
	}
	return errors.Join(err, late)
}

// installCommand is `alcove ext install`.
type installCommand struct {
	File string `arg:"" help:"The package."`
	vaultFlags
	Grant           string `default:"default" placeholder:"all|default|FILE.json" help:"What the extension may do: all it asks for, what the review starts with, or a list of {resource, action, target, decision}."`
	AcceptNameTaken bool   `name:"accept-name-taken" help:"Install although an app of another publisher has the same name."`
}

type installAnswer struct {
	verdict
	Waiting bool   `json:"waiting"` // for the review in the window
	ID      string `json:"id,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
}

// Run installs what was verified, or hands it to the window that has the vault
// open.
func (c *installCommand) Run(ctx context.Context, out *output) error {
	data, err := readPackage(c.File)
	if err != nil {
		return err
	}
	err = c.with(ctx, func(u *vault.Unlocked) error { return c.install(ctx, u, data, out) })
	if errors.Is(err, vault.ErrOpenElsewhere) {
		return c.handOver(ctx, data, out, err)
	}
	return err
}

func (c *installCommand) install(ctx context.Context, u *vault.Unlocked, data []byte, out *output) error {
	review, err := u.Extensions.Stage(ctx, data, extension.Source{Kind: "cli", FileName: filepath.Base(c.File)})
	if err != nil {
		return err
	}
	defer u.Extensions.Cancel(review.ID)
	if review.Refusal != nil {
		return fault.New(review.Refusal.Code, review.Refusal.Message)
	}
	if w := review.Warning; w != nil && !c.AcceptNameTaken {
		return fault.New("extension.needs_acknowledgement", fmt.Sprintf(
			"This vault has %q from another publisher (%s). The package is by someone else and would be a second app of that name. If you are sure, give --accept-name-taken.",
			printable(w.Title), strings.Join(w.Words[:], " ")))
	}
	choices, err := choicesOf(c.Grant, review)
	if err != nil {
		return err
	}
	meter := newMeter(out, "Installing")
	id, err := u.Extensions.Accept(ctx, review.ID, choices, c.AcceptNameTaken, meter.progress)
	meter.done()
	if err != nil {
		return err
	}
	return out.print(
		fmt.Sprintf("Installed %s %s (%s).\n", printable(review.Title), review.Version, id),
		installAnswer{verdict: good, ID: id.String(), Kind: review.Kind, Name: review.Name, Version: review.Version})
}

// handOver gives the file to the window if it is that which has the vault
// open, after the checks that it will make too. Held is the error that the
// vault is open elsewhere.
func (c *installCommand) handOver(ctx context.Context, data []byte, out *output, held error) error {
	if _, err := bundle.Open(data); err != nil {
		return err
	}
	file, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(c.Vault)
	if err != nil {
		return err
	}
	err = instance.Send(ctx, instance.Message{Files: []string{file}, Vault: dir})
	if errors.Is(err, instance.ErrNone) || fault.Code(err) == instance.CodeOtherVault {
		return held
	}
	if err != nil {
		return err
	}
	return out.print("The vault is open in a window. The package waits there for your review; what it may do is decided there.\n",
		installAnswer{verdict: good, Waiting: true})
}

// listCommand is `alcove ext list`.
type listCommand struct {
	vaultFlags
}

// Run lists what is installed.
func (c *listCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		list, err := u.Extensions.List(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, e := range list {
			hold := e.Hold
			if hold == extension.HoldNone {
				hold = "installed"
			}
			rows = append(rows, []string{e.Name, e.Title, e.Version, hold, e.ID})
		}
		kept, err := u.Extensions.Kept(ctx)
		if err != nil {
			return err
		}
		text := table(rows)
		if len(rows) == 0 {
			text = "No extension is installed.\n"
		}
		if len(kept) > 0 {
			rows = nil
			for _, e := range kept {
				rows = append(rows, []string{"  " + e.Name, e.Version, e.ID})
			}
			text += "Removed, with data that was kept (alcove ext remove ID --delete-data deletes it):\n" + table(rows)
		}
		return out.print(text, struct {
			verdict
			Extensions []extension.Installed `json:"extensions"`
			Kept       []extension.Kept      `json:"kept"`
		}{good, list, kept})
	})
}

// removeCommand is `alcove ext remove`.
type removeCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	vaultFlags
	DeleteData bool `name:"delete-data" help:"Also delete its tables and values. This cannot be undone."`
}

// Run removes one extension.
func (c *removeCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		if err := u.RemoveApp(ctx, id, c.DeleteData); err != nil {
			return err
		}
		kept := "Its data is kept."
		if c.DeleteData {
			kept = "Its data is deleted."
		}
		return out.print(fmt.Sprintf("Removed %s. %s\n", id, kept), struct {
			verdict
			ID       string `json:"id"`
			DataKept bool   `json:"data_kept"`
		}{good, id.String(), !c.DeleteData})
	})
}

// findExtension takes an id as it is, installed or with kept data, and a name
// if it is clear which one is meant: of those that are installed, or else of
// those with kept data.
func findExtension(ctx context.Context, u *vault.Unlocked, name string) (manifest.ID, error) {
	if id, err := manifest.ParseID(name); err == nil {
		return id, nil
	}
	list, err := u.Extensions.List(ctx)
	if err != nil {
		return manifest.ID{}, err
	}
	var found []string
	for _, e := range list {
		if e.Name == name {
			found = append(found, e.ID)
		}
	}
	if len(found) == 0 {
		kept, err := u.Extensions.Kept(ctx)
		if err != nil {
			return manifest.ID{}, err
		}
		for _, e := range kept {
			if e.Name == name {
				found = append(found, e.ID)
			}
		}
	}
	switch len(found) {
	case 1:
		return manifest.ParseID(found[0])
	case 0:
		return manifest.ID{}, fault.New("extension.not_found", fmt.Sprintf("No extension called %q is installed in this vault. See alcove ext list.", printable(name)))
	default:
		return manifest.ID{}, fault.New("extension.ambiguous", fmt.Sprintf("Several extensions are called %q. Give one of these ids: %s.", printable(name), strings.Join(found, ", ")))
	}
}
