package keys

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Sentinels for the branches a caller takes, to be used with errors.Is.
var (
	ErrWrongPassphrase = fault.New("vault.wrong_passphrase",
		"That is not the passphrase of this vault. Check Caps Lock and the keyboard layout and try again. If you are sure of it, the key file may be damaged: unlock with the recovery kit, which sets a new passphrase.")
	ErrKitMismatch = fault.New("vault.kit_mismatch",
		"These words are a recovery kit, but not the one of this vault. Look for the kit that carries this vault's name and date.")
)

func damaged(file string, cause error) error {
	how := "Unlock with the recovery kit, which writes a new one, or put back a copy of the whole folder."
	if file == RecoveryFile {
		how = "Unlock with the passphrase, or put back a copy of the whole folder."
	}
	return fault.Wrap("vault.damaged",
		fmt.Sprintf("The file %s of this vault is missing or damaged. Nothing was changed. %s", file, how), cause).With("file", file)
}

func newerFormat(file string) error {
	return fault.New("vault.newer_format",
		"This vault was made by a newer Alcove. Nothing was changed. Install the newest Alcove and open it there.").With("file", file)
}

func kitInvalid(why string) error {
	return fault.New("vault.kit_invalid",
		"This is not a complete recovery kit: "+why+". Type all 24 words in their order, or the line that starts with AGE-SECRET-KEY-1.")
}
