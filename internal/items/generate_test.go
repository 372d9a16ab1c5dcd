package items

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestPasswordsHaveWhatWasChosen(t *testing.T) {
	for _, r := range []Recipe{
		{Length: 8, Lower: true, Upper: true, Digits: true, Symbols: true},
		{Length: 20, Lower: true, Digits: true},
		{Length: 128, Symbols: true},
	} {
		seen := map[string]bool{}
		for range 200 {
			p, err := Generate(r)
			if err != nil || len(p) != r.Length || seen[p] {
				t.Fatalf("%+v: %d characters, twice: %v, %v", r, len(p), seen[p], err)
			}
			seen[p] = true
			for characters, chosen := range map[string]bool{lowers: r.Lower, uppers: r.Upper, numbers: r.Digits, symbols: r.Symbols} {
				if strings.ContainsAny(p, characters) != chosen {
					t.Errorf("%+v made %q", r, p)
				}
			}
			if strings.ContainsAny(p, "lI1O0") {
				t.Errorf("%q has a character that is taken for another", p)
			}
		}
	}
	p, err := Generate(Recipe{Words: 6})
	if err != nil || len(strings.Split(p, "-")) < 6 {
		t.Errorf("%q, %v", p, err)
	}
}

// TestEveryCharacterIsDrawn fails by chance once in 10^30 runs.
func TestEveryCharacterIsDrawn(t *testing.T) {
	all := ""
	for range 100 {
		p, err := Generate(Recipe{Length: 128, Lower: true, Upper: true, Digits: true, Symbols: true})
		if err != nil {
			t.Fatal(err)
		}
		all += p
	}
	for _, c := range lowers + uppers + numbers + symbols {
		if !strings.ContainsRune(all, c) {
			t.Errorf("%q was not drawn", c)
		}
	}
}

func TestRecipesHaveBounds(t *testing.T) {
	for _, r := range []Recipe{{}, {Length: 7, Lower: true}, {Length: 129, Lower: true}, {Length: 20}, {Words: 3}, {Words: 13}, {Words: -1}} {
		if p, err := Generate(r); fault.Code(err) != "items.recipe" || p != "" {
			t.Errorf("%+v: %q, %v", r, p, err)
		}
	}
}
