package store

import (
	"strings"
	"testing"
)

// TestWordsAreCutAsSQLiteCutsThem: what separates two words for SQLite and not
// for us would hide one.
func TestWordsAreCutAsSQLiteCutsThem(t *testing.T) {
	for text, want := range map[string]string{
		"a \vb":                  "a b",
		"a\n\v\f\rb":             "a b",
		"?1alcove_setting":       "alcove_setting",
		"?12 ?x":                 "x",
		"1alcove":                "1alcove", // not SQL
		":1alcove_setting":       "",
		"a/*b*/c--d\ne":          "a c e",
		"x'00'alcove_setting":    "x 00 alcove_setting",
		"[a]]b[c":                "a ] b c",
		"'a''b'\"c\"\"d\"`e``f`": "a''b c\"\"d e``f",
	} {
		var words []string
		scan(text, func(l lexeme) bool {
			if l.mark != 0 {
				l.word = string(l.mark)
			}
			words = append(words, l.word)
			return true
		})
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
