package permission_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// naiveCovers is a second opinion, written with regular expressions over the
// whole target where Evaluate takes targets apart.
func naiveCovers(rule, want permission.Key) bool {
	actions := map[string][]string{"readWrite": {"readWrite", "read"}}[rule.Action]
	if actions == nil {
		actions = []string{rule.Action}
	}
	ok := rule.Resource == want.Resource
	hit := false
	for _, a := range actions {
		hit = hit || a == want.Action
	}
	if !ok || !hit {
		return false
	}
	if rule.Target == "*" {
		return strings.HasPrefix(want.Target, "https://")
	}
	// 443 is the port of https when none is written.
	rule.Target, want.Target = strings.Replace(rule.Target, ":443/", "/", 1), strings.Replace(want.Target, ":443/", "/", 1)
	p := regexp.QuoteMeta(rule.Target)
	switch rule.Resource {
	case "files":
		p = strings.ReplaceAll(p, `/\*\*`, `(/[^/]+)*`)
		p = strings.ReplaceAll(p, `\*`, `[^/]*`)
	case "db":
		n := strings.Count(rule.Target, "__")
		if strings.HasSuffix(p, `\*`) && n == 1 {
			p = strings.TrimSuffix(p, `\*`) + `[a-z]+__[a-z0-9]+`
		} else {
			p = strings.ReplaceAll(p, `\*`, `[a-z0-9]*`)
		}
	case "net":
		p = strings.Replace(p, `https://\*\.`, `https://([a-z]+\.)+`, 1)
		if strings.HasSuffix(rule.Target, "/*") {
			p = strings.TrimSuffix(p, `\*`) + `.*`
		}
		p = strings.ReplaceAll(p, `\*`, `[^/]*`)
	}
	return regexp.MustCompile("^" + p + "$").MatchString(want.Target)
}

func naive(declared []manifest.Permission, grants map[permission.Key]permission.Decision, want permission.Key) permission.Verdict {
	var mentioned, no, yes bool
	for _, p := range declared {
		mentioned = mentioned || naiveCovers(permission.KeyOf(p), want)
	}
	for k, d := range grants {
		readToo := k
		if k.Action == "read" && want.Action == "readWrite" {
			readToo.Action = "readWrite" // who denies reading denies reading and writing
		}
		back := want
		if want.Action == "read" && k.Action == "readWrite" {
			back.Action = "readWrite"
		}
		no = no || d == permission.Deny && (naiveCovers(k, want) || naiveCovers(readToo, want) || naiveCovers(k, back))
		yes = yes || d == permission.Allow && naiveCovers(k, want)
	}
	switch {
	case !mentioned:
		return permission.Undeclared
	case no:
		return permission.Denied
	case yes:
		return permission.Allowed
	}
	return permission.Ask
}

// instance is something that a rule is about.
func instance(rule permission.Key, n int) permission.Key {
	switch rule.Resource {
	case "files":
		rule.Target = strings.NewReplacer("**", []string{"a/b", "ab", "b"}[n%3], "*", "ab").Replace(rule.Target)
	case "db":
		if strings.HasSuffix(rule.Target, key+"__*") {
			rule.Target = key + "__ab__*"
		}
		rule.Target = strings.Replace(rule.Target, "*", "t", 1)
	default:
		if rule.Target == "*" {
			rule.Target = "https://ae.com/v"
		}
		rule.Target = strings.NewReplacer("*.", "b.", "*", []string{"v", "vw/v"}[n%2]).Replace(rule.Target)
	}
	if n == 3 && rule.Resource != "net" {
		rule.Action = "read"
	}
	return rule
}

