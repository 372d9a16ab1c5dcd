package permission_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// maker draws what a case is made of. A case is mostly about one resource and
// few words, so that what is drawn meets.
type maker struct {
	*rapid.T
	resource    string // "" for any
	hosts, open []string
	parts       []string
}

func newMaker(t *rapid.T) maker {
	m := maker{T: t}
	m.resource = m.of("case", "net", "net", "net", "files", "files", "files", "db", "shell", "peers", "passwords", "mail", "storage", "")
	some := func(label string, list ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 2, 3, rapid.ID[string]).Draw(t, label)
	}
	m.hosts = some("hosts", "e.com", "a.e.com", "b.a.e.com", "ae.com", "x.github.io", "127.0.0.1", "[::1]", "nas")
	m.open = some("patterns", "*.e.com", "*.a.e.com", "*.github.io", "*.com", "*.0.0.1")
	m.parts = some("parts", "a", "b.md", "ab.txt", ".md", "Caf\u00e9", "ﬁ.md")
	return m
}

func (m maker) of(label string, list ...string) string {
	return rapid.SampledFrom(list).Draw(m.T, label)
}

func (m maker) once(label string, times int) bool {
	return rapid.IntRange(1, times).Draw(m.T, label) == 1
}

func (m maker) number(label string, most int) int { return rapid.IntRange(0, most).Draw(m.T, label) }

var actionsOf = map[string][]string{
	"db": {"read", "readWrite", "create", "delete", "alterDrop"}, "files": {"read", "readWrite", "pick"},
	"net": {"fetch", "websocket", "private"}, "shell": {"run", "terminal"}, "secrets": {"use"}, "passwords": {"read", "readWrite"}, "mail": {"fetch", "send"}, "storage": {"read", "readWrite"}, "clipboard": {"read", "write"},
	"spaces": {"read", "readWrite"}, "notifications": {"show"}, "peers": {"call"}, "background": {"run"},
}

func (m maker) key(pattern bool) permission.Key {
	k := permission.Key{Resource: m.resource}
	if k.Resource == "" {
		k.Resource = m.of("resource", "net", "files", "db", "shell", "peers", "clipboard", "secrets", "passwords", "passwords", "mail", "storage", "storage", "background", "notifications", "spaces")
	}
	k.Action = m.of("action", actionsOf[k.Resource]...)
	k.Target = m.target(k, pattern)
	return k
}

// target is a pattern, or what a pattern may be about; few words, so that they
// meet.
func (m maker) target(k permission.Key, pattern bool) string {
	star := func(label string, plain []string, open ...string) string {
		if pattern {
			plain = append(slices.Clone(plain), open...)
		}
		return m.of(label, plain...)
	}
	switch k.Resource {
	case "db":
		if pattern && m.once("wide", 6) {
			return key + "__*"
		}
		return key + "__" + m.of("app", "a", "ab", "a-b") + "__" + star("table", []string{"t", "tt", "u_1"}, "*", "t*")
	case "files":
		if k.Action == "pick" {
			return m.of("kind", "file", "folder")
		}
		if m.once("picked", 3) {
			root := m.of("root", picked, "{picked-00000000000000ff}")
			return root + star("below", []string{"", "/a.md", "/a/b"}, "/**", "/**")
		}
		out := m.of("root", "{documents}", "{home}")
		for i := range m.number("depth", 3) {
			out += "/" + star(fmt.Sprint("part", i), m.parts, "*", "**", "a*", "*b.*", "*.md")
		}
		return out
	case "net":
		if pattern && m.once("any", 6) {
			return "*"
		}
		host := star("host", m.hosts, m.open...)
		path := "/"
		for i := range m.number("depth", 2) {
			path += m.of(fmt.Sprint("part", i), "v", "vw", "%76") + "/"
		}
		return m.of("scheme", "https", "https", "https", "https", "https", "https", "wss", "http") + "://" + host + m.of("port", "", "", "", "", "", ":443", ":0443", ":8443") +
			path + star("last", []string{"", "v", "vw", "%2a"}, "*", "*", "*", "v*")
	case "shell":
		return star("program", []string{"git", "gitk", "rm"}, "*")
	case "mail":
		return m.of("host", "e.com", "a.e.com", "b.a.e.com", "ae.com", "github.io", "x.github.io", "com", "127.0.0.1", "1.127.0.0.1", "localhost", "x.localhost", "E.com", "*")
	case "storage":
		return m.of("place", "https://e.com/files", "https://e.com/Files", "https://e.com/files/a", "http://e.com/files", "https://e.com:8443/files", "*")
	case "passwords":
		return m.of("tag", "work", "Work", "works", "home", "*")
	case "peers":
		if pattern && m.once("any", 8) {
			return "*"
		}
		return star("lineage", []string{key, strings.Repeat("ab", 32)}, "*") + "." + star("name", []string{"n", "nn"}, "*") + "/" + star("method", []string{"x", "xx"}, "*")
	}
	return ""
}

