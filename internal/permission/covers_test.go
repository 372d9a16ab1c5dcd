package permission_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func declare(keys ...permission.Key) []manifest.Permission {
	var out []manifest.Permission
	for _, k := range keys {
		out = append(out, manifest.Permission{Resource: k.Resource, Action: k.Action, Target: k.Target})
	}
	return out
}

func heldOf(grants map[permission.Key]permission.Decision) *permission.Held {
	var list []permission.Grant
	for k, d := range grants {
		list = append(list, permission.Grant{Key: k, Decision: d})
	}
	return permission.NewHeld(list)
}

// evaluate judges a call without facts, where nothing is forbidden and no grant
// ends.
func evaluate(declared []manifest.Permission, grants map[permission.Key]permission.Decision, want permission.Key) permission.Verdict {
	return permission.Judge(nil, declared, heldOf(grants), permission.Call{Key: want}, 0).Verdict
}

// TestReadWriteHasAReadToInclude: that it includes read is judged by its name
// alone.
func TestReadWriteHasAReadToInclude(t *testing.T) {
	for resource := range actionsOf {
		if actions := manifest.Actions(resource); actions["readWrite"] && !actions["read"] {
			t.Errorf("%s has a readWrite and no read", resource)
		}
	}
}

func TestRulesCoverByComponentAndNeverByTextPrefix(t *testing.T) {
	other := strings.Repeat("ab", 32)
	cases := []struct {
		resource, rule, action, want string
		yes                          bool
	}{
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com/", true},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com", true},
		{"net", "https://api.example.com/*", "fetch", "https://API.Example.com.:443/a?b=c#d", true},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com.evil.org/", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com@evil.org/", false},
		{"net", "https://api.example.com/*", "fetch", "https://evil.org\\@api.example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "http://api.example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com:8443/", false},
		{"net", "https://api.example.com/*", "fetch", "ftp://api.example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "//api.example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "https://apı.example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com:0443/", true},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com:0/", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com../", false},
		{"net", "https://api.example.com/*", "fetch", "https://api..example.com/", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com/%zz", false},
		{"net", "https://api.example.com/*", "fetch", "https://api.example.com/ x", false},
		{"net", "https://127.0.0.1/*", "fetch", "https://127.0.0.1/", true},
		{"net", "https://127.0.0.1/*", "fetch", "https://[::ffff:127.0.0.1]/", false},
		{"net", "https://[::ffff:127.0.0.1]/*", "fetch", "https://[::ffff:127.0.0.1]/", false},
		{"net", "https://127.1/*", "fetch", "https://127.1/", false},
		{"net", "*", "fetch", "https://2130706433/", false},
		{"net", "*", "fetch", "https://0177.0.0.1/", false},
		{"net", "*", "fetch", "https://[0:0::1]/", false},
		{"net", "*", "fetch", "https://[fe80::1%25eth0]/", false},
		{"net", "https://*/*", "fetch", "https://example.com/", false},
		{"net", "https://*.example.com/*", "fetch", "https://a.b.example.com/", true},
		{"net", "https://*.example.com/*", "fetch", "https://example.com/", false},
		{"net", "https://*.example.com/*", "fetch", "https://notexample.com/", false},
		{"net", "https://*.example.com/*", "fetch", "https://.example.com/", false},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/v1/x/y", true},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/v10/x", false},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/v1/../admin", false},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/v1/%2e%2e/admin", false},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/v1/..%2fadmin", false},
		{"net", "https://h.org/v1/*", "fetch", "https://h.org/%76%31/x", true},
		{"net", "https://h.org/v1/item*", "fetch", "https://h.org/v1/items", true},
		{"net", "https://h.org/v1/item*", "fetch", "https://h.org/v1/items/3", false},
		{"net", "https://h.org/v1/a", "fetch", "https://h.org/v1/a?x=1", true},
		{"net", "https://[::1]:8080/*", "fetch", "https://[::1]:8080/x", true},
		{"net", "https://[::1]:8080/*", "fetch", "https://[::1]/x", false},
		{"net", "*", "fetch", "https://anything.org/x", true},
		{"net", "*", "fetch", "http://anything.org/x", false},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports/2026/a.txt", true},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports", true},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports2/a.txt", false},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports/../keys", false},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports//x", false},
		{"files", "{documents}/Reports/**", "read", "{documents}/Reports\\..\\x", false},
		{"files", "{documents}/Reports/**", "read", "{downloads}/Reports/a", false},
		{"files", "{documents}/Reports/*", "read", "{documents}/Reports/a.txt", true},
		{"files", "{documents}/Reports/*", "read", "{documents}/Reports/2026/a.txt", false},
		{"files", "{documents}/*.txt", "read", "{documents}/a.txt", true},
		{"files", "{documents}/*.txt", "read", "{documents}/a.txt.exe", false},
		{"files", "{documents}/Caf\u00e9/*", "read", "{documents}/Cafe\u0301/a", true},
		{"files", "{documents}/reports/*", "read", "{documents}/Reports/a", false},
		{"db", key + "__passwords__items", "read", key + "__passwords__items", true},
		{"db", key + "__passwords__items", "read", strings.ToUpper(key) + "__Passwords__ITEMS", true},
		{"db", key + "__passwords__items", "read", key + "__passwords__items2", false},
		{"db", key + "__passwords__*", "read", key + "__passwords__items", true},
		{"db", key + "__passwords__*", "read", key + "__passwords2__items", false},
		{"db", key + "__passwords__*", "read", other + "__passwords__items", false},
		{"db", key + "__passwords__it*", "read", key + "__passwords__items", true},
		{"db", key + "__passwords__it*", "read", key + "__passwords__notes", false},
		{"db", key + "__*", "read", key + "__anything__items", true},
		{"db", "*", "read", "alcove_grant", false},
		{"db", "*", "read", "alcove_crdt_r_12", false},
		{"db", "alcove_*", "read", "alcove_grant", false},
		{"shell", "git", "run", "git", true},
		{"shell", "git", "run", "git-evil", false},
		{"peers", key + ".passwords/find", "call", key + ".passwords/find", true},
		{"peers", key + ".passwords/find", "call", key + ".passwords/findall", false},
		{"peers", "*.passwords/*", "call", other + ".passwords/find", true},
		{"peers", "*.passwords/*", "call", other + ".passwords2/find", false},
		{"peers", "*.passwords/find", "call", "*.passwords/find", false},
		{"clipboard", "", "read", "", true},
		{"clipboard", "", "read", "x", false},
	}
	for _, c := range cases {
		rule := permission.Key{Resource: c.resource, Action: c.action, Target: c.rule}
		want := permission.Key{Resource: c.resource, Action: c.action, Target: c.want}
		got := evaluate(declare(rule), map[permission.Key]permission.Decision{rule: permission.Allow}, want)
		if expect := map[bool]permission.Verdict{true: permission.Allowed, false: permission.Undeclared}[c.yes]; got != expect {
			t.Errorf("%s.%s %q for %q: %s", c.resource, c.action, c.rule, c.want, got)
		}
	}
}

