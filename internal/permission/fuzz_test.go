package permission_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func FuzzAnyTargetIsTaken(f *testing.F) {
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

// FuzzTargetsAreReadAlike holds the matching of any pattern and target against
// the second evaluator, for a declared permission and for a deny.
func FuzzTargetsAreReadAlike(f *testing.F) {
	f.Add("net", "fetch", "https://*.example.com/v/*", "https://a.EXAMPLE.com.:0443/v/%2e?x#y")
	f.Add("net", "fetch", "*", "wss://[::1]:80/")
	f.Add("net", "private", "https://*.co.uk/*", "https://a.co.uk/")
	f.Add("files", "read", "{home}/**/*.md", "{home}/Caf\u00e9/a.md")
	f.Add("files", "readWrite", "{home}/cafe\u0301/**", "{home}/CAF\u00c9")
	f.Add("db", "read", key+"__a__*", key+"__A__b")
	f.Add("peers", "call", "*.a/*", key+".a/b")
	f.Add("shell", "run", "git", "ＧIT")
	f.Fuzz(func(t *testing.T, resource, action, pattern, target string) {
		if len(pattern)+len(target) > 60 {
			return // the second one tries everything
		}
		rule := permission.Key{Resource: resource, Action: action, Target: pattern}
		call := wants(resource, action, target)
		exact := ask(resource, action, target, nil)
		for _, declared := range [][]manifest.Permission{declare(rule), {exact, ask(resource, action, "*", nil)}} {
			grants := []permission.Grant{{Key: rule, Decision: permission.Deny}}
			got, want := permission.Judge(nil, declared, permission.NewHeld(grants), call, 0), naiveJudge(nil, declared, grants, call, 0)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q %q: %s", pattern, target, diff)
			}
		}
	})
}

// FuzzAddressesAreReadAsTheClientReadsThem: what is judged to be one host is no
// other to who connects.
func FuzzAddressesAreReadAsTheClientReadsThem(f *testing.F) {
	for _, target := range []string{
		"https://h.org", "https://H.org.:0443/a/%2f?x#y", "wss://[::1]:80/", "https://a@b.org/", "https://a\\b.org/", "https://h.org:/", "https://h.org:0/",
		"https://h.org?@evil.org/", "https://h.org#@evil.org/", "https://h.org%2eevil.org/", "https:///h.org", "https://127.1/",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		call := wants("net", "fetch", target)
		if permission.Judge(nil, []manifest.Permission{ask("net", "fetch", "*", nil)}, nil, call, 0).Verdict == permission.Undeclared {
			return
		}
		u, err := url.Parse(target)
		if err != nil {
			return // nobody can connect to it
		}
		host := u.Hostname()
		if u.Host != "" && u.Host[0] == '[' {
			host = "[" + host + "]"
		}
		port := u.Port()
		if port == "" {
			port = "443"
		}
		same := ask("net", "fetch", "https://"+host+":"+port+"/*", nil)
		if u.User != nil || permission.Judge(nil, []manifest.Permission{same}, nil, call, 0).Verdict != permission.Ask {
			t.Errorf("%q leads to %s:%s", target, host, port)
		}
	})
}
