package items

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/fault"
)

// What an item can hold, in bytes where nothing else is said.
const (
	MaxItems    = 20_000 // deleted ones included
	MaxTitle    = 256
	MaxUsername = 512
	MaxPassword = 4 << 10
	MaxURLs     = 20
	MaxURL      = 2 << 10
	MaxNote     = 32 << 10
	MaxTags     = 32
	MaxTag      = 64
	MaxFields   = 32
	MaxFieldKey = 128
	MaxField    = 8 << 10
)

// tooLong is about one thing of an item or account.
func tooLong(what string, limit int) error {
	return fault.New("items.too_long", fmt.Sprintf("The %s is longer than %d bytes. Shorten it.", what, limit))
}

func tooMany(what string, limit int) error {
	return fault.New("items.too_many", fmt.Sprintf("There are more than %d %s. Take some out.", limit, what))
}

// line holds a text of one line against its limit.
func line(what, s string, limit int) error {
	if err := text(what, s, limit); err != nil {
		return err
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return fault.New("items.text", fmt.Sprintf("The %s has a line break or another control character in it. Take it out.", what))
	}
	return nil
}

// text holds any text against its limit.
func text(what, s string, limit int) error {
	switch {
	case len(s) > limit:
		return tooLong(what, limit)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return fault.New("items.text", fmt.Sprintf("The %s is not text. Type it again.", what))
	}
	return nil
}

// check holds an item against the limits.
func (i *Item) check() error {
	// A password may hold anything that can be typed or pasted, also a tab.
	for _, err := range []error{
		line("title", i.Title, MaxTitle), line("user name", i.Username, MaxUsername),
		text("password", i.Password, MaxPassword), text("note", i.Note, MaxNote),
	} {
		if err != nil {
			return err
		}
	}
	if strings.TrimSpace(i.Title) == "" && i.Username == "" && len(i.URLs) == 0 {
		return fault.New("items.title", "The item has no title. Give it one, so that it can be found again.")
	}
	if len(i.URLs) > MaxURLs {
		return tooMany("addresses", MaxURLs)
	}
	for _, u := range i.URLs {
		if err := line("address", u, MaxURL); err != nil {
			return err
		}
		if _, err := url.Parse(u); err != nil || strings.TrimSpace(u) == "" {
			return fault.New("items.url", "An address of the item is none. Write it as https://example.com.")
		}
	}
	if len(i.Fields) > MaxFields {
		return tooMany("fields", MaxFields)
	}
	for _, f := range i.Fields {
		if err := line("name of a field", f.Name, MaxFieldKey); err != nil {
			return err
		}
		if err := text("value of a field", f.Value, MaxField); err != nil {
			return err
		}
	}
	if i.TOTP != nil {
		return i.TOTP.check()
	}
	return nil
}

// CleanTag is a tag in its one form: composed, without space around it, and
// without what a rule about tags could not name.
func CleanTag(tag string) (string, error) {
	tag = norm.NFC.String(strings.Join(strings.Fields(tag), " "))
	switch {
	case tag == "" || len(tag) > MaxTag:
		return "", fault.New("items.tag", fmt.Sprintf("A tag is 1 to %d bytes of text. Choose another one.", MaxTag))
	case strings.ContainsAny(tag, "*,") || !utf8.ValidString(tag) || strings.ContainsFunc(tag, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", fault.New("items.tag", "A tag has no “*” and no comma in it, and nothing that cannot be seen. Take that out.")
	}
	return tag, nil
}

// CleanTags are tags in their one form, each once, in order.
func CleanTags(list []string) ([]string, error) {
	if len(list) > MaxTags {
		return nil, tooMany("tags", MaxTags)
	}
	out := make([]string, len(list))
	for n, tag := range list {
		clean, err := CleanTag(tag)
		if err != nil {
			return nil, err
		}
		out[n] = clean
	}
	slices.SortFunc(out, compareText)
	return slices.Compact(out), nil
}

// compareText orders names as a person looks for them: without regard to case
// first.
func compareText(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
