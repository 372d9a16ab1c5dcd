package manifest_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func TestPermissionTargets(t *testing.T) {
	hex := strings.Repeat("0a", 32)
	for _, tt := range []struct {
		permission string // resource.action
		good, bad  []string
	}{
		{
			"db.read",
			[]string{hex + "__notes__pages", hex + "__notes__*", hex + "__notes__page*", hex + "__*"},
			[]string{"", "*", "notes", "alcove_extension", "alcove_*", hex + "__notes", hex + "__notes__a__b", hex + "*", strings.ToUpper(hex) + "__notes__*", hex + "__notes__*x"},
		},
		{
			"files.read",
			[]string{"{documents}", "{documents}/Reports/*", "{pictures}/2026/**", "{downloads}/*.csv", "{home}/ü.txt"},
			[]string{"", "*", "/etc/passwd", "{documents}/", "{documents}/../x", "{documents}/./x", "{documents}//x", `{documents}\x`, "{config}/x", "documents/x", "{documents}/a**", "{documents}/a\u202eb", "C:/x"},
		},
		{"files.pick", []string{"file", "folder"}, []string{"", "any"}},
		{
			"net.fetch",
			[]string{"*", "https://api.example.com/*", "https://*.example.com/*", "https://example.com:8443/v1/items", "https://127.0.0.1/*", "https://[::1]:8080/*", "https://localhost/*", "https://xn--bcher-kva.example/*", "https://example.com/a%20b/*", "http://192.168.1.20:8123/api/*", "http://example.com/*"},
			[]string{"", "http://*/*", "http://*.com/*", "https://example.com", "https://*/*", "https://*.com/*", "https://ex*mple.com/*", "https://EXAMPLE.com/*", "https://user@example.com/*", "https://example.com:0/*", "https://example.com/*/x", "https://example.com/?q", "https://example.com/#x", "https://example.com/../*", "https://bücher.example/*", "ftp://example.com/*", "https://*.co.uk/*", "https://*.github.io/*", "https://*.0.0.1/*", "https://example.com/%2a", "https://example.com/%2e%2e/*", "https://example.com/%zz", "https://127.1/*", "https://2130706433/*", "https://0x7f.0.0.1/*", "https://127.0.0.01/*", "https://[::ffff:127.0.0.1]/*", "https://[0:0:0:0:0:0:0:1]/*", "https://xn--a/*", "wss://example.com/*", "https://-a.example/*", "https://example.com/ *"},
		},
		{"net.private", []string{"*", "https://192.168.1.20/*", "https://nas.local/*"}, []string{"", "wss://nas.local/*"}},
		{"net.websocket", []string{"wss://live.example.com/*", "https://live.example.com/*", "ws://nas.local/*", "*"}, []string{"ftp://live.example.com/*", "ws://*/*", ""}},
		{"shell.run", []string{"git", "python3.12", "clang++"}, []string{"", "*", "/bin/sh", "git status", "../x", "-x", "a;b"}},
		{"shell.terminal", []string{"bash"}, []string{"", "sh -c"}},
		{"secrets.use", []string{""}, []string{"*", "github"}},
		{"passwords.read", []string{"work", "*", "Ü b", "a.b/c"}, []string{"", "work*", "a,b", " a", "a  b", "a\nb", "a\u202eb", "u\u0308", strings.Repeat("x", 65)}},
		{"passwords.readWrite", []string{"work"}, []string{""}},
		{"mail.fetch", []string{"*", "example.com", "imap.example.com", "localhost", "192.168.1.20", "::1", "xn--bcher-kva.example"}, []string{"", "*.example.com", "co.uk", "github.io", "EXAMPLE.com", "example.com.", "example.com:993", "https://example.com", "ex ample.com", "-a.com", "a..b", "127.1", "0x7f.1", "::ffff:1.2.3.4", "bücher.example", "xn--a"}},
		{"mail.send", []string{"smtp.example.com"}, []string{""}},
		{"storage.read", []string{"*", "https://s3.example.com/files", "http://192.168.1.20:9000/a.b-c/d/E_f", "https://[::1]:9000/files", "https://s3.eu-central-1.amazonaws.com/files"}, []string{"", "s3.example.com", "https://s3.example.com", "https://s3.example.com/", "https://s3.example.com/ab", "https://s3.example.com/Files", "https://s3.example.com/files/", "https://s3.example.com/files/*", "https://*.example.com/files", "https://s3.example.com/files/../other", "https://s3.example.com/files//a", "https://ada@s3.example.com/files", "https://s3.example.com/files?a", "wss://s3.example.com/files", "https://127.1/files", "https://EXAMPLE.com/files", "https://s3.example.com:0/files"}},
		{"storage.readWrite", []string{"https://s3.example.com/files"}, []string{""}},
		{"clipboard.write", []string{""}, []string{"text"}},
		{"spaces.readWrite", []string{""}, []string{"*"}},
		{"notifications.show", []string{""}, []string{"*"}},
		{"background.run", []string{""}, []string{"*"}},
		{
			"peers.call",
			[]string{hex + ".notes/create", "*.notes/create", "*.notes/*"},
			[]string{"", "*", "*.*/create", "notes/create", hex + ".notes", hex + ".Notes/x", hex + ".notes/"},
		},
	} {
		resource, action, _ := strings.Cut(tt.permission, ".")
		parse := func(target string) string {
			_, err := manifest.Parse(with(t, map[string]any{"permissions": []any{
				map[string]any{"resource": resource, "action": action, "target": target, "reason": "Because."},
			}}), manifest.HostVersion)
			return fault.Code(err)
		}
		for _, target := range tt.good {
			if code := parse(target); code != "" {
				t.Errorf("%s %q: %s", tt.permission, target, code)
			}
		}
		for _, target := range tt.bad {
			if code := parse(target); code != manifest.CodePermissionTarget {
				t.Errorf("%s %q: got %q", tt.permission, target, code)
			}
		}
	}
}

