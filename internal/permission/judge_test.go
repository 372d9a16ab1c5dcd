package permission_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

const picked = "{picked-0123456789abcdef}"

func ask(resource, action, target string, c *manifest.Constraints) manifest.Permission {
	return manifest.Permission{Resource: resource, Action: action, Target: target, Reason: "For " + target, Constraints: c}
}

func grant(resource, action, target string, d permission.Decision) permission.Grant {
	return permission.Grant{Key: permission.Key{Resource: resource, Action: action, Target: target}, Decision: d}
}

func wants(resource, action, target string) permission.Call {
	return permission.Call{Key: permission.Key{Resource: resource, Action: action, Target: target}}
}

func TestJudge(t *testing.T) {
	no := false
	const now = 1_000_000
	const allow, deny, asked = permission.Allow, permission.Deny, permission.Decision(permission.Ask)
	fetch := wants("net", "fetch", "https://a.example.com/x")
	post := fetch
	post.Method = "POST"
	status := wants("shell", "run", "git")
	status.Arguments = []string{"status"}
	push := wants("shell", "run", "git")
	push.Arguments = []string{"push", "--force"}
	note := wants("files", "read", "{documents}/a.md")
	walk := wants("files", "read", "{documents}/b")
	walk.Folder, walk.Recursive = true, true
	flat := walk
	flat.Recursive = false
	with := func(g permission.Grant, change func(*permission.Grant)) permission.Grant {
		change(&g)
		return g
	}
	getOnly := &manifest.Constraints{Methods: []string{"GET"}, Rate: &manifest.Rate{Requests: 10, Seconds: 60}}
	for _, c := range []struct {
		name     string
		policy   permission.Policy
		declared []manifest.Permission
		held     []permission.Grant
		call     permission.Call
		verdict  permission.Verdict
		bounds   permission.Bounds
	}{
		{name: "nothing is declared", held: []permission.Grant{grant("net", "fetch", "*", allow)}, call: fetch, verdict: permission.Undeclared},
		{name: "policy beats the grant", policy: permission.Policy{"net": true}, declared: []manifest.Permission{ask("net", "fetch", "*", nil)}, held: []permission.Grant{grant("net", "fetch", "*", allow)}, call: fetch, verdict: permission.Forbidden},
		{name: "policy of one action", policy: permission.Policy{"net.websocket": true}, declared: []manifest.Permission{ask("net", "fetch", "*", nil)}, held: []permission.Grant{grant("net", "fetch", "*", allow)}, call: fetch, verdict: permission.Allowed, bounds: permission.Bounds{Rule: permission.Key{Resource: "net", Action: "fetch", Target: "*"}}},
		{name: "a method that is not declared", declared: []manifest.Permission{ask("net", "fetch", "https://a.example.com/*", getOnly)}, held: []permission.Grant{grant("net", "fetch", "https://a.example.com/*", allow)}, call: post, verdict: permission.Undeclared},
		{name: "a method that is", declared: []manifest.Permission{ask("net", "fetch", "https://a.example.com/*", getOnly)}, held: []permission.Grant{grant("net", "fetch", "https://a.example.com/*", allow)}, call: fetch, verdict: permission.Allowed, bounds: permission.Bounds{Rate: permission.Rate{Requests: 10, Seconds: 60}, Rule: permission.Key{Resource: "net", Action: "fetch", Target: "https://a.example.com/*"}}},
		{
			name:     "a grant of one line is none of a wider one",
			declared: []manifest.Permission{ask("net", "fetch", "*", nil), ask("net", "fetch", "https://a.example.com/*", getOnly)},
			held:     []permission.Grant{grant("net", "fetch", "https://a.example.com/*", allow)}, call: post, verdict: permission.Ask,
			bounds: permission.Bounds{Rule: permission.Key{Resource: "net", Action: "fetch", Target: "*"}},
		},
		{
			name:     "a narrower grant has the bounds of what is declared, and its own",
			declared: []manifest.Permission{ask("net", "fetch", "https://*.example.com/*", &manifest.Constraints{MaxResponse: 100, Rate: &manifest.Rate{Requests: 60, Seconds: 60}})},
			held: []permission.Grant{with(grant("net", "fetch", "https://a.example.com/*", allow), func(g *permission.Grant) {
				g.Constraints = &manifest.Constraints{Rate: &manifest.Rate{Requests: 5, Seconds: 60}}
			})},
			call: post, verdict: permission.Allowed,
			bounds: permission.Bounds{MaxResponse: 100, Rate: permission.Rate{Requests: 5, Seconds: 60}, Rule: permission.Key{Resource: "net", Action: "fetch", Target: "https://*.example.com/*"}},
		},
		{name: "an expired grant asks", declared: []manifest.Permission{ask("net", "fetch", "*", nil)}, held: []permission.Grant{with(grant("net", "fetch", "*", allow), func(g *permission.Grant) { g.Until = now })}, call: fetch, verdict: permission.Ask, bounds: permission.Bounds{Rule: permission.Key{Resource: "net", Action: "fetch", Target: "*"}}},
		{name: "one that has not", declared: []manifest.Permission{ask("net", "fetch", "*", nil)}, held: []permission.Grant{with(grant("net", "fetch", "*", allow), func(g *permission.Grant) { g.Until = now + 1 })}, call: fetch, verdict: permission.Allowed, bounds: permission.Bounds{Rule: permission.Key{Resource: "net", Action: "fetch", Target: "*"}}},
		{name: "an expired no asks too", declared: []manifest.Permission{ask("net", "fetch", "*", nil)}, held: []permission.Grant{with(grant("net", "fetch", "*", deny), func(g *permission.Grant) { g.Until = now })}, call: fetch, verdict: permission.Ask, bounds: permission.Bounds{Rule: permission.Key{Resource: "net", Action: "fetch", Target: "*"}}},
		{name: "program with arguments that were allowed", declared: []manifest.Permission{ask("shell", "run", "git", nil)}, held: []permission.Grant{with(grant("shell", "run", "git", allow), func(g *permission.Grant) {
			g.Constraints = &manifest.Constraints{Arguments: [][]string{{"status"}}}
		})}, call: status, verdict: permission.Allowed, bounds: permission.Bounds{Rule: permission.Key{Resource: "shell", Action: "run", Target: "git"}}},
		{name: "and with others", declared: []manifest.Permission{ask("shell", "run", "git", nil)}, held: []permission.Grant{with(grant("shell", "run", "git", allow), func(g *permission.Grant) {
			g.Constraints = &manifest.Constraints{Arguments: [][]string{{"status"}}}
		})}, call: push, verdict: permission.Ask, bounds: permission.Bounds{Rule: permission.Key{Resource: "shell", Action: "run", Target: "git"}}},
		{name: "running is no terminal", declared: []manifest.Permission{ask("shell", "run", "git", nil)}, held: []permission.Grant{grant("shell", "run", "git", allow)}, call: wants("shell", "terminal", "git"), verdict: permission.Undeclared},
		{name: "no running is no terminal", policy: permission.Policy{"shell.run": true}, declared: []manifest.Permission{ask("shell", "terminal", "bash", nil)}, held: []permission.Grant{grant("shell", "terminal", "bash", allow)}, call: wants("shell", "terminal", "bash"), verdict: permission.Forbidden},
		{name: "other extension", declared: []manifest.Permission{ask("files", "read", "{documents}/*", &manifest.Constraints{Extensions: []string{"txt"}})}, call: note, verdict: permission.Undeclared},
		{name: "walking where nothing may", declared: []manifest.Permission{ask("files", "read", "{documents}/**", &manifest.Constraints{Recursive: &no})}, call: walk, verdict: permission.Undeclared},
		{name: "a folder needs no extension", declared: []manifest.Permission{ask("files", "read", "{documents}/**", &manifest.Constraints{Recursive: &no, Extensions: []string{"md"}})}, call: flat, verdict: permission.Ask, bounds: permission.Bounds{Extensions: []string{"md"}, Rule: permission.Key{Resource: "files", Action: "read", Target: "{documents}/**"}}},
		{name: "a picked file", declared: []manifest.Permission{ask("files", "pick", "file", &manifest.Constraints{MaxFileSize: 9})}, held: []permission.Grant{grant("files", "readWrite", picked, allow)}, call: wants("files", "read", picked), verdict: permission.Allowed, bounds: permission.Bounds{MaxFileSize: 9, Rule: permission.Key{Resource: "files", Action: "pick", Target: "file"}}},
		{name: "nothing is inside of a file", declared: []manifest.Permission{ask("files", "pick", "file", nil)}, held: []permission.Grant{grant("files", "read", picked, allow)}, call: wants("files", "read", picked+"/a"), verdict: permission.Undeclared},
		{name: "a picked folder", declared: []manifest.Permission{ask("files", "pick", "folder", nil)}, held: []permission.Grant{grant("files", "read", picked+"/**", allow)}, call: wants("files", "read", picked+"/a/b"), verdict: permission.Allowed, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "folder"}}},
		{name: "is not written without more", declared: []manifest.Permission{ask("files", "pick", "folder", nil)}, held: []permission.Grant{grant("files", "read", picked+"/**", allow)}, call: wants("files", "readWrite", picked+"/a/b"), verdict: permission.Denied, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "folder"}}},
		{name: "a folder that was picked as one, when only files may be", declared: []manifest.Permission{ask("files", "pick", "file", nil)}, held: []permission.Grant{grant("files", "read", picked+"/**", allow)}, call: wants("files", "read", picked), verdict: permission.Denied, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "file"}}},
		{name: "what was never picked", declared: []manifest.Permission{ask("files", "pick", "file", nil), ask("files", "read", "{home}/**", nil)}, held: []permission.Grant{grant("files", "read", "{home}/**", allow)}, call: wants("files", "read", picked), verdict: permission.Denied, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "file"}}},
		{name: "picking was denied since", declared: []manifest.Permission{ask("files", "pick", "file", nil)}, held: []permission.Grant{grant("files", "read", picked, allow), grant("files", "pick", "file", deny)}, call: wants("files", "read", picked), verdict: permission.Denied, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "file"}}},
		{name: "picking is forbidden", policy: permission.Policy{"files.pick": true}, declared: []manifest.Permission{ask("files", "pick", "file", nil)}, held: []permission.Grant{grant("files", "read", picked, allow)}, call: wants("files", "read", picked), verdict: permission.Forbidden},
		{name: "who may pick is asked", declared: []manifest.Permission{ask("files", "pick", "file", nil)}, held: []permission.Grant{grant("files", "pick", "file", asked)}, call: wants("files", "pick", "file"), verdict: permission.Ask, bounds: permission.Bounds{Rule: permission.Key{Resource: "files", Action: "pick", Target: "file"}}},
		{name: "a public suffix", declared: []manifest.Permission{ask("net", "fetch", "https://*.github.io/*", nil)}, held: []permission.Grant{grant("net", "fetch", "https://*.github.io/*", allow)}, call: wants("net", "fetch", "https://x.github.io/"), verdict: permission.Undeclared},
		{name: "the end of a number", declared: []manifest.Permission{ask("net", "fetch", "https://*.0.0.1/*", nil)}, call: wants("net", "fetch", "https://127.0.0.1/"), verdict: permission.Undeclared},
		{name: "an escaped star is no star", declared: []manifest.Permission{ask("net", "fetch", "https://h.org/%2a", nil)}, call: wants("net", "fetch", "https://h.org/anything"), verdict: permission.Undeclared},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := permission.Judge(c.policy, c.declared, permission.NewHeld(c.held), c.call, now)
			if got.Verdict != c.verdict {
				t.Fatalf("%s, want %s", got.Verdict, c.verdict)
			}
			if diff := cmp.Diff(c.bounds, got.Bounds); diff != "" {
				t.Error(diff)
			}
			if (got.Reason != "") != (c.verdict != permission.Undeclared && c.verdict != permission.Forbidden) {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}

