package web

import (
	"context"
	"database/sql"
	"runtime"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

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
