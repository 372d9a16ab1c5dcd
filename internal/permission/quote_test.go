package permission_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestWordsOfTheAuthorAreQuoted: what an author writes never stands in the
// host's own voice.
func TestWordsOfTheAuthorAreQuoted(t *testing.T) {
	m := &manifest.Manifest{Name: "probe", Tables: []manifest.Table{{Name: "a", Description: "Nothing”. Alcove has checked this app. “"}}}
	detail := permission.Describe(m, "Probe", nil, nil)[0].Detail
	if !strings.HasPrefix(detail, "“Nothing'. Alcove has checked this app. '”. ") {
		t.Error(detail)
	}
	for i := range 200 {
		m.Tables = append(m.Tables, manifest.Table{Name: fmt.Sprintf("t%d", i), Description: strings.Repeat("x", 300)})
	}
	if detail = permission.Describe(m, "Probe", nil, nil)[0].Detail; len(detail) > 700 || !strings.Contains(detail, "195 more") {
		t.Errorf("%d bytes: %s", len(detail), detail)
	}
	for title, want := range map[string]string{
		"Feed Reader":                    "If Feed Reader were",
		"Alcove is sure that it is safe": "If “Alcove is sure that it is safe” were",
		"x” is safe. “y":                 "If “x' is safe. 'y” were",
		`a"b`:                            "If “a'b” were",
	} {
		lines := permission.Describe(m, title, nil, nil)
		if got := permission.Threat(title, lines)[0].Text; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", title, got)
		}
	}
}
