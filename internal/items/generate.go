package items

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/words"
)

// Recipe says how a password is made: of Length characters of the kinds that
// are chosen, or, if Words is not 0, of so many words with dashes between.
type Recipe struct {
	Length  int  `json:"length"` // 8 to 128
	Lower   bool `json:"lower"`
	Upper   bool `json:"upper"`
	Digits  bool `json:"digits"`
	Symbols bool `json:"symbols"`
	Words   int  `json:"words"` // 0, or 4 to 12
}

// The characters of each kind, without those that are taken for others: I, l,
// 1, O and 0.
const (
	lowers  = "abcdefghijkmnopqrstuvwxyz"
	uppers  = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	numbers = "23456789"
	symbols = "!#$%&*+-.:;<=>?@_~"
)

// Generate makes a password. Every password that fits the recipe is as likely
// as any other. Error: items.recipe.
func Generate(r Recipe) (string, error) {
	if r.Words != 0 {
		if r.Words < 4 || r.Words > 12 {
			return "", badRecipe("A password of words has 4 to 12 of them. Choose a number between these.")
		}
		return strings.Join(words.Random(r.Words), "-"), nil
	}
	var kinds []string
	for _, k := range []struct {
		chosen     bool
		characters string
	}{{r.Lower, lowers}, {r.Upper, uppers}, {r.Digits, numbers}, {r.Symbols, symbols}} {
		if k.chosen {
			kinds = append(kinds, k.characters)
		}
	}
	switch {
	case r.Length < 8 || r.Length > 128:
		return "", badRecipe("A password has 8 to 128 characters. Choose a length between these.")
	case len(kinds) == 0:
		return "", badRecipe("Choose at least one kind of characters.")
	}
	// One that lacks a kind is thrown away as a whole. With 8 characters of all
	// kinds that is one in three at most, so this ends soon.
	for {
		if p := draw(strings.Join(kinds, ""), r.Length); hasAll(p, kinds) {
			return p, nil
		}
	}
}

func draw(from string, n int) string {
	out := make([]byte, n)
	for i := range out {
		// The error is nil by documentation: crypto/rand never fails.
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
		if err != nil {
			panic(err)
		}
		out[i] = from[k.Int64()]
	}
	return string(out)
}

func hasAll(p string, kinds []string) bool {
	for _, k := range kinds {
		if !strings.ContainsAny(p, k) {
			return false
		}
	}
	return true
}

func badRecipe(why string) error {
	return fault.New("items.recipe", fmt.Sprintf("No password can be made like this. %s", why))
}