func TestADenyHoldsForOtherSpellingsOfTheSameThing(t *testing.T) {
	cases := []struct{ resource, action, all, denied, want string }{
		{"net", "fetch", "https://h.org/*", "https://h.org/secret/*", "https://h.org/SECRET/x"},
		{"net", "fetch", "https://h.org/*", "https://h.org/secret/*", "https://h.org/a/..%2fsecret/x"},
		{"net", "fetch", "https://h.org/*", "https://h.org/secret/*", "https://h.org//secret/x"},
		{"net", "fetch", "https://h.org/*", "https://h.org/secret/*", "https://h.org/%2573ecret/x"},
		{"files", "read", "{home}/**", "{home}/.ssh/**", "{home}/.SSH/id"},
		{"files", "read", "{home}/**", "{home}/.ssh/**", "{home}/.ｓｓｈ/id"},
		{"db", "read", key + "__passwords__*", key + "__passwords__secret", key + "__passwords__Secret"},
		{"shell", "run", "*", "rm", "RM"},
	}
	for _, c := range cases {
		all := permission.Key{Resource: c.resource, Action: c.action, Target: c.all}
		denied := permission.Key{Resource: c.resource, Action: c.action, Target: c.denied}
		got := evaluate(declare(all, denied), map[permission.Key]permission.Decision{all: permission.Allow, denied: permission.Deny},
			permission.Key{Resource: c.resource, Action: c.action, Target: c.want})
		if got != permission.Denied {
			t.Errorf("%q passes a deny of %q: %s", c.want, c.denied, got)
		}
	}
}

func TestReadWriteIncludesRead(t *testing.T) {
	read := permission.Key{Resource: "files", Action: "read", Target: "{documents}/**"}
	write := permission.Key{Resource: "files", Action: "readWrite", Target: "{documents}/**"}
	wantRead, wantWrite := read, write
	wantRead.Target, wantWrite.Target = "{documents}/a", "{documents}/a"
	type grants = map[permission.Key]permission.Decision
	for _, c := range []struct {
		declared []manifest.Permission
		grants   grants
		want     permission.Key
		verdict  permission.Verdict
	}{
		{declare(write), grants{write: permission.Allow}, wantRead, permission.Allowed},
		{declare(read), grants{read: permission.Allow}, wantWrite, permission.Undeclared},
		{declare(write), grants{write: permission.Deny}, wantRead, permission.Denied},
		{declare(read, write), grants{read: permission.Deny, write: permission.Allow}, wantWrite, permission.Denied},
		{declare(read, write), grants{read: permission.Allow, write: permission.Ask}, wantRead, permission.Allowed},
		{declare(read, write), grants{read: permission.Allow, write: permission.Ask}, wantWrite, permission.Ask},
		{declare(read), nil, wantRead, permission.Ask},
		{nil, grants{write: permission.Allow}, wantRead, permission.Undeclared},
		{declare(read), grants{read: "maybe"}, wantRead, permission.Denied},
	} {
		if got := evaluate(c.declared, c.grants, c.want); got != c.verdict {
			t.Errorf("declared %v grants %v want %v: %s", c.declared, c.grants, c.want, got)
		}
	}
}
