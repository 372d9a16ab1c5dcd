package manifest

import (
	"strings"
	"testing"
)

// TestTextsThatAPersonCannotRead: what is reviewed is text that shows.
func TestTextsThatAPersonCannotRead(t *testing.T) {
	for _, s := range []string{
		"\u200d", "Notes\u200d", "\u200cNotes", "No\u200dtes", "No\u200ctes", "न\u200d\u200dम", "a \u200d b", "Nо\u200dtes",
		"\u3164", "Notes\u3164", "\u2800", "\u115f\u1160", "No\u034ftes", "\uffa0",
		"a  b", "a\u00a0\u00a0b", "a \u3000b", "x" + strings.Repeat("\u0331", 5),
		"a\u202eb", "a\u2066b", "a\nb", "a\u2028b", "\ue000",
	} {
		if textProblem(s) == "" {
			t.Errorf("%q passed", s)
		}
	}
	for _, s := range []string{
		"Notes", "Über Größe", "می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "👁\ufe0f\u200d🗨\ufe0f", "10\u00a0%", "日本語 テスト", "שָׁלוֹם", "Tiếng Việt", "it’s “fine”",
	} {
		if why := textProblem(s); why != "" {
			t.Errorf("%q: %s", s, why)
		}
	}
}
