package web

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/vault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// fakeShell stands for the desktop; empty answers are cancelled dialogs.
type fakeShell struct {
	name   string
	data   []byte
	folder string
	saved  map[string]string
	path   string
	resets chan struct{}
	focus  chan struct{}
}

func (f *fakeShell) PickPackage(context.Context) (string, []byte, error) { return f.name, f.data, nil }

func (f *fakeShell) PickFolder(context.Context, string) (string, error) { return f.folder, nil }

func (f *fakeShell) SaveText(_ context.Context, name string, data []byte) (string, error) {
	if f.path != "" {
		f.saved[name] = string(data)
	}
	return f.path, nil
}

func (f *fakeShell) CopyText(_ context.Context, text string) error {
	f.saved["clipboard"] = text
	return nil
}

func (f *fakeShell) ResetPage() { f.resets <- struct{}{} }
func (f *fakeShell) Focus()     { f.focus <- struct{}{} }

// desktop returns a server with a desktop behind it. It is reached over a
// listener all the same, because only that has real connections.
func desktop(t *testing.T, f *fakeShell) *client {
	t.Helper()
	f.resets, f.focus, f.saved = make(chan struct{}, 10), make(chan struct{}, 10), map[string]string{}
	return serve(t, Options{Shell: f})
}

func TestThePageOfTheWindowCopiesThroughGo(t *testing.T) {
	f := &fakeShell{}
	c := desktop(t, f)
	c.must("app.copy", map[string]any{"text": "one two three"})
	if got := f.saved["clipboard"]; got != "one two three" {
		t.Errorf("copied %q", got)
	}
	if _, code := serve(t, Options{}).call("app.copy", map[string]any{"text": "x"}); code != "capability.unavailable" {
		t.Errorf("in a browser: %q", code)
	}
}

func TestDialogsAreShownByGo(t *testing.T) {
	f := &fakeShell{}
	c := desktop(t, f)
	if s := c.must("app.state", nil); s["capabilities"].(map[string]any)["dialogs"] != true {
		t.Errorf("capabilities %v", s["capabilities"])
	}
	kit := c.must("vault.begin", map[string]any{"name": "Home", "passphrase": passphrase})
	if got := c.must("vault.save_kit", map[string]any{"id": kit["id"]}); got["path"] != nil || len(f.saved) != 0 {
		t.Errorf("a cancelled dialog: %v", got)
	}
	f.path = "/home/ada/kit.txt"
	if got := c.must("vault.save_kit", map[string]any{"id": kit["id"]}); got["path"] != f.path || f.saved[kit["file_name"].(string)] != kit["text"] {
		t.Errorf("saved %v as %v", got, f.saved)
	}
	c.must("vault.discard", map[string]any{"id": kit["id"]})
	c.create("Home")
	if got, code := c.call("install.pick", nil); got != nil || code != "" {
		t.Errorf("a cancelled dialog: %v %q", got, code)
	}
	f.name, f.data = "a.alcove", bundletest.Build(t, nil)
	review := c.must("install.pick", nil)["review"]
	if r := c.must("install.review", map[string]any{"id": review}); r["file"].(map[string]any)["name"] != "a.alcove" {
		t.Errorf("review of %v", r["file"])
	}
	if got, code := c.call("vault.add", nil); got != nil || code != "" {
		t.Errorf("a cancelled dialog: %v %q", got, code)
	}
	f.folder = t.TempDir()
	if _, code := c.call("vault.add", nil); code != "vault.not_a_vault" {
		t.Errorf("an empty folder: %q", code)
	}
}

func TestALockEndsTheWebProcessAndAQuitDoesNot(t *testing.T) {
	f := &fakeShell{}
	c := desktop(t, f)
	c.create("Home")
	c.must("vault.lock", nil)
	select {
	case <-f.resets:
	case <-time.After(20 * time.Second):
		t.Fatal("the page was not reset")
	}
	c.must("vault.unlock", map[string]any{"passphrase": passphrase})
	if err := c.server.gate.Lock(vault.ReasonQuit); err != nil {
		t.Fatal(err)
	}
	c.server.Close()
	if len(f.resets) != 0 {
		t.Error("the page was reset on the way out")
	}
}

func TestADroppedPackageComesToTheFront(t *testing.T) {
	f := &fakeShell{}
	c := desktop(t, f)
	c.create("Home")
	if err := c.server.Import(t.Context(), "a.alcove", bundletest.Build(t, nil), "drop"); err != nil {
		t.Fatal(err)
	}
	<-f.focus
}

func TestAppsAreAskedToSaveBeforeTheLock(t *testing.T) {
	c := unlocked(t, Options{})
	c.open(c.install(nil))
	cursor := uint64(c.must("app.state", nil)["cursor"].(int64))
	done := make(chan string, 1)
	go func() {
		_, code := c.call("vault.lock", nil)
		done <- code
	}()
	var seen []string
	for !slices.Contains(seen, "locking") {
		var kinds []string
		kinds, cursor = c.events(cursor)
		seen = append(seen, kinds...)
	}
	if code := <-done; code != "" {
		t.Fatalf("lock: %q", code)
	}
	for !slices.Contains(seen[slices.Index(seen, "locking"):], "state") {
		var kinds []string
		kinds, cursor = c.events(cursor)
		seen = append(seen, kinds...)
	}
}

func TestPollOverHTTPEndsWithTheClientAndWithTheServer(t *testing.T) {
	c := serve(t, Options{})
	body, _ := msgpack.Marshal(map[string]any{"cursor": 0})
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.http.URL+"/_host/poll", nil)
		if err != nil {
			sent <- err
			return
		}
		r.Header.Set(tokenHeader, c.server.Token())
		res, err := c.http.Client().Do(r)
		if err == nil {
			res.Body.Close()
		}
		sent <- err
	}()
	cancel()
	<-sent
	answered := make(chan answer, 1)
	go func() { answered <- c.do(http.MethodPost, "/_host/poll", body, nil) }()
	c.server.Post("review", map[string]string{"id": "x"})
	a := <-answered
	value, err := wire.Parse(a.body, wire.Limits{Bytes: 1 << 16, Depth: 8, Items: 100})
	if err != nil {
		t.Fatal(err)
	}
	ok := value.Any().(map[string]any)
	events := ok["events"].([]any)
	if len(events) != 1 || events[0].(map[string]any)["type"] != "review" || events[0].(map[string]any)["data"].(map[string]any)["id"] != "x" {
		t.Errorf("answer %v", ok)
	}
	go func() { answered <- c.do(http.MethodPost, "/_host/poll", []byte("\x81\xa6cursor\x01"), nil) }()
	c.server.Close()
	if a := <-answered; a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
		t.Errorf("a poll at the end: %d", a.status)
	}
	if a := c.do(http.MethodPost, "/_host/poll", body, nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("a poll after the end: %d", a.status)
	}
}
