package manifest_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func haexManifest(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	all := map[string]any{"name": "haex-notes", "version": "1.0.0", "publicKey": hexKey}
	for key, value := range fields {
		all[key] = value
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseHaex(t testing.TB, fields map[string]any) *manifest.Manifest {
	t.Helper()
	key, err := manifest.ParseKey(hexKey)
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.ParseHaex(haexManifest(t, fields), key)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// asked is what entries of one category become, as short texts.
func asked(t *testing.T, category string, entries ...map[string]any) []string {
	t.Helper()
	m := parseHaex(t, map[string]any{"permissions": map[string]any{category: entries}})
	var out []string
	for _, p := range m.Permissions {
		if p.Action == "pick" {
			continue // no matter what it asks for
		}
		out = append(out, strings.TrimSpace(p.Resource+"."+p.Action+" "+p.Target+" "+string(p.Constraints.JSON())))
	}
	for _, r := range m.Requests {
		out = append(out, strings.Join(strings.Fields("request "+r.Category+" "+r.Action+" "+r.Target+" "+r.Why), " "))
	}
	return out
}

type entry = map[string]any

// TestAHaexExtensionMayOpenFileDialogs holds also for one that declares nothing,
// as in its own host.
func TestAHaexExtensionMayOpenFileDialogs(t *testing.T) {
	for _, fields := range []map[string]any{{"permissions": nil}, {"permissions": map[string]any{}}} {
		var got []string
		for _, p := range parseHaex(t, fields).Permissions {
			got = append(got, p.Resource+"."+p.Action+" "+p.Target)
		}
		if want := []string{"files.pick file", "files.pick folder"}; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", fields, got, want)
		}
	}
}

// TestWhatAHaexManifestAsksForInAlcovesWords has the spellings of published
// manifests, and the limits of what can be said.
func TestWhatAHaexManifestAsksForInAlcovesWords(t *testing.T) {
	other := strings.Repeat("ab", 32) + "__haex-pass__"
	for _, tt := range []struct {
		name, category string
		entries        []entry
		want           []string
	}{
		{"files of haex-code", "filesystem", []entry{{"target": "*", "operation": "readWrite"}}, []string{"files.readWrite {home}/**"}},
		{"action for operation", "filesystem", []entry{{"target": "*", "action": "readWrite"}}, []string{"files.readWrite {home}/**"}},
		{"read_write", "filesystem", []entry{{"target": "*", "operation": "read_write"}}, []string{"files.readWrite {home}/**"}},
		{"read and write of haex-image", "filesystem", []entry{{"target": "*", "operation": "read"}, {"target": "*", "operation": "write"}}, []string{"files.read {home}/**", "files.readWrite {home}/**"}},
		{"by ending", "filesystem", []entry{{"target": "*.md", "operation": "read"}}, []string{"files.read {home}/**/*.md"}},
		{"path of one computer", "filesystem", []entry{{"target": "/home/ada/x/*", "operation": "read"}}, []string{"request filesystem read /home/ada/x/* form"}},
		{"haex-send", "filesystem", []entry{{"path": "*", "actions": []string{"read", "write"}}}, []string{"request filesystem unknown"}},
		{"terms", "filesystem", []entry{{"target": "*", "operation": "read", "constraints": entry{"max_file_size": 1000, "allowed_extensions": []string{".PNG", "jpg"}, "recursive": false}}}, []string{`files.read {home}/** {"maxFileSize":1000,"extensions":["jpg","png"],"recursive":false}`}},

		{"any host", "http", []entry{{"target": "*"}}, []string{"net.fetch *"}},
		{"web is http", "web", []entry{{"target": "https://icons.duckduckgo.com/*"}}, []string{"net.fetch https://icons.duckduckgo.com/*"}},
		{"hosts of haex-files", "http", []entry{{"target": "https://*.amazonaws.com/*"}, {"target": "https://*.r2.cloudflarestorage.com/*"}}, []string{"net.fetch https://*.amazonaws.com/*", "net.fetch https://*.r2.cloudflarestorage.com/*"}},
		{"bare domain", "http", []entry{{"target": "Example.com"}}, []string{"net.fetch https://example.com/*", "net.fetch https://*.example.com/*"}},
		{"exact path", "http", []entry{{"target": "https://example.com/feed"}}, []string{"net.fetch https://example.com/feed"}},
		{"no path", "http", []entry{{"target": "https://example.com"}}, []string{"net.fetch https://example.com/"}},
		{"after the star nothing counts", "http", []entry{{"target": "https://example.com/a/*/b"}}, []string{"net.fetch https://example.com/a/*"}},
		{"under a domain no path counts", "http", []entry{{"target": "https://*.example.com/a/*"}}, []string{"net.fetch https://*.example.com/*"}},
		{"this computer", "http", []entry{{"target": "http://localhost:11434/*", "operation": "POST"}}, []string{`net.fetch http://localhost:11434/* {"methods":["POST"]}`, "net.private http://localhost:11434/*"}},
		{"own network", "http", []entry{{"target": "http://192.168.1.5/*"}}, []string{"net.fetch http://192.168.1.5/*", "net.private http://192.168.1.5/*"}},
		{"methods of one host", "http", []entry{{"target": "https://a.org/*", "operation": "GET"}, {"target": "https://a.org/*", "operation": "POST"}}, []string{`net.fetch https://a.org/* {"methods":["GET","POST"]}`}},
		{"all methods win", "http", []entry{{"target": "https://a.org/*", "operation": "GET"}, {"target": "https://a.org/*"}}, []string{"net.fetch https://a.org/*"}},
		{"rate", "http", []entry{{"target": "https://a.org/*", "constraints": entry{"methods": []string{"get"}, "rate_limit": entry{"requests": 5, "per_minutes": 2}}}}, []string{`net.fetch https://a.org/* {"methods":["GET"],"rate":{"requests":5,"seconds":120}}`}},
		{"public suffix", "http", []entry{{"target": "https://*.github.io/*"}}, []string{"request http * https://*.github.io/* form"}},
		{"unknown method", "http", []entry{{"target": "https://a.org/*", "operation": "PROPFIND"}}, []string{"request http PROPFIND https://a.org/* unknown"}},
		{"program address", "http", []entry{{"target": "file:///etc/passwd"}}, []string{"request http * file:///etc/passwd form"}},

		{"any program", "shell", []entry{{"target": "*", "operation": "execute"}}, []string{"shell.terminal bash", "shell.terminal fish", "shell.terminal sh", "shell.terminal zsh"}},
		{"one program", "shell", []entry{{"target": "htop", "operation": "execute"}}, []string{"shell.terminal htop"}},
		{"program by path", "shell", []entry{{"target": "/bin/sh", "operation": "execute"}}, []string{"request shell execute /bin/sh form"}},

		{"tables of an app", "database", []entry{{"target": other + "*", "operation": "read", "constraints": entry{"columns": []string{"Title"}, "limit": 5}}}, []string{"db.read " + other + `* {"columns":["title"],"maxRows":5}`}},
		{"all tables", "database", []entry{{"target": "*", "operation": "readWrite"}}, []string{"request database readWrite * too_wide"}},
		{"tables of the host", "database", []entry{{"target": "haex_*", "operation": "read"}}, []string{"request database read haex_* form"}},

		{"passwords of haex-mail", "passwords", []entry{{"target": "haex-mail", "operation": "readWrite"}}, []string{"passwords.readWrite haex-mail"}},
		{"mail", "mail", []entry{{"target": "*", "operation": "fetch"}, {"target": "Example.com", "operation": "send"}}, []string{"mail.fetch *", "mail.send example.com"}},
		{"mail told by itself", "mail", []entry{{"target": "*", "operation": "poll"}}, []string{"request mail poll * not_built"}},
		{"mail of a public suffix", "mail", []entry{{"target": "co.uk", "operation": "fetch"}}, []string{"request mail fetch co.uk form"}},
		{"mail at an address", "mail", []entry{{"target": "imap://example.com", "operation": "fetch"}}, []string{"request mail fetch imap://example.com form"}},
		{"spaces of haex-notes", "spaces", []entry{{"target": "*", "operation": "readWrite"}}, []string{"spaces.readWrite"}},
		{"spaces by any target", "spaces", []entry{{"target": "s1", "operation": "read"}, {"target": "s2", "operation": "read"}, {"operation": "read"}}, []string{"spaces.read"}},
		{"spaces to be made", "spaces", []entry{{"target": "*", "operation": "create"}}, []string{"request spaces create * unknown"}},
		{"notifications", "notifications", []entry{{"target": "*", "operation": "show", "constraints": entry{"rate_limit": entry{"requests": 4, "per_minutes": 60}}}}, []string{`notifications.show  {"rate":{"requests":4,"seconds":3600}}`}},
		{"notifications of all kinds", "notifications", []entry{{"target": "*"}}, []string{"request notifications * unknown"}},
		{"identities", "identities", []entry{{"target": "*", "operation": "read"}}, []string{"request identities read * not_built"}},
		{"storage", "filesync", []entry{{"target": "*", "operation": "read"}, {"target": "backends", "operation": "readWrite"}}, []string{"storage.read *", "storage.readWrite *"}},
		{"storage twice", "filesync", []entry{{"target": "*", "operation": "read"}, {"target": "backends", "operation": "read"}}, []string{"storage.read *"}},
		{"spaces and rules of a sync", "filesync", []entry{{"target": "spaces", "operation": "read"}, {"target": "rules", "operation": "readWrite"}}, []string{"request filesync read spaces not_built", "request filesync readWrite rules not_built"}},
		{"another word of a sync", "filesync", []entry{{"target": "devices", "operation": "read"}}, []string{"request filesync read devices form"}},
		{"unknown", "cloudStorage", []entry{{"target": "*", "operation": "read"}}, []string{"request cloudStorage read * unknown"}},
		{"named like ours", "net", []entry{{"target": "*", "operation": "fetch"}}, []string{"request net fetch * unknown"}},
		{"status is not for the author", "filesystem", []entry{{"target": "*", "operation": "read", "status": "granted"}}, []string{"files.read {home}/**"}},
		{"two words for one", "filesystem", []entry{{"target": "*", "operation": "read", "action": "readWrite"}}, []string{"request filesystem read * unknown"}},
		{"nothing", "shell", []entry{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := asked(t, tt.category, tt.entries...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAHaexManifestIsRefusedFor(t *testing.T) {
	key, err := manifest.ParseKey(hexKey)
	if err != nil {
		t.Fatal(err)
	}
	one := func(category string, constraints entry) map[string]any {
		return map[string]any{"permissions": map[string]any{category: []entry{{"target": "*", "operation": map[string]string{"shell": "execute", "filesystem": "read", "web": "GET", "mail": "send"}[category], "constraints": constraints}}}}
	}
	many := make([]entry, 101)
	for i := range many {
		many[i] = entry{"target": strings.Repeat("a", i+1), "operation": "x"}
	}
	for name, tt := range map[string]struct {
		fields map[string]any
		code   string
	}{
		"another key":        {map[string]any{"publicKey": strings.Repeat("00", 32)}, manifest.CodeKeyMismatch},
		"scoped name":        {map[string]any{"name": "@ada/notes"}, manifest.CodeNameInvalid},
		"path as version":    {map[string]any{"version": "../../1.0.0"}, manifest.CodeVersionInvalid},
		"terms of a shell":   {one("shell", entry{"allowed_flags": []string{"-l"}}), manifest.CodePermissionConstraint},
		"terms elsewhere":    {one("filesystem", entry{"methods": []string{"GET"}}), manifest.CodePermissionConstraint},
		"terms of mail":      {one("mail", entry{"methods": []string{"GET"}}), manifest.CodePermissionConstraint},
		"terms of spaces":    {map[string]any{"permissions": map[string]any{"spaces": []entry{{"target": "*", "operation": "read", "constraints": entry{"limit": 1}}}}}, manifest.CodePermissionConstraint},
		"terms of polling":   {map[string]any{"permissions": map[string]any{"mail": []entry{{"target": "*", "operation": "poll", "constraints": entry{"methods": []string{"GET"}}}}}}, manifest.CodePermissionConstraint},
		"empty list":         {one("filesystem", entry{"allowed_extensions": []string{}}), manifest.CodePermissionConstraint},
		"no size":            {one("filesystem", entry{"max_file_size": 0}), manifest.CodePermissionConstraint},
		"rate of no time":    {one("web", entry{"rate_limit": entry{"requests": 1, "per_minutes": 0}}), manifest.CodePermissionConstraint},
		"too much":           {map[string]any{"permissions": map[string]any{"shell": many}}, manifest.CodeFieldTooLong},
		"category no list":   {map[string]any{"permissions": map[string]any{"shell": "all"}}, manifest.CodeFieldType},
		"name no text":       {map[string]any{"name": 7}, manifest.CodeFieldType},
		"hidden title":       {map[string]any{"i18n": map[string]any{"en": entry{"name": "No\u200btes"}}}, manifest.CodeTextInvalid},
		"languages no table": {map[string]any{"i18n": []string{}}, manifest.CodeFieldType},
	} {
		_, err := manifest.ParseHaex(haexManifest(t, tt.fields), key)
		if fault.Code(err) != tt.code {
			t.Errorf("%s: got %v, want %s", name, err, tt.code)
		}
	}
}

func TestWordsOfAHaexManifest(t *testing.T) {
	m := parseHaex(t, map[string]any{
		"description": "  Digital\n notebook  ", "author": map[string]any{"name": "Ada", "email": "a@example.com"}, "homepage": "http://example.com",
		"displayName": "My notes", "icon": "haextension/logo.png", "singleInstance": true, "displayMode": "window", "minAppVersion": "9",
		"i18n": map[string]any{"de": map[string]any{"name": "Notizen", "description": strings.Repeat("x", 600)}, "fr": map[string]any{}},
	})
	if m.Description != "Digital notebook" || m.Author != "Ada" || m.Homepage != "" || m.Title("en") != "My notes" || m.Title("de-AT") != "Notizen" || m.Entry != "index.html" {
		t.Errorf("%+v", m)
	}
	if d := []rune(m.Locales["de"].Description); len(d) != 500 || d[499] != '…' {
		t.Errorf("%d characters", len(d))
	}
	want := &manifest.Haex{
		DisplayName: "My notes", DisplayMode: manifest.HaexWindow, SingleInstance: true,
		Icons: []string{"haextension/logo.png", "haextension/favicon.ico", "favicon.ico"}, Unknown: []string{"minAppVersion"},
	}
	if diff := cmp.Diff(want, m.Haex); diff != "" {
		t.Error(diff)
	}
}

// FuzzParseHaex checks that any text is refused with a code and a sentence, or is
// a manifest in which nothing passes that an alcove.json could not say, and whose
// words are fit to be shown.
func FuzzParseHaex(f *testing.F) {
	key, err := manifest.ParseKey(hexKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(haexManifest(f, nil))
	f.Add(haexManifest(f, map[string]any{
		"permissions": map[string]any{
			"http":  []entry{{"target": "https://*.a.org/x/*", "operation": "GET", "constraints": entry{"rate_limit": entry{"requests": 1, "per_minutes": 1}}}, {"target": "b.org"}},
			"shell": []entry{{"target": "*", "action": "execute"}}, "filesystem": []entry{{"target": "*.md", "operation": "write"}}, "x\u202e": []entry{{"target": "\u0000"}},
		},
		"i18n": map[string]any{"de": entry{"name": "x"}}, "author": entry{"name": "y"}, "displayMode": "iframe",
	}))
	f.Add([]byte(`{"__proto__":1,"7":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.ParseHaex(data, key)
		if err != nil {
			refusal, ok := errors.AsType[*fault.Error](err)
			if !ok || refusal.Code == fault.CodeInternal || refusal.Message == "" || m != nil {
				t.Fatalf("refused without a code: %v", err)
			}
			return
		}
		native := map[string]any{
			"formatVersion": 1, "name": m.Name, "version": m.Version, "entry": "start.html",
			"description": "x" + m.Description, "author": "x" + m.Author, "engines": map[string]any{"alcove": ">=0.1.0"},
		}
		if len([]rune(m.Description)) == 500 || len([]rune(m.Author)) == 100 {
			native["description"], native["author"] = "x", "x"
		}
		var permissions []entry
		for _, p := range m.Permissions {
			e := entry{"resource": p.Resource, "action": p.Action, "target": p.Target, "reason": "x"}
			if p.Constraints != nil {
				e["constraints"] = json.RawMessage(p.Constraints.JSON())
			}
			permissions = append(permissions, e)
		}
		if native["permissions"] = permissions; permissions == nil {
			native["permissions"] = []entry{}
		}
		text, err := json.Marshal(native)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.Parse(text, manifest.HostVersion); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	})
}

func TestAHaexMigrationAsStatements(t *testing.T) {
	const breakpoint = "--> statement-breakpoint"
	for text, want := range map[string]string{
		"":                            "",
		"\ta\n":                       "a",
		"a;\n" + breakpoint + "\nb":   "a;\n;\nb",
		breakpoint + breakpoint:       "",
		"a -- end" + breakpoint + "b": "a -- end\n;\nb",
		"a -- ;" + breakpoint + "b":   "a -- ;\n;\nb",
	} {
		if got := manifest.HaexMigration(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