func TestEvaluateAgreesWithANaiveSecondEvaluator(t *testing.T) {
	tally := map[permission.Verdict]int{}
	oneOf := func(rt *rapid.T, label string, list ...string) string { return rapid.SampledFrom(list).Draw(rt, label) }
	target := func(rt *rapid.T, resource string, pattern bool) string {
		pick := func(label string, plain []string, open ...string) string {
			if pattern {
				return oneOf(rt, label, append(open, plain...)...)
			}
			return oneOf(rt, label, plain...)
		}
		switch resource {
		case "files":
			out := oneOf(rt, "root", "{documents}", "{home}")
			for i := range rapid.IntRange(0, 3).Draw(rt, "depth") {
				out += "/" + pick(fmt.Sprint("segment", i), []string{"a", "b", "ab"}, "*", "**", "a*", "*b")
			}
			return out
		case "db":
			if pattern && rapid.Bool().Draw(rt, "wide") {
				return key + "__*"
			}
			return key + "__" + oneOf(rt, "app", "ab", "a") + "__" + pick("table", []string{"t", "tt", "u1"}, "*", "t*")
		default:
			if pattern && rapid.IntRange(0, 9).Draw(rt, "star") == 0 {
				return "*"
			}
			path := "/"
			for i := range rapid.IntRange(0, 2).Draw(rt, "depth") {
				path += oneOf(rt, fmt.Sprint("segment", i), "v", "vw") + "/"
			}
			path += pick("last", []string{"", "v", "vw"}, "*", "v*")
			host := pick("host", []string{"e.com", "a.e.com", "b.a.e.com", "ae.com"}, "*.e.com", "*.a.e.com")
			return "https://" + host + oneOf(rt, "port", "", ":443", ":8443") + path
		}
	}
	some := func(rt *rapid.T, pattern bool) permission.Key {
		resource := oneOf(rt, "resource", "files", "db", "net")
		action := oneOf(rt, "action", "read", "readWrite")
		if resource == "net" {
			action = map[string]string{"read": "fetch", "readWrite": "websocket"}[action]
		}
		return permission.Key{Resource: resource, Action: action, Target: target(rt, resource, pattern)}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var rules []permission.Key
		for range rapid.IntRange(0, 5).Draw(rt, "rules") {
			rules = append(rules, some(rt, true))
		}
		grants := map[permission.Key]permission.Decision{}
		for _, r := range rules {
			switch oneOf(rt, "decision", "allow", "ask", "deny", "none", "allow") {
			case "allow":
				grants[r] = permission.Allow
			case "ask":
				grants[r] = permission.Ask
			case "deny":
				grants[r] = permission.Deny
			}
		}
		declared := declare(rules...)
		if len(declared) > 0 && rapid.IntRange(0, 4).Draw(rt, "stale grant") == 0 {
			declared = declared[1:]
		}
		for i := range 8 {
			want := some(rt, false)
			if len(rules) > 0 && i > 2 {
				want = instance(rules[rapid.IntRange(0, len(rules)-1).Draw(rt, "rule")], i)
			}
			got, expect := evaluate(declared, grants, want), naive(declared, grants, want)
			tally[got]++
			if got != expect {
				rt.Fatalf("declared %v\ngrants %v\nwant %v\ngot %s, the naive evaluator says %s", declared, grants, want, got, expect)
			}
		}
	})
	for _, v := range []permission.Verdict{permission.Undeclared, permission.Denied, permission.Allowed, permission.Ask} {
		if tally[v] == 0 && !t.Failed() {
			t.Errorf("no case was %s: the generator proves nothing about it (%v)", v, tally)
		}
	}
}

func FuzzEvaluateTakesAnyTarget(f *testing.F) {
	f.Add("net", "https://*.example.com/*", "https://a.example.com/x")
	f.Add("files", "{home}/**/**/*", "{home}/a/b")
	f.Add("db", "*", "a__b__c")
	f.Add("peers", "*.a/*", "x.a/b")
	f.Fuzz(func(t *testing.T, resource, rule, want string) {
		k := permission.Key{Resource: resource, Action: "fetch", Target: rule}
		w := permission.Key{Resource: resource, Action: "fetch", Target: want}
		if v := evaluate(nil, map[permission.Key]permission.Decision{k: permission.Allow}, w); v != permission.Undeclared {
			t.Errorf("nothing is declared, and %v is %s", w, v)
		}
		if v := evaluate(declare(k), map[permission.Key]permission.Decision{k: permission.Deny}, w); v == permission.Allowed || v == permission.Ask {
			t.Errorf("%v is denied, and %v is %s", k, w, v)
		}
		m := &manifest.Manifest{Permissions: declare(k)}
		if text := show(permission.Threat("x", permission.Describe(m, "x", nil, nil))); text == "" {
			t.Error("no sentence")
		}
	})
}
