package web

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

func TestFromAnEmptyFolderToAValueThatSurvivesTheLock(t *testing.T) {
	c := serve(t, Options{})
	if s := c.must("app.state", nil); s["phase"] != "onboarding" || s["vault"] != nil {
		t.Fatalf("state %v", s)
	}
	if _, code := c.call("ext.list", nil); code != "vault.locked" {
		t.Errorf("ext.list before there is a vault: %q", code)
	}
	c.create("Home")
	if s := c.must("app.state", nil); s["phase"] != "unlocked" || s["vault"].(map[string]any)["name"] != "Home" || filepath.Base(s["vault"].(map[string]any)["folder"].(string)) != "Home" {
		t.Fatalf("state %v", s)
	}
	review, _ := c.upload(bundletest.Build(t, map[string]string{"app/index.html": "<!doctype html>", "app/main.js": "1"}, bundletest.With("entry", "app/index.html")))
	if s := c.must("app.state", nil); len(s["reviews"].([]any)) != 1 {
		t.Errorf("reviews %v", s["reviews"])
	}
	shown := c.must("install.review", map[string]any{"id": review})
	if shown["kind"] != "install" || shown["name"] != "hello" || len(shown["publisher"].(map[string]any)["words"].([]any)) != 6 {
		t.Errorf("review %v", shown)
	}
	c.must("install.preview", map[string]any{"id": review, "choices": []any{}})
	id := c.must("install.accept", map[string]any{"id": review, "choices": []any{}, "acknowledged": false})["extension"].(string)
	if list := c.must("ext.list", nil)["extensions"].([]any); len(list) != 1 || list[0].(map[string]any)["id"] != id {
		t.Fatalf("list %v", list)
	}
	app := c.open(id)
	told := app["context"].(map[string]any)
	if told["id"] != id || told["theme"] != "light" || told["reducedMotion"] != true || app["display"] != "tab" || app["title"] != "Hello" {
		t.Errorf("open %v", app)
	}
	src := app["src"].(string)
	if a := c.do("GET", src, nil, nil); a.status != 200 || !strings.HasSuffix(src, "/app/__entry.html") || string(a.body) != "<!doctype html>" {
		t.Errorf("%s: %d %s", src, a.status, a.body)
	}
	if _, code := c.relay(app["session"].(string), "kv.set", map[string]any{"key": "k", "value": "kept"}); code != "" {
		t.Fatal(code)
	}
	c.must("tabs.set", map[string]any{"open": []any{id}, "active": id})
	c.must("vault.lock", nil)
	if _, code := c.relay(app["session"].(string), "kv.get", map[string]any{"key": "k"}); code != "session.ended" {
		t.Errorf("a call while locked: %q", code)
	}
	if a := c.do("GET", src, nil, nil); a.status != http.StatusGone {
		t.Errorf("a file while locked: %d", a.status)
	}
	if s := c.must("app.state", nil); s["phase"] != "locked" || len(s["open_tabs"].([]any)) != 0 || s["vault"].(map[string]any)["folder"] != nil {
		t.Errorf("state while locked %v", s)
	}
	if _, code := c.call("vault.unlock", map[string]any{"passphrase": "wrong horse battery"}); code != "vault.wrong_passphrase" {
		t.Errorf("wrong passphrase: %q", code)
	}
	c.must("vault.unlock", map[string]any{"passphrase": passphrase})
	if s := c.must("app.state", nil); s["active_tab"] != id || len(s["open_tabs"].([]any)) != 1 {
		t.Errorf("tabs %v %v", s["open_tabs"], s["active_tab"])
	}
	app = c.open(id)
	if got, code := c.relay(app["session"].(string), "kv.get", map[string]any{"key": "k"}); code != "" || got["value"] != "kept" {
		t.Errorf("value %v %q", got, code)
	}
}

func TestTheEndOfAPageEndsItsSessions(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(nil))
	if a := c.do("POST", "/_host/token", []byte("\x80"), nil); a.status != 200 {
		t.Fatal(a.status)
	}
	if _, code := c.relay(app["session"].(string), "context.get", map[string]any{}); code != "session.ended" {
		t.Errorf("code %q", code)
	}
}

