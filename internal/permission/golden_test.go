package permission_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

var update = flag.Bool("update", false, "write the golden files")

// key is a publisher's key as it stands in targets.
var key = strings.Repeat("1f0c", 16)

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test -update\n%s", name, diff)
	}
}

// asked is at least one permission for every resource and action, and the
// targets whose words differ.
func asked() []manifest.Permission {
	var out []manifest.Permission
	add := func(resource, action string, targets ...string) {
		for _, target := range targets {
			out = append(out, manifest.Permission{Resource: resource, Action: action, Target: target})
		}
	}
	for _, action := range []string{"read", "readWrite", "create", "delete", "alterDrop"} {
		add("db", action, key+"__passwords__items", key+"__passwords__*")
	}
	add("db", "read", key+"__*", key+"__passwords__it*")
	add("files", "read", "{documents}/Reports/*", "{documents}/Reports/**", "{pictures}/**", "{documents}/a.txt", "{downloads}/*.pdf", "{home}/*", "{home}/**", "{home}/.ssh/*", "{home}", "{music}")
	add("files", "readWrite", "{documents}/Reports/*", "{home}/**", "{videos}/**/*.mp4")
	add("files", "pick", "file", "folder")
	add("net", "fetch",
		"https://api.example.com/*", "https://api.example.com:8443/*", "https://api.example.com/v1/*", "https://api.example.com/v1/items",
		"https://*.example.com/*", "*", "http://api.example.com/*", "http://*/*",
		"https://localhost/*", "http://127.0.0.1:11434/*", "https://[::1]:8080/*", "https://0.0.0.0/*", "https://2130706433/*", "https://127.1/*",
		"https://192.168.1.20/*", "https://10.0.0.1:8443/*", "https://169.254.169.254/*", "https://[fd00::5]/*", "https://100.64.3.2/*",
		"https://nas.local/*", "https://router/*", "https://*.mine.home.arpa/*", "https://93.184.216.34/*", "https://[2606:2800:220:1::1]/*",
		"https://xn--pple-43d.com/*")
	add("net", "private", "*", "https://nas.local/*", "https://127.0.0.1:8080/*", "https://cloud.example.com/*")
	add("net", "websocket", "wss://stream.example.com/live", "*", "https://*.example.com/*")
	add("shell", "run", "git")
	add("shell", "terminal", "bash")
	add("secrets", "use", "")
	add("passwords", "read", "work", "*", "a” or everything else")
	add("passwords", "readWrite", "work", "*")
	add("mail", "fetch", "example.com", "*")
	add("mail", "send", "example.com", "*")
	add("storage", "read", "https://s3.example.com/files", "*")
	add("storage", "readWrite", "http://192.168.1.5:9000/files/a", "*")
	add("clipboard", "read", "")
	add("clipboard", "write", "")
	add("spaces", "read", "")
	add("spaces", "readWrite", "")
	add("notifications", "show", "")
	add("peers", "call", key+".passwords/find", "*.passwords/find", key+".passwords/*", "*.passwords/*")
	add("background", "run", "")
	add("printer", "print", "A4")
	return out
}

func TestEveryPermissionReadsAsAPlainSentence(t *testing.T) {
	m := &manifest.Manifest{Name: "probe", Permissions: asked(), Tables: []manifest.Table{{Name: "items", Description: "Subscriptions."}, {Name: "episodes", Description: "episodes"}}}
	var b strings.Builder
	for _, l := range permission.Describe(m, "Probe", nil, nil) {
		b.WriteString(l.Group + " | " + l.Resource + "." + l.Action + " " + l.Target + "\n  " + l.Sentence + "\n  " + l.Detail + "\n")
		if l.Icon == "" || l.Sentence == "" || strings.Contains(l.Sentence+l.Detail, "?") || strings.ContainsAny(l.Sentence+l.Detail, "[]{}") && !strings.Contains(l.Target, "[") {
			t.Errorf("%s.%s %s has no finished words: %q %q", l.Resource, l.Action, l.Target, l.Sentence, l.Detail)
		}
		if !l.Fixed && l.Decision == permission.Allow {
			t.Errorf("%s.%s %s starts on allow", l.Resource, l.Action, l.Target)
		}
	}
	golden(t, "sentences.txt", b.String())
}