// spoil makes a target such as an attacker would try.
func (m maker) spoil(target string) string {
	for range 1 + m.number("twists", 2) {
		at := m.number("at", len(target))
		switch m.of("twist", "insert", "insert", "upper", "escape", "double", "wide", "decomposed", "cut", "end", "begin", "swap", "slash") {
		case "insert":
			target = target[:at] + m.of("what", "..", "/../", "//", "/./", "%2e%2e/", "%2f", "%5c", "%00", "\x00", "\\", ";", "?", "#", "@", ":", "*", "**", " ", "\t", ".", "\u200b", "\u3002", "%", "%zz", "%25", "%2a", "\xff", "\u0430", "__", "0", "[", "]", "?q=1", "#f") + target[at:]
		case "upper":
			target = target[:at] + strings.ToUpper(target[at:])
		case "escape", "double":
			if at < len(target) {
				escaped := fmt.Sprintf("%%%02x", target[at])
				if m.once("twice", 3) {
					escaped = fmt.Sprintf("%%25%02X", target[at])
				}
				target = target[:at] + escaped + target[at+1:]
			}
		case "wide":
			if at < len(target) && target[at] > ' ' && target[at] < 0x7f {
				target = target[:at] + string(rune(target[at])+0xfee0) + target[at+1:]
			}
		case "decomposed":
			target = strings.ReplaceAll(target, "\u00e9", "e\u0301")
		case "cut":
			target = target[:at]
		case "end":
			target += m.of("what", ".", "/", "/..", "/*", ".evil.org", ":0", ":", "/.", "a", "%")
		case "begin":
			target = m.of("what", "user@", "//", " ", "HTTPS://", "http://", "file://", "x") + target
		case "swap":
			target = strings.NewReplacer("127.0.0.1", m.of("number", "2130706433", "127.1", "0177.0.0.1", "0x7f000001", "[::ffff:127.0.0.1]", "127.0.0.1."),
				"[::1]", m.of("six", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[::0001]", "[::1"),
				"e.com", m.of("name", "e.com.", "E.COM", "e.com.evil.org", "evil-e.com", "xn--e-ufa.com", "е.com", "e..com")).Replace(target)
		case "slash":
			target = strings.Replace(target, "/", m.of("what", "\\", "//", "%2f", "/./"), 1)
		}
	}
	return target
}

var (
	flat, tree = false, true
	terms      = map[string][]manifest.Constraints{
		"files": {
			{MaxFileSize: 10},
			{Extensions: []string{"md"}},
			{Extensions: []string{"md", "txt"}, MaxFileSize: 100},
			{Recursive: &flat, MaxFileSize: 50},
			{Recursive: &tree},
			{Extensions: []string{"txt"}, Recursive: &flat},
		},
		"net": {
			{Methods: []string{"GET"}},
			{Methods: []string{"GET", "POST"}, Rate: &manifest.Rate{Requests: 10, Seconds: 60}},
			{Rate: &manifest.Rate{Requests: 1, Seconds: 6}, MaxResponse: 100},
			{Rate: &manifest.Rate{Requests: 100, Seconds: 600}},
			{Rate: &manifest.Rate{Requests: 20, Seconds: 120}},
			{MaxResponse: 50},
		},
		"shell": {
			{Arguments: [][]string{{"status"}}},
			{Arguments: [][]string{{"log", "*"}, {}}},
			{Arguments: [][]string{{"a*", "**"}}},
			{Arguments: [][]string{{"*b*", "x"}}},
		},
	}
)

func (m maker) constraints(resource string) *manifest.Constraints {
	list := terms[resource]
	if len(list) == 0 || m.once("free", 2) {
		return nil
	}
	c := rapid.SampledFrom(list).Draw(m.T, "constraints")
	return &c
}

func (m maker) declared() []manifest.Permission {
	var out []manifest.Permission
	seen := map[permission.Key]bool{}
	for range min(1+m.number("declared", 4), 4) {
		k := m.key(true)
		if !seen[k] {
			seen[k] = true
			out = append(out, manifest.Permission{Resource: k.Resource, Action: k.Action, Target: k.Target, Reason: fmt.Sprint("Reason ", len(out)), Constraints: m.constraints(k.Resource)})
		}
	}
	return out
}

func (m maker) grants(declared []manifest.Permission, now int64) []permission.Grant {
	var out []permission.Grant
	for range m.number("grants", 6) {
		g := permission.Grant{Key: m.key(m.once("pattern", 2))}
		if len(declared) > 0 && !m.once("else", 4) {
			d := rapid.SampledFrom(declared).Draw(m.T, "of")
			g.Key = permission.KeyOf(d)
			switch m.of("how", "same", "same", "narrower", "else") {
			case "narrower":
				g.Target = m.instance(g.Key)
			case "else":
				g.Target = m.target(g.Key, m.once("pattern", 2))
			}
		}
		g.Decision = permission.Decision(m.of("decision", "allow", "allow", "allow", "allow", "allow", "deny", "deny", "ask", "maybe"))
		g.Constraints = m.constraints(g.Resource)
		g.Until = rapid.SampledFrom([]int64{0, 0, 0, now - 1, now, now + 1}).Draw(m.T, "until")
		g.UsesLeft = rapid.SampledFrom([]int64{0, 0, 0, 1, 7, -1}).Draw(m.T, "uses")
		out = append(out, g)
	}
	return out
}

func (m maker) call(declared []manifest.Permission, grants []permission.Grant) permission.Call {
	c := permission.Call{Key: m.key(false)}
	var rules []permission.Key
	for _, d := range declared {
		rules = append(rules, permission.KeyOf(d))
	}
	for _, g := range grants {
		rules = append(rules, g.Key)
	}
	if len(declared) > 0 && m.once("declared", 3) {
		rules = rules[:len(declared)]
	}
	if len(rules) > 0 && !m.once("else", 8) {
		c.Key = rapid.SampledFrom(rules).Draw(m.T, "about")
		c.Target = m.instance(c.Key)
		if (c.Resource == "db" || c.Resource == "files") && m.once("other action", 3) {
			c.Action = m.of("action", actionsOf[c.Resource]...)
		}
	}
	if c.Target != "" && m.once("hostile", 4) {
		c.Target = m.spoil(c.Target)
	}
	c.Fresh = m.once("fresh", 10)
	switch c.Resource {
	case "net":
		c.Method = m.of("method", "", "GET", "POST", "get")
	case "shell":
		c.Arguments = rapid.SampledFrom([][]string{nil, {"status"}, {"log", "-1"}, {"log", ""}, {"ab", "x"}, {"a"}, {"*"}, {"status", "x"}, {"abc", "x", "y"}}).Draw(m.T, "arguments")
	case "files":
		c.Recursive, c.Folder = m.once("recursive", 3), m.once("folder", 3)
	}
	return c
}

// instance is something that a pattern is about, or nearly.
func (m maker) instance(rule permission.Key) string {
	switch rule.Resource {
	case "files":
		return strings.NewReplacer("**", m.of("deep", "a/b", "ab.txt", "b.md"), "*", m.of("one", "ab", "b.md", "")).Replace(rule.Target)
	case "db":
		if strings.HasSuffix(rule.Target, key+"__*") {
			return key + "__ab__t"
		}
		return strings.Replace(rule.Target, "*", "t", 1)
	case "net":
		if rule.Target == "*" {
			return "https://a.e.com/v"
		}
		return strings.NewReplacer("*.", m.of("label", "b.", "b.c."), "*", m.of("below", "v", "vw/v", "")).Replace(rule.Target)
	case "peers":
		if rule.Target == "*" {
			return key + ".n/x"
		}
		return strings.NewReplacer("*.", key+".", ".*/", ".n/", "/*", "/xx").Replace(rule.Target)
	}
	return strings.ReplaceAll(rule.Target, "*", "git")
}

func (m maker) policy() permission.Policy {
	if !m.once("policy", 8) {
		return nil
	}
	return permission.Policy{m.of("forbidden", "net", "shell", "files", "db", "net.private", "net.fetch", "files.pick", "files.read", "files.readWrite", "db.read", "shell.run", "peers", "clipboard.read"): true}
}

// TestJudgeAgreesWithANaiveSecondEvaluator compares verdict, bounds, reason and
// the grant that decided. The two were written apart, from one specification.
func TestJudgeAgreesWithANaiveSecondEvaluator(t *testing.T) {
	calls, want := 20, 10_000
	if os.Getenv("ALCOVE_FULL") == "1" {
		calls, want = 5, 100_000
	}
	const now = 1000
	tally, cases := map[permission.Verdict]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := newMaker(rt)
		policy, declared := m.policy(), m.declared()
		grants := m.grants(declared, now)
		held := permission.NewHeld(grants)
		for range calls {
			call := m.call(declared, grants)
			got, expect := permission.Judge(policy, declared, held, call, now), naiveJudge(policy, declared, grants, call, now)
			if expect.Verdict == permission.Denied {
				expect.Grant, got.Grant = nil, nil // any of several denies may be named
			}
			cases++
			tally[got.Verdict]++
			if diff := cmp.Diff(expect, got); diff != "" {
				rt.Fatalf("policy %v\ndeclared %+v\ngrants %+v\ncall %+v\n%s", policy.Names(), declared, grants, call, diff)
			}
		}
	})
	t.Logf("%d cases: %v", cases, tally)
	if t.Failed() {
		return
	}
	if cases < want {
		t.Errorf("only %d cases", cases)
	}
	for _, v := range []permission.Verdict{permission.Undeclared, permission.Forbidden, permission.Denied, permission.Allowed, permission.Ask} {
		if tally[v] < cases/100 {
			t.Errorf("only %d of %d cases were %s: the generator proves little about it", tally[v], cases, v)
		}
	}
}