func TestASensitiveChangeNeedsThePassphraseAgain(t *testing.T) {
	c := unlocked(t, Options{})
	if _, code := c.call("vault.change_passphrase", map[string]any{"old": "not this one", "new": "another long one"}); code != "vault.wrong_passphrase" {
		t.Errorf("wrong old passphrase: %q", code)
	}
	if _, code := c.call("vault.change_passphrase", map[string]any{"new": "another long one"}); code == "" {
		t.Error("no old passphrase at all was enough")
	}
	c.must("vault.change_passphrase", map[string]any{"old": passphrase, "new": "another long one"})
	c.must("vault.lock", nil)
	if _, code := c.call("vault.unlock", map[string]any{"passphrase": passphrase}); code != "vault.wrong_passphrase" {
		t.Errorf("the old passphrase still opens it: %q", code)
	}
	c.must("vault.unlock", map[string]any{"passphrase": "another long one"})
}

func TestTheRecoveryKitOpensTheVault(t *testing.T) {
	c := serve(t, Options{})
	kit := c.must("vault.begin", map[string]any{"name": "Home", "passphrase": passphrase})
	words, ask := kit["words"].([]any), kit["ask"].([]any)
	if len(words) != 24 || !strings.HasPrefix(kit["key"].(string), "AGE-SECRET-KEY-1") || !strings.Contains(kit["text"].(string), kit["key"].(string)) {
		t.Fatalf("kit of %d words", len(words))
	}
	if got := c.must("vault.save_kit", map[string]any{"id": kit["id"]}); got["path"] != nil {
		t.Errorf("a browser saved the kit at %v", got["path"])
	}
	if _, code := c.call("vault.finish", map[string]any{"id": kit["id"], "answers": []any{"wrong", "words"}}); code != "vault.kit_answer" {
		t.Errorf("wrong words: %q", code)
	}
	c.must("vault.finish", map[string]any{"id": kit["id"], "answers": []any{words[ask[0].(int64)], words[ask[1].(int64)]}})
	c.must("vault.lock", nil)
	var line []string
	for _, w := range words {
		line = append(line, w.(string))
	}
	c.must("vault.check_kit", map[string]any{"recovery": kit["text"]})
	line[3], line[4] = line[4], line[3]
	if _, code := c.call("vault.check_kit", map[string]any{"recovery": strings.Join(line, " ")}); code != "vault.kit_invalid" {
		t.Errorf("two words exchanged: %q", code)
	}
	line[3], line[4] = line[4], line[3]
	c.must("vault.unlock", map[string]any{"recovery": strings.Join(line, " "), "new_passphrase": "a new long one"})
	c.must("vault.lock", nil)
	c.must("vault.unlock", map[string]any{"passphrase": "a new long one"})
}

func TestSettings(t *testing.T) {
	c := serve(t, Options{})
	c.must("settings.set", map[string]any{"theme": "dark"})
	if s := c.must("app.state", nil); s["theme"] != "dark" {
		t.Errorf("theme %v", s["theme"])
	}
	for _, bad := range []map[string]any{{"theme": "pink"}, {}, {"theme": "dark", "idle_minutes": 5}, {"font": "x"}} {
		if _, code := c.call("settings.set", bad); code != "request.malformed" {
			t.Errorf("%v: %q", bad, code)
		}
	}
	if _, code := c.call("settings.set", map[string]any{"idle_minutes": 5}); code != "vault.locked" {
		t.Errorf("idle time while locked: %q", code)
	}
	c.create("Home")
	c.must("settings.set", map[string]any{"idle_minutes": 5})
	if s := c.must("app.state", nil); s["idle_minutes"] != int64(5) || s["idle_lock_at"].(int64) == 0 {
		t.Errorf("idle %v at %v", s["idle_minutes"], s["idle_lock_at"])
	}
	c.must("activity", nil)
}

func TestEveryMethodRefusesAnEmptyRequestWithACode(t *testing.T) {
	for name, c := range map[string]*client{"no vault": serve(t, Options{}), "unlocked": unlocked(t, Options{})} {
		for method := range c.server.methods {
			if method == "vault.lock" {
				continue
			}
			if _, code := c.call(method, map[string]any{}); code == "internal" {
				t.Errorf("%s, %s: internal", name, method)
			}
			a := c.do("POST", "/_host/api/"+method, []byte("\x81\xa9surprising\x01"), nil)
			if !bytes.Contains(a.body, []byte("request.malformed")) {
				t.Errorf("%s, %s takes a key it does not know: %q", name, method, a.body)
			}
		}
	}
}
