package peers

import (
	"strings"
	"unicode"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of what a person can be offered.
const (
	MaxItems = 200
	maxID    = 256 // bytes
	maxLabel = 120 // characters
)

// Item is one thing that a person can choose.
type Item struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	Detail string `json:"detail"`
}

var errItems = fault.New("peers.items", "The other app did not offer a list of things to choose from. Its author has to correct this.")

// Items reads what an extension offers: an array of {id, label, detail}, each
// id once. Labels are the extension's own words; what cannot be seen or would
// turn the writing direction is taken out of them.
func Items(value wire.Value) ([]Item, error) {
	list, ok := value.Array()
	if !ok || len(list) > MaxItems {
		return nil, errItems
	}
	items := make([]Item, len(list))
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		fields, ok := v.Fields()
		if !ok {
			return nil, errItems
		}
		id, isText := fields["id"].Text()
		label, hasLabel := fields["label"].Text()
		detail, _ := fields["detail"].Text()
		items[i] = Item{ID: id, Label: plain(label), Detail: plain(detail)}
		if !isText || id == "" || len(id) > maxID || seen[id] || !hasLabel || items[i].Label == "" {
			return nil, errItems
		}
		seen[id] = true
	}
	return items, nil
}

// plain is a text on one line that shows what it says.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if letters := []rune(s); len(letters) > maxLabel {
		s = string(letters[:maxLabel]) + "…"
	}
	return s
}