// TestStoreAndJudgeAgree: the store judges statements by a list, calls are
// judged by Judge. For every table and action they say the same.
func TestStoreAndJudgeAgree(t *testing.T) {
	const now = 1000
	rapid.Check(t, func(rt *rapid.T) {
		m := newMaker(rt)
		m.resource = "db"
		only := func(k permission.Key) bool { return k.Resource == "db" }
		var policy permission.Policy
		if m.once("policy", 3) {
			policy = permission.Policy{m.of("forbidden", "db", "db.read", "db.readWrite", "db.delete"): true}
		}
		var declared []manifest.Permission
		for range 4 {
			declared = append(declared, slices.DeleteFunc(m.declared(), func(p manifest.Permission) bool {
				return !only(permission.KeyOf(p)) || slices.ContainsFunc(declared, func(d manifest.Permission) bool { return permission.KeyOf(d) == permission.KeyOf(p) })
			})...)
		}
		var grants []permission.Grant
		for range 3 {
			grants = append(grants, slices.DeleteFunc(m.grants(declared, now), func(g permission.Grant) bool { return !only(g.Key) || g.UsesLeft > 0 })...)
		}
		held := permission.NewHeld(grants)
		rights := store.Rights{Grants: permission.TableGrants(policy, declared, held, now)}
		for _, table := range []string{
			key + "__a__t", key + "__a__tt", key + "__ab__t", key + "__a-b__u_1", strings.ToUpper(key) + "__A__TT",
			key + "__a", "alcove_grant", "sqlite_schema", strings.Repeat("0b", 32) + "__a__t",
		} {
			for _, action := range actionsOf["db"] {
				call := wants("db", action, table)
				want := permission.Judge(policy, declared, held, call, now).Verdict == permission.Allowed
				if got := rights.May(store.Action(action), table); got != want {
					rt.Fatalf("%s %s: the store says %v\n%v\n%+v\n%+v\n%+v", action, table, got, policy.Names(), declared, grants, rights.Grants)
				}
			}
		}
	})
}
