package permission_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestWhatCannotBeGivenIsSaidAndGivesNothing has every reason, and categories
// and words that try to pass for something else.
func TestWhatCannotBeGivenIsSaidAndGivesNothing(t *testing.T) {
	m := &manifest.Manifest{Name: "probe", Requests: []manifest.Request{
		{Category: "passwords", Action: "readWrite", Target: "haex-mail", Why: manifest.WhyNotBuilt},
		{Category: "mail", Action: "fetch", Target: "*", Why: manifest.WhyNotBuilt},
		{Category: "database", Action: "read", Target: "*", Why: manifest.WhyTooWide},
		{Category: "filesystem", Action: "read", Target: "/etc/*", Why: manifest.WhyForm},
		{Category: "own", Action: "own", Target: "x” and nothing else. Safe", Why: manifest.WhyUnknown},
		{Category: "cloudStorage", Why: manifest.WhyUnknown},
		{Category: "passwords", Action: "readWrite", Target: "haex-mail", Why: manifest.WhyNotBuilt},
	}}
	want := []string{
		"Asks to read and change the passwords tagged “haex-mail”",
		"Asks to fetch your mail from any server",
		"Asks to read every table of every app",
		"Asks to read the files “/etc/*”",
		"Asks for “own”, with “own x' and nothing else. Safe”",
		"Asks for “cloudStorage”",
	}
	lines := permission.Describe(m, "Probe", nil, nil)[2:]
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		if l.Sentence != want[i] {
			t.Errorf("%q, want %q", l.Sentence, want[i])
		}
		if !l.Unavailable || l.Choosable() || l.Decision != permission.Deny || !strings.Contains(l.Detail, "gets nothing") {
			t.Errorf("a line gives something: %+v", l)
		}
		if permission.Declared(m.Permissions, l.Key()) >= 0 || permission.CapabilityOf(l.Key()) == permission.CapOwn {
			t.Errorf("a line passes for a permission: %+v", l.Key())
		}
	}
	var threat strings.Builder
	for _, s := range permission.Threat("Probe", lines) {
		threat.WriteString(s.Text)
	}
	if strings.Contains(threat.String(), "mail") {
		t.Errorf("%s", threat.String())
	}
}

func TestARequestThatAnUpdateBringsIsMarked(t *testing.T) {
	old := &manifest.Manifest{Name: "probe", Requests: []manifest.Request{{Category: "identities", Action: "read", Target: "*", Why: manifest.WhyNotBuilt}}}
	m := &manifest.Manifest{Name: "probe", Requests: append(old.Requests, manifest.Request{Category: "mail", Action: "send", Target: "h", Why: manifest.WhyNotBuilt})}
	lines := permission.Describe(m, "Probe", nil, old)[2:]
	if lines[0].Change != permission.Same || lines[1].Change != permission.Added {
		t.Errorf("%+v", lines)
	}
}
