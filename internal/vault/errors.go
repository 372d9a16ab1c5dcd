package vault

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
)

// Errors a caller branches on, to be used with errors.Is.
var (
	ErrLocked = fault.New("vault.locked",
		"The vault is locked. Unlock it and try again.")
	ErrOpenElsewhere = fault.New("vault.open_elsewhere",
		"This vault is already open in another window or program. Close it there, or lock it there, and try again.")
	ErrNotFound = fault.New("vault.not_found",
		"The folder of this vault is not there. If it is on another disk or a network share, connect that; if it was moved, add it from its new place.")
	ErrNotAVault = fault.New("vault.not_a_vault",
		"This folder is not a vault: it has none of a vault's files. Choose the folder that holds vault.db.")
	ErrExists = fault.New("vault.exists",
		"There is already something in a folder of this name. Nothing was changed. Choose another name or another place.")
	ErrKitAnswer = fault.New("vault.kit_answer",
		"A word does not match the recovery kit. Look at the number of each word and type the two again.")
	ErrPendingUnknown = fault.New("vault.pending_unknown",
		"This vault is not being made any more. Nothing was written. Start again.")
	ErrWait = fault.New("vault.wait",
		"After several wrong passphrases there is a short pause before the next try. Wait, then try again.")
)

var errForeignKeyFile = fault.New("vault.damaged",
	"The file "+keys.PassphraseFile+" in this vault's folder belongs to another vault. Nothing was changed. Lock, unlock with the recovery kit, and it is written anew.").With("file", keys.PassphraseFile)

var errNoDatabase = fault.New("vault.damaged",
	"The file "+databaseFile+" is missing from this vault's folder. Nothing was changed. Put back a copy of the whole folder.").With("file", databaseFile)

// notWritable explains a failed write into the vault's folder. Errors that
// already carry a code keep it.
func notWritable(err error) error {
	if fault.Code(err) != fault.CodeInternal {
		return err
	}
	return fault.Wrap("vault.not_writable",
		"The vault's folder could not be written to. What was there is unchanged. See whether the disk is full or write-protected, then try again.", err)
}

func badName(why string) error {
	return fault.New("vault.bad_name", fmt.Sprintf("This cannot be the name of a vault, which is also the name of its folder: %s. Choose another name.", why))
}
