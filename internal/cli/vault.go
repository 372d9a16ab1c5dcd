package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/vault"
)

// createCommand is `alcove vault create`.
type createCommand struct {
	Dir         string `arg:"" help:"The vault's folder, which must not exist or be empty. Its name is the vault's."`
	RecoveryOut string `name:"recovery-out" required:"" placeholder:"FILE" help:"Write the recovery kit to FILE, which must not exist. Print it and delete the file."`
	passphraseFlag
	jsonFlag
}

// Run makes the vault. The kit is on the disk before the vault is, so there is
// never a vault whose kit nobody has.
func (c *createCommand) Run(ctx context.Context, out *output) error {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return err
	}
	passphrase, err := c.readNew()
	if err != nil {
		return err
	}
	defer clear(passphrase)
	pending, err := vault.Begin(filepath.Base(dir), filepath.Dir(dir), passphrase)
	if err != nil {
		return err
	}
	defer pending.Discard()
	text, _ := pending.Printable(time.Now())
	if err := writeNew(c.RecoveryOut, []byte(text)); err != nil {
		return badFile("The recovery kit cannot be written, so no vault was made", err)
	}
	var answers [2]string
	words := pending.Kit().Words()
	for i, position := range pending.Ask() {
		answers[i] = words[position]
	}
	u, err := pending.Finish(ctx, answers)
	if err != nil {
		_ = os.Remove(c.RecoveryOut) // the kit of a vault that is not
		return err
	}
	defer u.Wait()
	if err := closed(ctx, u, nil); err != nil {
		return err
	}
	return out.print(
		fmt.Sprintf("Made the vault %s in %s.\nIts recovery kit is in %s: print it, keep it where you keep documents, and delete the file.\n", u.Name, u.Dir, c.RecoveryOut),
		struct {
			verdict
			Vault       string `json:"vault"`
			Name        string `json:"name"`
			RecoveryKit string `json:"recovery_kit"`
		}{good, u.Dir, u.Name, c.RecoveryOut})
}

// checkCommand is `alcove vault check`.
type checkCommand struct {
	Dir string `arg:"" help:"The vault's folder."`
	passphraseFlag
	jsonFlag
}

// Run reads all of the vault.
func (c *checkCommand) Run(ctx context.Context, out *output) error {
	passphrase, err := c.read("Passphrase: ")
	if err != nil {
		return err
	}
	defer clear(passphrase)
	meter := newMeter(out, "Checking")
	err = vault.Check(ctx, c.Dir, keys.Passphrase(passphrase), meter.progress)
	meter.done()
	if err != nil {
		return err
	}
	return out.print("Every page, package and row of the vault is good.\n", good)
}
