package web

import (
	"bytes"
	"context"
	"database/sql"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

const passphrase = "correct horse battery"

// must calls a method of the host API that has to succeed.
func (c *client) must(method string, params map[string]any) map[string]any {
	c.t.Helper()
	result, code := c.call(method, params)
	if code != "" {
		c.t.Fatalf("%s: %s %v", method, code, result)
	}
	return result
}

// unlocked returns a server with a new vault that is open, made over the API.
func unlocked(t *testing.T, o Options) *client {
	t.Helper()
	c := serve(t, o)
	c.create("Home")
	return c
}

func (c *client) create(name string) {
	c.t.Helper()
	kit := c.must("vault.begin", map[string]any{"name": name, "passphrase": passphrase})
	words, ask := kit["words"].([]any), kit["ask"].([]any)
	answers := []any{words[ask[0].(int64)], words[ask[1].(int64)]}
	c.must("vault.finish", map[string]any{"id": kit["id"], "answers": answers})
}

// upload sends a package and returns its review's id or an error code.
func (c *client) upload(data []byte) (review, code string) {
	c.t.Helper()
	a := c.do(http.MethodPost, "/_host/upload?name=a.alcove", data, nil)
	if a.status != http.StatusOK {
		c.t.Fatalf("upload: %d %s", a.status, a.body)
	}
	ok, fail := unwrap(c.t, a.body)
	if fail != nil {
		return "", fail["code"].(string)
	}
	return ok.(map[string]any)["review"].(string), ""
}

// install uploads and accepts a package and returns the extension's id.
func (c *client) install(files map[string]string, opts ...bundletest.Option) string {
	c.t.Helper()
	review, code := c.upload(bundletest.Build(c.t, files, opts...))
	if code != "" {
		c.t.Fatalf("upload: %s", code)
	}
	return c.must("install.accept", map[string]any{"id": review, "choices": []any{}, "acknowledged": true})["extension"].(string)
}

func (c *client) open(id string) map[string]any {
	c.t.Helper()
	return c.must("ext.open", map[string]any{"id": id, "environment": map[string]any{
		"theme": "light", "locale": "en", "platform": "linux", "reduced_motion": true,
	}})
}

// relay carries a frame's call and returns the reply's result and error code.
func (c *client) relay(session, method string, params map[string]any) (map[string]any, string) {
	c.t.Helper()
	envelope, err := msgpack.Marshal(map[string]any{"v": 1, "id": 3, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	a := c.do(http.MethodPost, "/_host/call", envelope, func(r *http.Request) { r.Header.Set(sessionHeader, session) })
	if a.status != http.StatusOK {
		c.t.Fatalf("%s: %d", method, a.status)
	}
	ok, fail := unwrap(c.t, a.body)
	if fail != nil {
		return nil, fail["code"].(string)
	}
	return ok.(map[string]any), ""
}

// events polls once and returns the types that came.
func (c *client) events(cursor uint64) (kinds []string, next uint64) {
	c.t.Helper()
	b := c.server.events.poll(c.t.Context(), cursor)
	for _, e := range b.events {
		kinds = append(kinds, e.kind)
	}
	return kinds, b.cursor
}

func has(kinds []string, kind string) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// The main job over HTTP: make a vault, review, install, open, call, lock,
// unlock, and the value is there.
func TestFromAnEmptyFolderToAValueThatSurvivesTheLock(t *testing.T) {
	c := serve(t, Options{})
	if s := c.must("app.state", nil); s["phase"] != "onboarding" || s["vault"] != nil {
		t.Fatalf("state %v", s)
	}
	if _, code := c.call("ext.list", nil); code != "vault.locked" {
		t.Errorf("ext.list before there is a vault: %q", code)
	}
	c.create("Home")
	if s := c.must("app.state", nil); s["phase"] != "unlocked" || s["vault"].(map[string]any)["name"] != "Home" {
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
	context := app["context"].(map[string]any)
	if context["id"] != id || context["theme"] != "light" || context["reducedMotion"] != true || app["display"] != "tab" || app["title"] != "Hello" {
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
	if s := c.must("app.state", nil); s["phase"] != "locked" || len(s["open_tabs"].([]any)) != 0 {
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

func TestHeadersOfAnExtensionsFile(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(map[string]string{"a.js": "1", "a.bin": "<html>"}))
	src := app["src"].(string)
	segment := strings.Split(src, "/")[2]
	port := c.http.URL[strings.LastIndex(c.http.URL, ":")+1:]
	frame := func(r *http.Request) { r.Header.Del(tokenHeader); r.Header.Set("Origin", "null") }
	a := c.do("GET", src, nil, frame)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	golden(t, "extension-browser.txt", strings.ReplaceAll(headerText(a, port), segment, "SEGMENT"))
	for file, want := range map[string]string{"a.js": "text/javascript; charset=utf-8", "a.bin": octets, "alcove.json": "application/json"} {
		if a := c.do("GET", "/_ext/"+segment+"/"+file, nil, frame); a.status != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", file, a.status, a.header.Get("Content-Type"))
		}
	}
	window := newWindow(t, Options{Gate: c.server.gate})
	if a := inWindow(window, "GET", src, nil, frame); a.status != http.StatusServiceUnavailable {
		t.Errorf("before the window is hardened: %d", a.status)
	}
	window.AllowExtensions()
	golden(t, "extension-window.txt", strings.ReplaceAll(headerText(inWindow(window, "GET", src, nil, frame), "no port"), segment, "SEGMENT"))
}

func TestWhatAFrameCannotFetch(t *testing.T) {
	c := unlocked(t, Options{})
	a := c.open(c.install(map[string]string{"index.html": "x", "sub/index.html": "x", "a.js": "1"}))
	b := c.open(c.install(map[string]string{"b.js": "1"}, bundletest.With("name", "other")))
	mine, theirs := strings.Split(a["src"].(string), "/")[2], strings.Split(b["src"].(string), "/")[2]
	for _, path := range []string{
		mine + "/../" + theirs + "/b.js", mine + "/%2e%2e/" + theirs + "/b.js", mine + "/..%2f" + theirs + "%2fb.js",
		mine + "//a.js", mine + "/./a.js", mine + "/a.js/", mine + "/", mine, mine + "/index.html", mine + "/sub/index.html",
		mine + "/b.js", theirs + "/a.js", mine[:42] + "/a.js", mine + "A/a.js", "/a.js", mine + "/a.js%00", mine + "/A.JS",
		a["session"].(string) + "/a.js", mine + "/%5c..%5ca.js",
	} {
		if r := c.do("GET", "/_ext/"+path, nil, nil); r.status != http.StatusGone {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, method := range allMethods[2:] {
		if r := c.do(method, "/_ext/"+mine+"/a.js", nil, nil); r.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, r.status)
		}
	}
	if r := c.do("GET", "/_ext/"+mine+"/a.js", nil, nil); r.status != 200 {
		t.Errorf("the control: %d", r.status)
	}
	c.must("ext.close", map[string]any{"session": a["session"]})
	if r := c.do("GET", "/_ext/"+mine+"/a.js", nil, nil); r.status != http.StatusGone {
		t.Errorf("after the end of the session: %d", r.status)
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
	c.must("vault.unlock", map[string]any{"recovery": strings.Join(line, " "), "new_passphrase": "a new long one"})
	c.must("vault.lock", nil)
	c.must("vault.unlock", map[string]any{"passphrase": "a new long one"})
}

func TestRemovingAnAppEndsItAndTellsThePage(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(nil)
	app := c.open(id)
	cursor := uint64(c.must("app.state", nil)["cursor"].(int64))
	_, cursor = c.events(cursor)
	c.must("ext.disable", map[string]any{"id": id})
	if kinds, next := c.events(cursor); !has(kinds, "extensions") {
		t.Errorf("events %v", kinds)
	} else {
		cursor = next
	}
	if _, code := c.relay(app["session"].(string), "context.get", map[string]any{}); code != "session.ended" {
		t.Errorf("a disabled app still calls: %q", code)
	}
	if _, code := c.call("ext.open", map[string]any{"id": id, "environment": map[string]any{}}); code != "extension.disabled" {
		t.Errorf("open: %q", code)
	}
	c.must("ext.enable", map[string]any{"id": id})
	c.must("ext.remove", map[string]any{"id": id, "delete_data": true})
	if list, _ := c.must("ext.list", nil)["extensions"].([]any); len(list) != 0 {
		t.Errorf("list %v", list)
	}
	if kinds, _ := c.events(cursor); !has(kinds, "extensions") {
		t.Errorf("events %v", kinds)
	}
}

func TestADecisionCountsInFramesThatAreOpen(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(nil, bundletest.With("permissions", []map[string]any{{"resource": "clipboard", "action": "read", "reason": "r"}}))
	app := c.open(id)
	detail := c.must("ext.set_grant", map[string]any{"id": id, "choice": map[string]any{
		"resource": "clipboard", "action": "read", "target": "", "decision": "deny",
	}})["detail"].(map[string]any)
	if detail["id"] != id {
		t.Errorf("detail %v", detail)
	}
	if _, code := c.relay(app["session"].(string), "clipboard.read", map[string]any{}); code != "permission.denied" {
		t.Errorf("code %q", code)
	}
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

// Every method answers a fault with a code, never "internal", for an empty
// request, whatever the phase.
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

func TestPackagesWaitForTheUnlock(t *testing.T) {
	c := unlocked(t, Options{})
	good := bundletest.Build(t, nil)
	ctx := context.Background()
	c.must("vault.lock", nil)
	cursor := uint64(c.must("app.state", nil)["cursor"].(int64))
	if err := c.server.Import(ctx, "good.alcove", good, "drop"); err != nil {
		t.Fatal(err)
	}
	if err := c.server.Import(ctx, "bad.alcove", []byte("no package"), "argument"); err != nil {
		t.Fatal(err)
	}
	for range maxWaiting - 2 {
		if err := c.server.Import(ctx, "good.alcove", good, "drop"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.server.Import(ctx, "fifth.alcove", good, "drop"); err == nil {
		t.Error("a fifth package was taken")
	}
	c.must("vault.unlock", map[string]any{"passphrase": passphrase})
	reviews, failures := 0, 0
	for reviews < 3 || failures < 2 {
		var kinds []string
		kinds, cursor = c.events(cursor)
		for _, k := range kinds {
			switch k {
			case "review":
				reviews++
			case "review_failed":
				failures++
			}
		}
	}
	if s := c.must("app.state", nil); len(s["reviews"].([]any)) != 1 {
		t.Errorf("reviews %v", s["reviews"])
	}
}

func TestABadPackageIsRefusedWithItsCode(t *testing.T) {
	c := unlocked(t, Options{})
	if _, code := c.upload([]byte("PK no zip")); !strings.HasPrefix(code, "bundle.") {
		t.Errorf("code %q", code)
	}
	if _, code := c.call("install.bundled", map[string]any{"name": "notes"}); code != "extension.not_found" {
		t.Errorf("a build without notes: %q", code)
	}
	if _, code := c.call("install.pick", nil); code != "dialog.unavailable" {
		t.Errorf("a browser has no dialog: %q", code)
	}
}

func TestTheBundledAppIsReviewedLikeAnyOther(t *testing.T) {
	c := unlocked(t, Options{BundledNotes: bundletest.Build(t, nil, bundletest.With("name", "notes"))})
	id := c.must("install.bundled", map[string]any{"name": "notes"})["review"]
	if r := c.must("install.review", map[string]any{"id": id}); r["name"] != "notes" {
		t.Errorf("review %v", r)
	}
	if list, _ := c.must("ext.list", nil)["extensions"].([]any); len(list) != 0 {
		t.Errorf("installed before the review was accepted: %v", list)
	}
	c.must("install.cancel", map[string]any{"id": id})
	if _, code := c.call("install.review", map[string]any{"id": id}); code != "extension.review_unknown" {
		t.Errorf("after cancel: %q", code)
	}
}

func (i *installs) has(id string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.running[id] != nil
}

func TestAnInstallationThatIsCancelledLeavesNothing(t *testing.T) {
	c := unlocked(t, Options{})
	u, err := c.server.gate.Vault()
	if err != nil {
		t.Fatal(err)
	}
	// Another writer holds the vault, so that the installation has to wait.
	held, free := make(chan struct{}), make(chan struct{})
	wrote := make(chan error, 1)
	go func() {
		wrote <- u.Store.Update(context.Background(), func(*sql.Tx) error { close(held); <-free; return nil })
	}()
	<-held
	review, _ := c.upload(bundletest.Build(t, nil))
	installed := make(chan string, 1)
	go func() {
		_, code := c.call("install.accept", map[string]any{"id": review, "choices": []any{}})
		installed <- code
	}()
	for !c.server.installs.has(review) {
		runtime.Gosched()
	}
	c.must("install.cancel", map[string]any{"id": review})
	if code := <-installed; code != "request.cancelled" {
		t.Errorf("code %q", code)
	}
	close(free)
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	if list, _ := c.must("ext.list", nil)["extensions"].([]any); len(list) != 0 {
		t.Errorf("installed all the same: %v", list)
	}
}

func TestProgressIsTold(t *testing.T) {
	c := unlocked(t, Options{})
	c.install(nil)
	cursor := uint64(c.must("app.state", nil)["cursor"].(int64))
	c.must("vault.check", nil)
	ops := map[string]bool{}
	for _, e := range c.server.events.poll(t.Context(), cursor).events {
		if data, ok := e.data.Any().(map[string]any); ok && e.kind == "progress" {
			ops[data["op"].(string)] = true
		}
	}
	if !ops["accept"] || !ops["check"] {
		t.Errorf("progress of %v", ops)
	}
}
