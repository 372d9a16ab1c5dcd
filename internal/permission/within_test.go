package permission_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func TestAGrantGoesWithWhatCoversAllOfIt(t *testing.T) {
	for _, c := range []struct {
		resource, action, declared, granted string
		yes                                 bool
	}{
		{"net", "fetch", "https://*.example.com/*", "https://api.example.com/*", true},
		{"net", "fetch", "https://*.example.com/*", "https://*.api.example.com/*", true},
		{"net", "fetch", "https://*.example.com/*", "https://example.com/*", false},
		{"net", "fetch", "https://*.example.com/*", "https://*.notexample.com/*", false},
		{"net", "fetch", "https://*.example.com/*", "https://api.example.com:8443/*", false},
		{"net", "fetch", "https://api.example.com/*", "https://*.example.com/*", false},
		{"net", "fetch", "https://api.example.com/v1/*", "https://api.example.com/v1/x/*", true},
		{"net", "fetch", "https://api.example.com/v1/*", "https://api.example.com/v1/x", true},
		{"net", "fetch", "https://api.example.com/v1/*", "https://api.example.com/*", false},
		{"net", "fetch", "https://api.example.com/v1/*", "https://api.example.com/v10/x", false},
		{"net", "fetch", "https://api.example.com/v1", "https://api.example.com/v1/x", false},
		{"net", "fetch", "*", "https://api.example.com/*", true},
		{"net", "fetch", "*", "http://api.example.com/*", false},
		{"net", "fetch", "https://*.github.io/*", "https://ada.github.io/*", false},
		{"net", "websocket", "https://a.org/*", "wss://a.org/*", true},
		{"files", "read", "{documents}/**", "{documents}/a/b.md", true},
		{"files", "read", "{documents}/**", "{documents}/a/*", true},
		{"files", "read", "{documents}/**", "{documents}/a/**", true},
		{"files", "read", "{documents}/*", "{documents}/a/**", false},
		{"files", "read", "{documents}/*", "{documents}/*.md", false},
		{"files", "read", "{documents}/a/**", "{documents}/**", false},
		{"files", "read", "{documents}/**", "{documents}/../x", false},
		{"files", "pick", "folder", "file", false},
		{"shell", "run", "git", "git", true},
		{"shell", "run", "git", "GIT", false},
		{"peers", "call", "*.notes/*", key + ".notes/find", true},
		{"peers", "call", key + ".notes/find", key + ".notes/*", false},
		{"db", "read", key + "__notes__*", key + "__notes__pages", true},
		{"db", "read", key + "__notes__*", key + "__*", false},
		{"clipboard", "read", "", "", true},
		{"clipboard", "read", "", "x", false},
	} {
		declared := []manifest.Permission{ask("printer", "print", "", nil), ask(c.resource, c.action, c.declared, nil)}
		got := permission.Declared(declared, permission.Key{Resource: c.resource, Action: c.action, Target: c.granted})
		if (got == 1) != c.yes {
			t.Errorf("%s.%s %q goes with %q: %d", c.resource, c.action, c.granted, c.declared, got)
		}
	}
	declared := []manifest.Permission{ask("files", "readWrite", "{documents}/**", nil), ask("files", "pick", "folder", nil), ask("files", "read", "{documents}/a", nil)}
	for k, want := range map[permission.Key]int{
		{Resource: "files", Action: "read", Target: "{documents}/b"}:      0,
		{Resource: "files", Action: "read", Target: "{documents}/a"}:      2,
		{Resource: "files", Action: "readWrite", Target: "{documents}/a"}: 0,
		{Resource: "files", Action: "read", Target: picked + "/**"}:       1,
		{Resource: "files", Action: "read", Target: picked}:               -1,
		{Resource: "files", Action: "read", Target: picked + "/a"}:        -1,
	} {
		if got := permission.Declared(declared, k); got != want {
			t.Errorf("%v goes with %d, want %d", k, got, want)
		}
	}
}

