package manifest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/text/unicode/norm"
)

// validateMeaning checks what a schema cannot say.
func (m *Manifest) validateMeaning() error {
	if _, err := semver.StrictNewVersion(m.Version); err != nil {
		return Refuse(CodeVersionInvalid, fmt.Sprintf("The extension's version, %q, is no semantic version like 1.4.0.", m.Version))
	}
	if _, err := semver.NewConstraint(m.Engines.Alcove); err != nil {
		return Refuse(CodeEnginesInvalid, fmt.Sprintf("The extension's engines.alcove, %q, is no range of versions like >=0.1.0.", m.Engines.Alcove))
	}
	if err := m.validateText(); err != nil {
		return err
	}
	if why := homepageProblem(m.Homepage); m.Homepage != "" && why != "" {
		return Refuse(CodeHomepageInvalid, "The extension's homepage "+why+".")
	}
	if err := m.validatePermissions(); err != nil {
		return err
	}
	if err := m.validateExports(); err != nil {
		return err
	}
	return m.validateTables()
}

// homepageProblem says what is wrong with an address for people, or nothing.
func homepageProblem(homepage string) string {
	u, err := url.Parse(homepage)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "is no https address"
	}
	return ""
}

// validateText keeps texts that a person reads from imitating the host:
// one line, without characters that cannot be seen or that turn the writing
// direction around.
func (m *Manifest) validateText() error {
	texts := []struct{ field, text string }{
		{"description", m.Description},
		{"author", m.Author},
		{"homepage", m.Homepage},
	}
	for i, p := range m.Permissions {
		texts = append(texts, struct{ field, text string }{fmt.Sprintf("permissions[%d].reason", i), p.Reason})
	}
	for i, t := range m.Tables {
		texts = append(texts, struct{ field, text string }{fmt.Sprintf("tables[%d].description", i), t.Description})
	}
	for i, e := range m.Exports {
		texts = append(texts, struct{ field, text string }{fmt.Sprintf("exports[%d].description", i), e.Description})
	}
	for _, tag := range slices.Sorted(maps.Keys(m.Locales)) {
		l := m.Locales[tag]
		texts = append(texts,
			struct{ field, text string }{"locales." + tag + ".title", l.Title},
			struct{ field, text string }{"locales." + tag + ".description", l.Description})
	}
	for _, t := range texts {
		if why := textProblem(t.text); why != "" {
			return Refuse(CodeTextInvalid, fmt.Sprintf("The extension's %s %s.", t.field, why))
		}
	}
	return nil
}

// textProblem says what is wrong with a text for people, or nothing.
func textProblem(s string) string {
	before, marks := rune(0), 0
	for i, r := range s {
		switch {
		case isJoiner(r):
			// Part of how several scripts and emoji are written: between their
			// characters, and nowhere else.
			after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !joins(before) || !joins(after) {
				return fmt.Sprintf("contains %U where nothing is joined", r)
			}
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co), r == unicode.ReplacementChar, Blank(r):
			return fmt.Sprintf("contains %U, which is not a character that can be seen", r)
		case unicode.Is(unicode.Zs, r) && unicode.Is(unicode.Zs, before):
			return "contains two spaces in a row"
		}
		if marks++; !unicode.Is(unicode.Mn, r) {
			marks = 0
		}
		if marks > MaxMarks {
			return fmt.Sprintf("has more than %d marks on one character", MaxMarks)
		}
		before = r
	}
	if s != strings.TrimSpace(s) {
		return "begins or ends with a space"
	}
	if !norm.NFC.IsNormalString(s) {
		return "is not in Unicode's composed form (NFC)"
	}
	return ""
}

// MaxMarks is how many marks may be stacked on one character; more reach into
// the lines above and below.
const MaxMarks = 4

// isJoiner reports the zero width non-joiner and joiner.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joins reports whether a joiner beside r can have a meaning.
func joins(r rune) bool {
	return r >= 0x0300 && r != utf8.RuneError && !isJoiner(r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Zs)
}

// Blank reports letters, marks and symbols that look like nothing at all.
func Blank(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return false
}

func (m *Manifest) validatePermissions() error {
	type name struct{ resource, action, target string }
	seen := make(map[name]bool, len(m.Permissions))
	for i := range m.Permissions {
		p := &m.Permissions[i]
		err := p.validate()
		if err == nil {
			p.Constraints, err = p.Constraints.check(p.Resource, p.Action)
		}
		if err != nil {
			err.Message = fmt.Sprintf("permissions[%d]: %s", i, err.Message)
			return err
		}
		key := name{p.Resource, p.Action, p.Target}
		if seen[key] {
			return Refuse(CodeDuplicateEntry, fmt.Sprintf("permissions[%d]: the extension asks for %s.%s %q twice.", i, p.Resource, p.Action, p.Target))
		}
		seen[key] = true
	}
	return nil
}

func (m *Manifest) validateTables() error {
	tables := make(map[string]bool, len(m.Tables))
	for i, t := range m.Tables {
		if !ValidTable(t.Name) {
			return Refuse(CodeTableName, fmt.Sprintf(
				"tables[%d].name, %q, is no table name: a small letter, then small letters, digits, “-” or “_”, at most 63, without “__”.", i, t.Name))
		}
		if tables[t.Name] {
			return Refuse(CodeDuplicateEntry, fmt.Sprintf("tables[%d]: the extension describes the table %q twice.", i, t.Name))
		}
		tables[t.Name] = true
	}
	migrations := make(map[string]bool, len(m.Migrations))
	for i, path := range m.Migrations {
		if migrations[path] {
			return Refuse(CodeDuplicateEntry, fmt.Sprintf("migrations[%d]: the extension lists %q twice.", i, path))
		}
		migrations[path] = true
	}
	return nil
}
