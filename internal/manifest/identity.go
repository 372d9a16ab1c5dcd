package manifest

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Key is a publisher's Ed25519 public key. Whether it is a good one is judged
// where a signature is verified, in package bundle.
type Key [32]byte

// String is the key as 64 lower-case hex digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey reads what String writes, and nothing else.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != hex.EncodedLen(len(k)) || strings.ToLower(s) != s {
		return Key{}, fault.New(CodeKeyMalformed, "A publisher's key is 64 hex digits in lower case.")
	}
	if _, err := hex.Decode(k[:], []byte(s)); err != nil {
		return Key{}, fault.Wrap(CodeKeyMalformed, "A publisher's key is 64 hex digits in lower case.", err)
	}
	return k, nil
}

// MarshalText and UnmarshalText make a key a string in JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (k *Key) UnmarshalText(text []byte) (err error) {
	*k, err = ParseKey(string(text))
	return err
}

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	tableForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
)

// ValidName reports whether s can be an extension's name.
func ValidName(s string) bool { return nameForm.MatchString(s) }

// ValidTable reports whether s can be a table's short name. "__" separates the
// parts of a full name, so no part contains it.
func ValidTable(s string) bool { return tableForm.MatchString(s) && !strings.Contains(s, "__") }

// ID is what an extension is: its lineage, a publisher's first key, and its
// name. The same name from another lineage is another extension.
type ID struct {
	Lineage Key
	Name    string
}

// String is "<hex>.<name>".
func (id ID) String() string { return id.Lineage.String() + "." + id.Name }

// ParseID reads what String writes, and nothing else.
func ParseID(s string) (ID, error) {
	lineage, name, found := strings.Cut(s, ".")
	key, err := ParseKey(lineage)
	if !found || err != nil || !ValidName(name) {
		return ID{}, fault.New(CodeIDMalformed, "An extension is named by its publisher's key and its name, like “<64 hex digits>.notes”.")
	}
	return ID{Lineage: key, Name: name}, nil
}

// MarshalText and UnmarshalText make an ID a string in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// TablePrefix starts the full name of each of the extension's tables:
// "<hex>__<name>__".
func (id ID) TablePrefix() string { return fmt.Sprintf("%s__%s__", id.Lineage, id.Name) }

// Table is the full name of a table, without quotes. SQL needs it quoted.
func (id ID) Table(name string) string { return id.TablePrefix() + name }
