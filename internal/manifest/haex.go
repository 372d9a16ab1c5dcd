package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/text/unicode/norm"
)

// Dialects: what an extension speaks with its host.
const (
	DialectAlcove = "alcove"
	DialectHaex   = "haex" // that of the haex SDK
)

// Display modes of haex extensions.
const (
	HaexAuto   = "auto"
	HaexWindow = "window"
	HaexFrame  = "iframe"
)

// Haex is what a haex manifest says besides what every manifest does.
type Haex struct {
	DisplayName    string `json:"displayName"`    // "" if it has none
	DisplayMode    string `json:"displayMode"`    // HaexAuto, HaexWindow or HaexFrame
	SingleInstance bool   `json:"singleInstance"` // it wants one frame at a time
	MigrationsDir  string `json:"migrationsDir"`  // "" or a folder of the package
	// Icons are where its icon may be, the first that is there and can be shown.
	Icons []string `json:"icons"`
	// Unknown are keys of the manifest that mean nothing to Alcove.
	Unknown []string `json:"unknown"`
}

// haexFields are the keys of a haex manifest that mean something.
var haexFields = []string{
	"author", "description", "displayMode", "displayName", "entry", "homepage", "i18n", "icon",
	"migrationsDir", "name", "permissions", "publicKey", "signature", "singleInstance", "version",
}

// haexReader reads the fields of one manifest; the first objection stays.
type haexReader struct {
	fields map[string]json.RawMessage
	err    error
}

func (r *haexReader) refuse(code, format string, args ...any) {
	if r.err == nil {
		r.err = Refuse(code, fmt.Sprintf("The extension's %s is not right: ", HaexFileName)+fmt.Sprintf(format, args...))
	}
}

// read fills into with a field; what is absent or null leaves it as it is.
func (r *haexReader) read(field string, into any) (there bool) {
	raw := r.fields[field]
	if raw == nil || string(raw) == "null" {
		return false
	}
	if json.Unmarshal(raw, into) != nil {
		r.refuse(CodeFieldType, "%s is of another type than it has to be.", field)
		return false
	}
	return true
}