// show writes strong segments as *text*.
func show(list []permission.Segment) string {
	var b strings.Builder
	for _, s := range list {
		if s.Strong {
			b.WriteString("*" + s.Text + "*")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

type wish struct {
	resource, action, target string
	decision                 permission.Decision
}

func linesOf(wishes ...wish) []permission.Line {
	m, current := &manifest.Manifest{Name: "probe"}, map[permission.Key]permission.Decision{}
	for _, w := range wishes {
		p := manifest.Permission{Resource: w.resource, Action: w.action, Target: w.target}
		m.Permissions = append(m.Permissions, p)
		current[permission.KeyOf(p)] = w.decision
	}
	return permission.Describe(m, "Podcasts", current, nil)
}

func TestThreatSentencesOfNewApps(t *testing.T) {
	const allow, ask, deny = permission.Allow, permission.Ask, permission.Deny
	api := func(d permission.Decision) wish { return wish{"net", "fetch", "https://api.example.com/*", d} }
	clip := func(d permission.Decision) wish { return wish{"clipboard", "read", "", d} }
	cases := [][]wish{
		{},
		{api(deny), clip(deny)},
		{api(allow)},
		{api(ask)},
		{api(allow), {"net", "fetch", "*", ask}},
		{api(ask), clip(ask)},
		{api(allow), clip(ask), {"files", "pick", "file", allow}},
		{clip(allow)},
		{{"files", "pick", "folder", ask}},
		{{"files", "read", "{documents}/Reports/*", allow}},
		{{"files", "readWrite", "{documents}/Reports/*", ask}},
		{{"clipboard", "write", "", allow}},
		{{"notifications", "show", "", ask}, api(allow)},
		{{"shell", "run", "git", ask}},
		{{"shell", "run", "git", allow}, api(allow), clip(allow)},
		{{"secrets", "use", "", ask}, {"net", "websocket", "wss://stream.example.com/*", allow}},
		{{"passwords", "read", "work", ask}, {"passwords", "read", "home", allow}, api(allow)},
		{{"passwords", "readWrite", "*", allow}},
		{{"mail", "fetch", "example.com", allow}, {"mail", "send", "*", ask}},
		{{"mail", "fetch", "*", ask}},
		{{"storage", "read", "https://s3.example.com/files", allow}},
		{{"storage", "readWrite", "*", ask}, {"passwords", "read", "work", allow}},
		{{"peers", "call", key + ".passwords/find", allow}},
		{{"peers", "call", key + ".passwords/find", ask}, api(allow)},
		{{"db", "read", key + "__passwords__*", allow}, api(ask)},
		{{"db", "delete", key + "__passwords__items", allow}},
		{{"background", "run", "", allow}},
		{{"background", "run", "", ask}, api(allow)},
		{api(ask), clip(deny), {"notifications", "show", "", allow}, {"files", "pick", "file", ask}, {"background", "run", "", allow}},
		{{"printer", "print", "A4", ask}},
		{{"net", "private", "*", ask}, api(allow)},
		{{"net", "private", "https://nas.local/*", allow}},
	}
	var b strings.Builder
	for _, wishes := range cases {
		for _, w := range wishes {
			b.WriteString(strings.TrimSpace(w.resource+"."+w.action+" "+w.target) + " = " + string(w.decision) + "\n")
		}
		b.WriteString("  " + show(permission.Threat("Podcasts", linesOf(wishes...))) + "\n\n")
	}
	golden(t, "threats.txt", b.String())
}

func TestThreatSentencesOfUpdates(t *testing.T) {
	feed := manifest.Permission{Resource: "net", Action: "fetch", Target: "https://feeds.example.com/*"}
	api := manifest.Permission{Resource: "net", Action: "fetch", Target: "https://api.example.com/*"}
	clip := manifest.Permission{Resource: "clipboard", Action: "read", Optional: true}
	back := manifest.Permission{Resource: "background", Action: "run"}
	cases := []struct {
		name       string
		old, fresh []manifest.Permission
		current    map[permission.Key]permission.Decision
	}{
		{"nothing asked, before or after", nil, nil, nil},
		{"the same", []manifest.Permission{feed}, []manifest.Permission{feed}, map[permission.Key]permission.Decision{permission.KeyOf(feed): permission.Allow}},
		{"asks for more and less", []manifest.Permission{feed, clip}, []manifest.Permission{feed, api, back}, map[permission.Key]permission.Decision{permission.KeyOf(feed): permission.Allow, permission.KeyOf(clip): permission.Ask}},
		{"only less", []manifest.Permission{feed, clip}, []manifest.Permission{clip}, map[permission.Key]permission.Decision{permission.KeyOf(feed): permission.Allow, permission.KeyOf(clip): permission.Deny}},
		{"first way out", nil, []manifest.Permission{api}, nil},
	}
	var b strings.Builder
	for _, c := range cases {
		lines := permission.Describe(&manifest.Manifest{Permissions: c.fresh}, "Feed Reader", c.current, &manifest.Manifest{Permissions: c.old})
		b.WriteString(c.name + "\n")
		for _, l := range lines {
			b.WriteString("  " + l.Change + " " + string(l.Held) + "→" + string(l.Decision) + " " + l.Sentence + "\n")
		}
		b.WriteString("  " + show(permission.Threat("Feed Reader", lines)) + "\n\n")
	}
	golden(t, "updates.txt", b.String())
}

func TestATitleCannotPassForASentence(t *testing.T) {
	for title, want := range map[string]string{
		"Feed Reader":                      "If Feed Reader were",
		"Notes. It could do nothing. Else": "If “Notes. It could do nothing. Else” were",
		"A” were safe, “B":                 "If “A' were safe, 'B” were",
		"\u202eevil\u0007":                 "If evil were",
		"a\n\nb":                           "If a b were",
		"":                                 "If “” were",
		strings.Repeat("x", 300):           "If " + strings.Repeat("x", 60) + "…",
	} {
		if got := show(permission.Threat(title, linesOf())); !strings.HasPrefix(got, want) {
			t.Errorf("title %q: %s", title, got)
		}
	}
}

func TestLinesReachThePageInSnakeCase(t *testing.T) {
	data, err := json.Marshal(linesOf()[0])
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"resource", "action", "target", "sentence", "detail", "reason", "icon", "group", "fixed", "optional", "decision", "change", "held"} {
		if _, ok := fields[name]; !ok {
			t.Errorf("no field %q in %s", name, data)
		}
	}
}

func TestConstraintsReadAsPlainSentences(t *testing.T) {
	no := false
	type c = manifest.Constraints
	args := make([][]string, 20)
	for i := range args {
		args[i] = []string{"cmd" + strings.Repeat("x", i), "**"}
	}
	var b strings.Builder
	for _, p := range []manifest.Permission{
		ask("net", "fetch", "https://api.example.com/*", &c{Methods: []string{"GET"}, Rate: &manifest.Rate{Requests: 10, Seconds: 60}, MaxResponse: 5 << 20}),
		ask("net", "fetch", "*", &c{Methods: []string{"GET", "HEAD", "POST"}, Rate: &manifest.Rate{Requests: 1000, Seconds: 90}}),
		ask("net", "websocket", "*", &c{Rate: &manifest.Rate{Requests: 1, Seconds: 1}}),
		ask("files", "readWrite", "{documents}/**", &c{MaxFileSize: 5_000_000, Extensions: []string{"md", "txt"}, Recursive: &no}),
		ask("files", "read", "{documents}/*", &c{MaxFileSize: 999}),
		ask("files", "pick", "file", &c{Extensions: []string{"png"}}),
		ask("shell", "run", "git", &c{Arguments: [][]string{{"status"}, {"log", "*"}, {}}}),
		ask("shell", "run", "git", &c{Arguments: [][]string{{"”. Alcove has checked this. “"}}}),
		ask("shell", "run", "git", &c{Arguments: args}),
		ask("db", "read", key+"__passwords__items", &c{Columns: []string{"title", "url"}, MaxRows: 1000}),
		ask("notifications", "show", "", &c{Rate: &manifest.Rate{Requests: 3, Seconds: 3600}}),
	} {
		line := permission.DescribeGrant(permission.Grant{Key: permission.KeyOf(p), Constraints: p.Constraints}, "Probe", nil)
		b.WriteString(line.Sentence + "\n  " + line.Detail + "\n")
	}
	file := permission.Picked{ID: "0123456789abcdef", Path: "/home/ada/Report.md", Writable: true}
	folder := permission.Picked{ID: "0123456789abcdef", Path: "/home/ada/Reports", Folder: true}
	for _, p := range []*permission.Picked{&file, &folder} {
		line := permission.DescribeGrant(p.Grant(), "Probe", p)
		b.WriteString(line.Sentence + "\n  " + line.Detail + "\n")
	}
	golden(t, "terms.txt", b.String())
}

func TestAWiderConstraintIsShownWithWhatItWasBefore(t *testing.T) {
	get := manifest.Constraints{Methods: []string{"GET"}}
	old := &manifest.Manifest{Permissions: []manifest.Permission{ask("net", "fetch", "https://a.example.com/*", &get), ask("clipboard", "read", "", nil)}}
	next := &manifest.Manifest{Permissions: []manifest.Permission{ask("net", "fetch", "https://a.example.com/*", nil), ask("clipboard", "read", "", nil)}}
	k := permission.KeyOf(old.Permissions[0])
	for held, want := range map[permission.Decision]permission.Decision{permission.Allow: permission.Ask, permission.Ask: permission.Ask, permission.Deny: permission.Deny} {
		for _, l := range permission.Describe(next, "Probe", map[permission.Key]permission.Decision{k: held}, old) {
			if l.Key() == k && (l.Change != permission.Changed || l.Decision != want || l.Held != held || !strings.Contains(l.Detail, "Until now it was held to this: Only GET.")) {
				t.Errorf("%s: %+v", held, l)
			}
		}
	}
	for _, l := range permission.Describe(old, "Probe", map[permission.Key]permission.Decision{k: permission.Allow}, next) {
		if l.Key() == k && (l.Change != permission.Same || l.Decision != permission.Allow) {
			t.Errorf("narrower: %+v", l)
		}
	}
}