func TestWiderConstraints(t *testing.T) {
	no := false
	type c = manifest.Constraints
	rate := func(n, s int) *c { return &c{Rate: &manifest.Rate{Requests: n, Seconds: s}} }
	args := func(list ...string) *c {
		out := &c{}
		for _, a := range list {
			out.Arguments = append(out.Arguments, strings.Fields(a))
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		a, b  *c
		wider bool
	}{
		{"both free", nil, nil, false},
		{"free after bound", nil, &c{MaxRows: 1}, true},
		{"bound after free", &c{MaxRows: 1}, nil, false},
		{"more rows", &c{MaxRows: 2}, &c{MaxRows: 1}, true},
		{"fewer rows", &c{MaxRows: 1}, &c{MaxRows: 2}, false},
		{"another column", &c{Columns: []string{"a", "b"}}, &c{Columns: []string{"a"}}, true},
		{"fewer columns", &c{Columns: []string{"a"}}, &c{Columns: []string{"a", "b"}}, false},
		{"fewer columns but no limit of rows", &c{Columns: []string{"a"}}, &c{Columns: []string{"a", "b"}, MaxRows: 3}, true},
		{"trees", &c{MaxFileSize: 1}, &c{MaxFileSize: 1, Recursive: &no}, true},
		{"no trees", &c{Recursive: &no}, nil, false},
		{"larger answers", &c{MaxResponse: 9}, &c{MaxResponse: 8}, true},
		{"another method", &c{Methods: []string{"GET", "POST"}}, &c{Methods: []string{"GET"}}, true},
		{"another extension", &c{Extensions: []string{"exe"}}, &c{Extensions: []string{"md"}}, true},
		{"slower", rate(5, 60), rate(10, 60), false},
		{"the same in the long run, but more at once", rate(100, 600), rate(10, 60), true},
		{"fewer at once, but more in the long run", rate(5, 1), rate(10, 60), true},
		{"fewer arguments", args("status"), args("status", "log *"), false},
		{"an example of a pattern", args("log -1"), args("log *"), false},
		{"another pattern", args("log *"), args("log -*"), true},
		{"any arguments", nil, args("status"), true},
	} {
		if got := permission.Wider(tt.a, tt.b); got != tt.wider {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestRememberedGrantsAreAsNarrowAsAPersonWouldMeanThem(t *testing.T) {
	terms := &manifest.Constraints{Methods: []string{"GET"}}
	declared := []manifest.Permission{
		ask("net", "fetch", "https://*.example.com/v1/*", terms), ask("net", "fetch", "https://h.org:8443/v1/*", nil),
		ask("net", "fetch", "*", nil), ask("net", "websocket", "*", nil), ask("files", "readWrite", "{documents}/**", nil),
		ask("shell", "run", "git", nil), ask("shell", "terminal", "bash", nil), ask("clipboard", "read", "", nil),
	}
	for _, c := range []struct {
		rule   int
		call   permission.Call
		target string
		terms  *manifest.Constraints
		ok     bool
	}{
		{0, wants("net", "fetch", "https://API.example.com/v1/x?q=1#f"), "https://api.example.com/v1/*", terms, true},
		{1, wants("net", "fetch", "https://h.org:8443/v1/x"), "https://h.org:8443/v1/*", nil, true},
		{2, wants("net", "fetch", "https://other.org:9000/deep/er"), "https://other.org:9000/*", nil, true},
		{2, wants("net", "fetch", "https://other.org"), "https://other.org/*", nil, true},
		{2, wants("net", "fetch", "https://[2001:db8::1]:9/x"), "https://[2001:db8::1]:9/*", nil, true},
		{3, wants("net", "websocket", "wss://live.org/a"), "wss://live.org/*", nil, true},
		{4, wants("files", "read", "{documents}/a/b.md"), "{documents}/a/b.md", nil, true},
		{5, permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "git"}, Arguments: []string{"status", "-s"}}, "git", &manifest.Constraints{Arguments: [][]string{{"status", "-s"}}}, true},
		{5, wants("shell", "run", "git"), "git", &manifest.Constraints{Arguments: [][]string{{}}}, true},
		{5, permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "git"}, Arguments: []string{"add", "*"}}, "git", nil, false},
		{6, wants("shell", "terminal", "bash"), "bash", nil, true},
		{7, wants("clipboard", "read", ""), "", nil, true},
	} {
		rule := permission.KeyOf(declared[c.rule])
		g, ok := permission.Remember(declared, rule, c.call, permission.Allow)
		if ok != c.ok || g.Target != c.target || ok && !g.Constraints.Equal(c.terms) {
			t.Errorf("%v: %v %+v", c.call, ok, g)
		}
		if !ok {
			continue
		}
		if got := permission.Declared(declared, g.Key); got < 0 {
			t.Errorf("%v: nothing declared covers %v", c.call, g.Key)
		}
		if r := permission.Judge(nil, declared, permission.NewHeld([]permission.Grant{g}), c.call, 0); r.Verdict != permission.Allowed {
			t.Errorf("%v is %s by %+v", c.call, r.Verdict, g)
		}
		never, _ := permission.Remember(declared, rule, c.call, permission.Deny)
		if r := permission.Judge(nil, declared, permission.NewHeld([]permission.Grant{never, g}), c.call, 0); r.Verdict != permission.Denied {
			t.Errorf("%v is %s after never", c.call, r.Verdict)
		}
	}
}