// ParseHaex reads the manifest of a package made for haex-vault, with what it
// asks for put into Alcove's own words (SPEC.md, "haex manifests"). Key is who
// signed the package; the manifest has to name it. Icon and Migrations depend
// on the package and are left empty: package bundle fills them in.
func ParseHaex(data []byte, key Key) (*Manifest, error) {
	text, err := CanonicalHaex(data)
	if err != nil {
		return nil, err
	}
	r := &haexReader{}
	if json.Unmarshal(text, &r.fields) != nil {
		return nil, Refuse(CodeFieldType, "The extension's "+HaexFileName+" is not a JSON object.")
	}
	m := &Manifest{FormatVersion: 1, Dialect: DialectHaex, Display: DisplayTab, Entry: "index.html", Haex: &Haex{DisplayMode: HaexAuto}}
	for _, field := range []string{"name", "version", "publicKey"} {
		if !r.read(field, new(any)) {
			r.refuse(CodeFieldMissing, "%s is missing.", field)
		}
	}
	r.identity(m, key)
	r.words(m)
	r.places(m)
	m.Permissions, m.Requests = r.permissions()
	for _, field := range slices.Sorted(maps.Keys(r.fields)) {
		if !slices.Contains(haexFields, field) {
			m.Haex.Unknown = append(m.Haex.Unknown, cut(visible(field), 60))
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// identity reads what names the release. All of it becomes part of names, so
// nothing is corrected.
func (r *haexReader) identity(m *Manifest, key Key) {
	var public string
	r.read("publicKey", &public)
	if public != key.String() {
		r.refuse(CodeKeyMismatch, "publicKey is not the key that signed the package.")
	}
	if r.read("name", &m.Name); !ValidName(m.Name) {
		r.refuse(CodeNameInvalid, "name, %.60q, has to start with a small letter and go on with small letters, digits and “-”, at most 40.", m.Name)
	}
	r.read("version", &m.Version)
	if _, err := semver.StrictNewVersion(m.Version); err != nil || len(m.Version) > maxVersion {
		r.refuse(CodeVersionInvalid, "version, %.80q, is no semantic version like 1.4.0.", m.Version)
	}
}

// Bounds of what people read, in characters; those of alcove.json.
const (
	maxVersion     = 64
	maxTitle       = 60
	maxAuthor      = 100
	maxDescription = 500
	maxHomepage    = 500
	maxLocales     = 100
	maxPathBytes   = 1024
)

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

// words reads what people read. Its form was never checked before, so it is put
// into one that cannot imitate the host where that is possible.
func (r *haexReader) words(m *Manifest) {
	m.Description = r.text("description", maxDescription)
	m.Haex.DisplayName = r.text("displayName", maxTitle)
	m.Author = r.author()
	// An address is shown as it stands or not at all.
	var homepage string
	if r.read("homepage", &homepage); homepageProblem(homepage) == "" && len(homepage) <= maxHomepage && textProblem(homepage) == "" {
		m.Homepage = homepage
	}
	var locales map[string]map[string]json.RawMessage
	r.read("i18n", &locales)
	if len(locales) > maxLocales {
		r.refuse(CodeFieldTooLong, "i18n has %d languages, and at most %d are allowed.", len(locales), maxLocales)
		return
	}
	for _, tag := range slices.Sorted(maps.Keys(locales)) {
		if !languageTag.MatchString(tag) {
			r.refuse(CodeFieldInvalid, "i18n has the key %.40q, which is not a language tag like en, de or pt-BR.", tag)
			return
		}
		one := &haexReader{fields: locales[tag], err: r.err}
		l := Locale{Title: one.text("name", maxTitle), Description: one.text("description", maxDescription)}
		if r.err = one.err; l != (Locale{}) {
			if m.Locales == nil {
				m.Locales = map[string]Locale{}
			}
			m.Locales[tag] = l
		}
	}
}

// author is a text, or as in package.json an object with a name.
func (r *haexReader) author() string {
	var object map[string]json.RawMessage
	if json.Unmarshal(r.fields["author"], &object) == nil && object != nil {
		inner := &haexReader{fields: object, err: r.err}
		defer func() { r.err = inner.err }()
		return inner.text("name", maxAuthor)
	}
	return r.text("author", maxAuthor)
}

// text reads a text on one line, composed and at most so many characters long.
// One with characters that cannot be seen is refused.
func (r *haexReader) text(field string, most int) string {
	var s string
	r.read(field, &s)
	s = cut(norm.NFC.String(strings.Join(strings.Fields(s), " ")), most)
	if why := textProblem(s); why != "" {
		r.refuse(CodeTextInvalid, "%s %s.", field, why)
	}
	return s
}

// cut shortens a text to so many characters.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}

// places reads how it is shown and where its parts are. Whether the files are
// there is for package bundle.
func (r *haexReader) places(m *Manifest) {
	r.read("entry", &m.Entry)
	if m.Entry == "" {
		m.Entry = "index.html"
	}
	if r.read("displayMode", &m.Haex.DisplayMode); !slices.Contains([]string{HaexAuto, HaexWindow, HaexFrame}, m.Haex.DisplayMode) {
		r.refuse(CodeFieldInvalid, "displayMode has to be auto, window or iframe, and is %.40q.", m.Haex.DisplayMode)
	}
	r.read("singleInstance", &m.Haex.SingleInstance)
	r.read("migrationsDir", &m.Haex.MigrationsDir)
	var icon string
	if r.read("icon", &icon); icon != "" {
		m.Haex.Icons = append(m.Haex.Icons, icon)
	}
	m.Haex.Icons = append(m.Haex.Icons, "haextension/favicon.ico", "favicon.ico")
	for _, path := range []string{m.Entry, m.Haex.MigrationsDir, icon} {
		if len(path) > maxPathBytes {
			r.refuse(CodeFieldTooLong, "it names a path of more than %d bytes.", maxPathBytes)
		}
	}
}