// TestAManifestCanNameEveryStorage: what a person can keep as a storage is what a
// manifest can name, or the storage could be asked for by "*" only.
func TestAManifestCanNameEveryStorage(t *testing.T) {
	names := func(place string) bool {
		_, err := manifest.Parse(with(t, map[string]any{"permissions": []any{
			map[string]any{"resource": "storage", "action": "read", "target": place, "reason": "Because."},
		}}), manifest.HostVersion)
		return err == nil
	}
	for _, endpoint := range []string{
		"https://s3.example.com", "http://nas", "http://nas:9000", "https://a-b.c1", "https://127.0.0.1:1", "https://[::1]", "https://[2001:db8::1]:65535",
		"https://xn--bcher-kva.example", "https://1.example", "https://xn--a", "https://127.1", "https://0x7f000001", "https://2130706433", "https://[::ffff:1.2.3.4]",
		"https://[0:0::1]", "https://[::1%25eth0]", "https://EXAMPLE.com", "https://s3.example.com.", "https://a_b.example", "https://-a.example", "https://a..b",
		"https://bücher.example", "https://s3.example.com:0", "https://s3.example.com:09", "https://s3.example.com/", "https://s3.example.com/a", "https://ada@s3.example.com",
		"https://*.example.com", "ftp://s3.example.com", "s3.example.com", "https://", "",
	} {
		kept, err := items.CleanEndpoint(endpoint)
		if is := err == nil && kept == endpoint; is != names(endpoint+"/bucket") {
			t.Errorf("%q can be kept: %v, %v; can be named: %v", endpoint, is, err, !is)
		}
		if err == nil && !names(kept+"/bucket/a/b") {
			t.Errorf("%q is kept as %q, which cannot be named", endpoint, kept)
		}
	}
}

func TestTargetMayBeLeftOutWhereThereIsNone(t *testing.T) {
	m, err := manifest.Parse(with(t, map[string]any{"permissions": []any{
		map[string]any{"resource": "clipboard", "action": "read", "reason": "Pastes.", "optional": true},
	}}), manifest.HostVersion)
	if err != nil {
		t.Fatal(err)
	}
	want := manifest.Permission{Resource: "clipboard", Action: "read", Reason: "Pastes.", Optional: true}
	if len(m.Permissions) != 1 || m.Permissions[0] != want {
		t.Errorf("got %+v", m.Permissions)
	}
}

func TestActionsOfAResource(t *testing.T) {
	if got := manifest.Actions("net"); len(got) != 3 || !got["fetch"] || !got["websocket"] || !got["private"] {
		t.Errorf("net: %v", got)
	}
	if got := manifest.Actions("kv"); got != nil {
		t.Errorf("kv: %v", got)
	}
}

func TestAHostInOtherLettersIsRefusedWithTheFormToWrite(t *testing.T) {
	for target, want := range map[string]string{
		"https://bücher.example/*":   `"xn--bcher-kva.example"`,
		"https://*.аррӏе.com/*":      `"xn--80ak6aa92e.com"`,
		"https://a。example/*":        `"a.example"`,
		"https://\u202e.example/*":   "no valid name",
		"https://*.co.uk/*":          "anyone can have a name",
		"https://2130706433/*":       "more than one address",
		"https://xn--zzzzzzzzz.de/*": "stands for no letters",
	} {
		_, err := manifest.Parse(with(t, map[string]any{"permissions": []any{
			map[string]any{"resource": "net", "action": "fetch", "target": target, "reason": "Because."},
		}}), manifest.HostVersion)
		if fault.Code(err) != manifest.CodePermissionTarget || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// TestATagMeansTheSameToAManifestAndAnItem: what a manifest takes for a tag, an
// item can have, and the reverse.
func TestATagMeansTheSameToAManifestAndAnItem(t *testing.T) {
	for _, tag := range []string{"work", "Ü b", "a.b/c", "日本", strings.Repeat("x", 64), strings.Repeat("x", 65), "a*", "a,b", "", " a", "a  b", "a\u202eb", "a\tb", "u\u0308"} {
		clean, err := items.CleanTag(tag)
		isTag := err == nil && clean == tag
		_, err = manifest.Parse(with(t, map[string]any{"permissions": []any{
			map[string]any{"resource": "passwords", "action": "read", "target": tag, "reason": "Because."},
		}}), manifest.HostVersion)
		if isTag != (err == nil) {
			t.Errorf("%q: an item's tag: %v, a manifest's: %v", tag, isTag, err)
		}
	}
}