func TestArgumentsThatWereAllowedAddUp(t *testing.T) {
	declared := []manifest.Permission{ask("shell", "run", "git", nil)}
	var held permission.Grant
	call := wants("shell", "run", "git")
	for _, argument := range []string{"status", "log", "status"} {
		call.Arguments = []string{argument}
		g, _ := permission.Remember(declared, permission.KeyOf(declared[0]), call, permission.Allow)
		held = permission.Join(held, g)
	}
	if diff := cmp.Diff([][]string{{"status"}, {"log"}}, held.Constraints.Arguments); diff != "" {
		t.Error(diff)
	}
	for range 100 {
		call.Arguments = append(call.Arguments[:0:0], strings.Repeat("x", len(call.Arguments[0])+1))
		g, _ := permission.Remember(declared, permission.KeyOf(declared[0]), call, permission.Allow)
		held = permission.Join(held, g)
	}
	if n := len(held.Constraints.Arguments); n != manifest.MaxArgumentPatterns || held.Constraints.Arguments[0][0] != call.Arguments[0] {
		t.Errorf("%d patterns, the newest %v", n, held.Constraints.Arguments[0])
	}
	if g := permission.Join(held, grant("shell", "run", "git", permission.Allow)); g.Constraints != nil {
		t.Errorf("allowing the program as a whole leaves %+v", g)
	}
}

func TestNarrowerGrantsOutliveAnUpdateOnlyWhereNothingGrew(t *testing.T) {
	get, more := &manifest.Constraints{Methods: []string{"GET"}}, &manifest.Constraints{Methods: []string{"GET", "POST"}}
	under := func(target string, c *manifest.Constraints) []manifest.Permission {
		return []manifest.Permission{ask("net", "fetch", target, c)}
	}
	g := grant("net", "fetch", "https://api.example.com/*", permission.Allow)
	no := grant("net", "fetch", "https://bad.example.com/*", permission.Deny)
	for name, c := range map[string]struct {
		old, next []manifest.Permission
		kept      []string
	}{
		"the same":         {under("https://*.example.com/*", get), under("https://*.example.com/*", get), []string{g.Target, no.Target}},
		"narrower":         {under("https://*.example.com/*", more), under("https://*.example.com/*", get), []string{g.Target, no.Target}},
		"wider terms":      {under("https://*.example.com/*", get), under("https://*.example.com/*", more), []string{no.Target}},
		"a wider target":   {under("https://*.example.com/*", get), under("*", get), []string{no.Target}},
		"no longer":        {under("https://*.example.com/*", get), under("https://*.example.org/*", get), nil},
		"now its own line": {under("https://*.example.com/*", get), under("https://api.example.com/*", get), nil},
	} {
		var kept []string
		for _, g := range permission.Carry(c.old, c.next, []permission.Grant{g, no}) {
			kept = append(kept, g.Target)
		}
		if diff := cmp.Diff(c.kept, kept); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