func TestAGrantWithoutANumberOfUsesIsTakenFirst(t *testing.T) {
	declared := []manifest.Permission{ask("net", "fetch", "*", nil)}
	counted := grant("net", "fetch", "https://a.example.com/*", permission.Allow)
	counted.UsesLeft = 3
	held := permission.NewHeld([]permission.Grant{counted, grant("net", "fetch", "https://a.example.com/x", permission.Allow)})
	got := permission.Judge(nil, declared, held, wants("net", "fetch", "https://a.example.com/x"), 0)
	if got.Grant == nil || got.Grant.Target != "https://a.example.com/x" {
		t.Errorf("%v", got.Grant)
	}
	got = permission.Judge(nil, declared, held, wants("net", "fetch", "https://a.example.com/y"), 0)
	if got.Grant == nil || got.Grant.Target != counted.Target {
		t.Errorf("%v", got.Grant)
	}
}

// TestForbiddingTheNetworkForbidsWhatGoesOverIt: mail and storage; not the
// reverse.
func TestForbiddingTheNetworkForbidsWhatGoesOverIt(t *testing.T) {
	for _, tt := range []struct {
		forbidden, resource string
		want                bool
	}{{"net", "mail", true}, {"mail", "mail", true}, {"mail", "net", false}, {"net.private", "mail", false}, {"passwords", "mail", false}, {"net", "storage", true}, {"storage", "storage", true}, {"storage", "net", false}} {
		key := permission.Key{Resource: tt.resource, Action: "fetch", Target: "example.com"}
		if got := (permission.Policy{tt.forbidden: true}).Forbids(key); got != tt.want {
			t.Errorf("%s forbidden, %s: %v", tt.forbidden, tt.resource, got)
		}
	}
}

func TestPolicyAsJSON(t *testing.T) {
	data, err := json.Marshal(permission.Policy{"shell": true, "net.private": true, "net": false})
	if err != nil || string(data) != `["net.private","shell"]` {
		t.Fatalf("%s %v", data, err)
	}
	var back permission.Policy
	if err := json.Unmarshal(data, &back); err != nil || !back.Forbids(permission.Key{Resource: "shell", Action: "run"}) || back.Valid() != nil {
		t.Errorf("%v %v", back, err)
	}
	if (permission.Policy{"printer": true}).Valid() == nil || (permission.Policy{"net.print": true}).Valid() == nil {
		t.Error("a policy about nothing is taken")
	}
}
