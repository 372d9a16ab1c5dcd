package keys

import (
	"fmt"
	"unicode/utf8"
	"unsafe"

	"filippo.io/age"
	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Bounds of a passphrase.
const (
	MinPassphrase      = 8    // characters
	maxPassphraseBytes = 1024 // bytes
)

// Credential opens a vault: a passphrase or a recovery kit. It prints as
// "[redacted]".
type Credential struct {
	redaction

	content    func() []byte // see redaction
	isRecovery bool
}

// Passphrase returns the credential for a passphrase. It refers to p, which
// the caller overwrites when the vault is open.
func Passphrase(p []byte) Credential { return Credential{content: func() []byte { return p }} }

// Recovery returns the credential for a recovery kit: its 24 words in any case
// and spacing, or its AGE-SECRET-KEY-1 line.
func Recovery(text string) Credential {
	return Credential{content: func() []byte { return []byte(text) }, isRecovery: true}
}

func (c Credential) file() string {
	if c.isRecovery {
		return RecoveryFile
	}
	return PassphraseFile
}

func (c Credential) refusal() error {
	if c.isRecovery {
		return ErrKitMismatch
	}
	return ErrWrongPassphrase
}

func (c Credential) identity() (age.Identity, error) {
	if c.content == nil {
		return nil, ErrWrongPassphrase
	}
	content := c.content()
	if c.isRecovery {
		return parseKit(string(content))
	}
	// Out of bounds is just wrong here: it tells nothing about the real one.
	if len(content) == 0 || len(content) > maxPassphraseBytes {
		return nil, ErrWrongPassphrase
	}
	identity, err := age.NewScryptIdentity(borrow(normal(content)))
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	return identity, nil
}

// CheckPassphrase says whether p may become a passphrase. Errors:
// vault.weak_passphrase, vault.passphrase_too_long.
func CheckPassphrase(p []byte) error {
	_, err := newPassphrase(p)
	return err
}

// newPassphrase judges a passphrase that is to be set.
func newPassphrase(p []byte) ([]byte, error) {
	if len(p) > maxPassphraseBytes {
		return nil, fault.New("vault.passphrase_too_long",
			fmt.Sprintf("The passphrase is longer than %d bytes. Choose a shorter one.", maxPassphraseBytes))
	}
	if !utf8.Valid(p) {
		return nil, fault.New("vault.weak_passphrase",
			"The passphrase is not text in UTF-8, so it could not be typed again. Choose another one.")
	}
	p = normal(p)
	if utf8.RuneCount(p) < MinPassphrase {
		return nil, fault.New("vault.weak_passphrase",
			fmt.Sprintf("The passphrase has fewer than %d characters, which is soon guessed. Choose a longer one, for example six random words.", MinPassphrase))
	}
	return p, nil
}

// normal returns p in Unicode NFC, because keyboards differ in how they
// compose a letter with an accent. Text that is already so is not copied.
func normal(p []byte) []byte {
	if norm.NFC.IsNormal(p) {
		return p
	}
	return norm.NFC.Bytes(p)
}

// borrow views b as a string without a copy that could not be overwritten. The
// string must not outlive the call it is made for.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
