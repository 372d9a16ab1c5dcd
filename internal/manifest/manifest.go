// Package manifest describes an extension as its author does, in alcove.json:
// what it is called, what it may ask for, where it starts.
//
// A manifest holds no publisher key: that comes with the signature, so that
// the same folder can be signed by anyone and claims nothing by itself.
// SPEC.md beside this file describes the format.
package manifest

import (
	"strings"
	"unicode/utf8"
)

// HostVersion is the version of this Alcove, which engines.alcove is compared
// with.
const HostVersion = "0.1.0"

// FileName is the manifest's place in a package.
const FileName = "alcove.json"

// MaxIcon is the largest icon, in bytes.
const MaxIcon = 256 << 10

// Display modes.
const (
	DisplayTab   = "tab"   // the default: in a tab, the side bar becomes the rail
	DisplayFocus = "focus" // the rail is hidden too; tabs and the host's bar stay
)

// Manifest is a checked alcove.json, or a haex manifest put into its terms. Only
// Parse and ParseHaex make one.
type Manifest struct {
	Dialect       string            `json:"dialect"` // DialectAlcove or DialectHaex
	FormatVersion int               `json:"formatVersion"`
	Name          string            `json:"name"`
	Version       string            `json:"version"` // semantic version
	Description   string            `json:"description"`
	Author        string            `json:"author"`
	Homepage      string            `json:"homepage"` // "" or an https address
	Icon          string            `json:"icon"`     // "" or a path in the package
	Entry         string            `json:"entry"`    // path of the start page
	Engines       Engines           `json:"engines"`
	Permissions   []Permission      `json:"permissions"`
	Tables        []Table           `json:"tables"`
	Migrations    []string          `json:"migrations"` // paths in the order they run
	Exports       []Export          `json:"exports"`    // what other extensions can call
	Display       string            `json:"display"`    // never "", see DisplayTab
	Locales       map[string]Locale `json:"locales"`
	// Requests are what it asks for and Alcove cannot give. Of haex manifests.
	Requests []Request `json:"requests,omitempty"`
	Haex     *Haex     `json:"haex,omitempty"` // nil in another dialect
}

// Engines says which hosts an extension works with.
type Engines struct {
	Alcove string `json:"alcove"` // range of versions, like ">=0.1.0"
}

// Permission is one thing an extension asks for. Its first three parts name it.
type Permission struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
	Target   string `json:"target"`   // "" where the action has none
	Reason   string `json:"reason"`   // the author's words, never the host's
	Optional bool   `json:"optional"` // the extension works without it
	// Constraints narrow it; nil if nothing does.
	Constraints *Constraints `json:"constraints,omitempty"`
}

// Table is one table the extension keeps, described for people.
type Table struct {
	Name        string `json:"name"` // short name, see ID.Table
	Description string `json:"description"`
}

// Locale is what the extension is called in one language.
type Locale struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// Title is what people read for the extension's name: its title in locale
// ("de-AT", else "de"), in English, or made from its name: "feed-reader"
// becomes "Feed Reader".
func (m *Manifest) Title(locale string) string {
	if l, ok := m.localized(locale, func(l Locale) string { return l.Title }); ok {
		return l
	}
	if m.Haex != nil && m.Haex.DisplayName != "" {
		return m.Haex.DisplayName
	}
	words := strings.Split(m.Name, "-")
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		if size > 0 {
			words[i] = strings.ToUpper(string(first)) + word[size:]
		}
	}
	return strings.Join(words, " ")
}

// Describe is the description in locale, in English, or as the manifest has it.
func (m *Manifest) Describe(locale string) string {
	if l, ok := m.localized(locale, func(l Locale) string { return l.Description }); ok {
		return l
	}
	return m.Description
}

func (m *Manifest) localized(locale string, text func(Locale) string) (string, bool) {
	language, _, _ := strings.Cut(locale, "-")
	for _, tag := range []string{locale, language, "en"} {
		if t := text(m.Locales[tag]); t != "" {
			return t, true
		}
	}
	return "", false
}
