package keys

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/alcove-vault/alcove/internal/words"
)

const (
	// KitWords is the number of words in a recovery kit.
	KitWords = 24

	kitSecretSize   = 32
	kitChecksumSize = 6
	kitDomain       = "alcove recovery kit 1\n"
	kitKeyPrefix    = "AGE-SECRET-KEY-1"
	maxKitText      = 4096 // a whole sheet, and more
)

// Kit is a recovery kit: one X25519 identity, twice. It prints as
// "[redacted]"; Printable is the way to its text.
type Kit struct {
	redaction

	open func() kitText // see redaction; nil after Destroy
}

type kitText struct {
	words [KitWords]string
	key   string
}

// Words returns the 24 words, empty ones after Destroy.
func (k *Kit) Words() [KitWords]string { return k.text().words }

// Key returns the AGE-SECRET-KEY-1 line, empty after Destroy.
func (k *Kit) Key() string { return k.text().key }

func (k *Kit) text() kitText {
	if k.open == nil {
		return kitText{}
	}
	return k.open()
}

func generateKit() (*Kit, error) {
	secret, err := newSecret(kitSecretSize)
	if err != nil {
		return nil, err
	}
	defer secret.Destroy()
	randomBytes(secret.Bytes())
	return kitOf(secret.Bytes()), nil
}

func kitOf(secret []byte) *Kit {
	body := append(append(make([]byte, 0, kitSecretSize+kitChecksumSize), secret...), kitChecksum(secret)...)
	defer clear(body)
	text := kitText{key: ageSecretKey(secret)}
	copy(text.words[:], words.Encode(body, KitWords))
	return &Kit{open: func() kitText { return text }}
}

func kitChecksum(secret []byte) []byte {
	h := sha256.New()
	h.Write([]byte(kitDomain))
	h.Write(secret)
	return h.Sum(nil)[:kitChecksumSize]
}

// parseKit reads the words or the key line of a kit, also out of the whole sheet.
// Errors: vault.kit_invalid.
func parseKit(text string) (*age.X25519Identity, error) {
	if len(text) > maxKitText {
		return nil, kitInvalid("it is too long")
	}
	if line := kitKeyLine.FindString(text); line != "" {
		identity, err := age.ParseX25519Identity(strings.ToUpper(line))
		if err != nil {
			return nil, kitInvalid("a character of the key line is wrong or missing")
		}
		return identity, nil
	}
	list := strings.FieldsFunc(text, isSeparator)
	if numbered := numberedWords(text); len(list) != KitWords && len(numbered) == KitWords {
		list = numbered
	}
	if len(list) != KitWords {
		return nil, kitInvalid(fmt.Sprintf("it has %d words and not %d", len(list), KitWords))
	}
	body, err := words.Decode(list, kitSecretSize+kitChecksumSize)
	if err != nil {
		return nil, kitInvalid(err.Error())
	}
	defer clear(body)
	secret, sum := body[:kitSecretSize], body[kitSecretSize:]
	if subtle.ConstantTimeCompare(sum, kitChecksum(secret)) != 1 {
		return nil, kitInvalid("a word is wrong, or two are exchanged")
	}
	identity, err := age.ParseX25519Identity(ageSecretKey(secret))
	if err != nil {
		return nil, kitInvalid("its key cannot be used")
	}
	return identity, nil
}

// isSeparator allows for words pasted from the printed kit: the numbers, dots,
// commas and spaces between them. A hyphen is part of some words.
func isSeparator(r rune) bool {
	return r <= ' ' || r == '\u00a0' || r == ',' || r == ';' || r == '.' || r >= '0' && r <= '9'
}

var (
	kitKeyLine  = regexp.MustCompile(`(?i)\b` + kitKeyPrefix + `[0-9a-z]*`)
	kitNumbered = regexp.MustCompile(`\b([0-9]{1,2})[.)]\s*([A-Za-z][A-Za-z-]*)`)
)

// numberedWords are the words "1. to 24." of a sheet that has other text too, as
// far as they are in order.
func numberedWords(text string) (list []string) {
	for _, m := range kitNumbered.FindAllStringSubmatch(text, -1) {
		if m[1] == strconv.Itoa(len(list)+1) {
			list = append(list, m[2])
		}
	}
	return list
}

// SameWord compares a typed word with the kit's word at position i, ignoring
// case and surrounding space.
func (k *Kit) SameWord(i int, typed string) bool {
	return subtle.ConstantTimeCompare([]byte(k.Words()[i]), []byte(strings.ToLower(strings.TrimSpace(typed)))) == 1
}

// Printable is the text to print or to write down.
func (k *Kit) Printable(vaultName string, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Alcove recovery kit\n\nVault:  %s\nMade:   %s\n\n", vaultName, at.Format("2 January 2006"))
	b.WriteString("Whoever has this sheet and a copy of the vault folder can read the vault.\n" +
		"Print it, keep it where you keep documents, and delete the file.\n\n" +
		"The 24 words, in this order:\n\n")
	const columns = 4
	for i, word := range k.Words() {
		fmt.Fprintf(&b, "%2d. %-12s", i+1, word)
		if i%columns == columns-1 {
			b.WriteByte('\n')
		}
	}
	fmt.Fprintf(&b, "\nThe same key in one line:\n\n%s\n\n", k.Key())
	b.WriteString("To use it: start Alcove, choose the vault, choose \"Use recovery kit\", type the words\n" +
		"or the line, and set a new passphrase. This kit was made with the vault and is the\n" +
		"only one: it stays the same when the passphrase changes, and there is no other later.\n" +
		"Nobody can open the vault without the passphrase or this kit.\n\n" +
		"Without Alcove, the program age opens the key file with that line:\n" +
		"    age --decrypt --identity FILE-WITH-THE-LINE " + RecoveryFile + "\n")
	return b.String()
}

// Destroy lets go of the words and the key.
func (k *Kit) Destroy() { k.open = nil }
