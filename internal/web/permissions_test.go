package web

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

type fields = map[string]any

// withHosts installs an app that asks for hosts and the clipboard, and allows both.
func withHosts(t *testing.T, c *client) (id string) {
	t.Helper()
	asks := []any{
		fields{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "To look."},
		fields{"resource": "clipboard", "action": "write", "reason": "To copy."},
	}
	id = c.install(nil, bundletest.With("permissions", asks))
	for _, a := range asks {
		p := a.(fields)
		target, _ := p["target"].(string)
		c.must("ext.set_grant", fields{"id": id, "choice": fields{"resource": p["resource"], "action": p["action"], "target": target, "decision": "allow"}})
	}
	return id
}

// state is the state of a cell of the only app.
func (c *client) cellState(capability string) any {
	c.t.Helper()
	for _, each := range c.must("permissions.matrix", nil)["apps"].([]any)[0].(fields)["cells"].([]any) {
		if cell := each.(fields); cell["capability"] == capability {
			return cell["state"]
		}
	}
	return nil
}

func (c *client) decisions(id, capability string) (out []string) {
	c.t.Helper()
	for _, each := range c.must("permissions.cell", fields{"id": id, "capability": capability})["rules"].([]any) {
		rule := each.(fields)
		out = append(out, rule["target"].(string)+" "+rule["decision"].(string))
	}
	return out
}

func TestPermissionsAreTakenBack(t *testing.T) {
	c := unlocked(t, Options{})
	id := withHosts(t, c)
	if got := c.cellState("net"); got != "allow" {
		t.Fatalf("net: %v", got)
	}
	// One host of the many, as the ledger names it.
	c.must("permissions.revoke", fields{"id": id, "resource": "net", "action": "fetch", "target": "https://bad.example.com", "decision": "deny"})
	if got := c.decisions(id, "net"); len(got) != 2 || got[0] != "https://*.example.com/* allow" || got[1] != "https://bad.example.com/* deny" {
		t.Errorf("one host: %v", got)
	}
	c.must("permissions.revoke", fields{"id": id, "capability": "net", "decision": "ask"})
	if got := c.cellState("net"); got != "ask" {
		t.Errorf("all of it, to be asked: %v", got)
	}
	c.must("permissions.revoke", fields{"id": id, "capability": "", "decision": "deny"})
	for _, capability := range []string{"net", "clipboard"} {
		if got := c.cellState(capability); got != "deny" {
			t.Errorf("everything: %s is %v", capability, got)
		}
	}
	if got := c.cellState("own"); got != "allow" {
		t.Errorf("what it keeps for itself is %v", got)
	}
	for want, bad := range map[string]fields{
		"request.malformed":        {"id": id, "capability": "net", "decision": "allow"},
		"extension.choice_unknown": {"id": id, "resource": "shell", "action": "run", "target": "git", "decision": "deny"},
	} {
		if _, code := c.call("permissions.revoke", bad); code != want {
			t.Errorf("%v: %q", bad, code)
		}
	}
	found := c.must("permissions.matrix", fields{"search": "nowhere"})["apps"].([]any)
	if len(found) != 0 {
		t.Errorf("a search finds %v", found)
	}
	kinds := map[string]bool{}
	for _, each := range c.must("permissions.activity", fields{"limit": 50})["lines"].([]any) {
		kinds[each.(fields)["kind"].(string)] = true
	}
	if !kinds["installed"] || !kinds["granted"] || !kinds["revoked"] {
		t.Errorf("activity has %v", kinds)
	}
}

func TestAGrantIsKept(t *testing.T) {
	c := unlocked(t, Options{})
	id := withHosts(t, c)
	rule := func() fields {
		return c.must("permissions.cell", fields{"id": id, "capability": "clipboard"})["rules"].([]any)[0].(fields)
	}
	if r := rule(); r["keep"] != false || r["ends_at"].(int64) < time.Now().Add(59*24*time.Hour).UnixMilli() {
		t.Errorf("%v", r)
	}
	c.must("permissions.keep", fields{"id": id, "resource": "clipboard", "action": "write", "target": "", "keep": true})
	if r := rule(); r["keep"] != true || r["ends_at"] != int64(0) {
		t.Errorf("%v", r)
	}
	if _, code := c.call("permissions.again", fields{"id": id, "resource": "clipboard", "action": "write", "target": ""}); code != "permission.not_ended" {
		t.Errorf("one that did not end: %q", code)
	}
}

// TestAVaultForbids at once, and allows again only with the passphrase.
func TestAVaultForbids(t *testing.T) {
	c := unlocked(t, Options{})
	withHosts(t, c)
	set := func(forbid []any, more fields) string {
		t.Helper()
		p := fields{"forbid": forbid}
		for k, v := range more {
			p[k] = v
		}
		_, code := c.call("policy.set", p)
		return code
	}
	if code := set([]any{"net", "shell.terminal"}, nil); code != "" {
		t.Fatalf("forbidding: %s", code)
	}
	if got := c.cellState("net"); got != "forbidden" {
		t.Errorf("net: %v", got)
	}
	for _, s := range []struct {
		forbid []any
		more   fields
		want   string
	}{
		{[]any{"net", "shell"}, nil, ""}, // wider
		{[]any{"shell"}, nil, "policy.confirm"},
		{[]any{}, fields{"passphrase": []byte("not the one")}, "vault.wrong_passphrase"},
		{[]any{"everything"}, nil, "request.malformed"},
	} {
		if code := set(s.forbid, s.more); code != s.want {
			t.Errorf("%v %v: %q, want %q", s.forbid, s.more, code, s.want)
		}
	}
	if got := c.must("policy.get", nil)["forbid"].([]any); len(got) != 2 {
		t.Errorf("%v is forbidden", got)
	}
	if code := set([]any{}, fields{"passphrase": passphrase}); code != "" {
		t.Errorf("with the passphrase: %q", code)
	}
	if got := c.cellState("net"); got != "allow" {
		t.Errorf("allowed again, net is %v", got)
	}
}

// TestWritesOfASpanAreUndone and that again.
func TestWritesOfASpanAreUndone(t *testing.T) {
	c := unlocked(t, Options{})
	id, run := withList(t, c)
	first := laterMillis()
	run(`DELETE FROM items WHERE id = 'a'`)
	span := c.must("permissions.undo_preview", fields{"id": id, "first": first, "last": time.Now().UnixMilli()})
	tables := span["tables"].([]any)
	if len(tables) != 1 || tables[0].(fields)["added"] != int64(1) {
		t.Fatalf("%v", span)
	}
	done := c.must("permissions.undo", fields{"id": id, "from": span["from"], "upto": span["upto"]})
	if done["added"] != int64(1) {
		t.Fatalf("%v", done)
	}
	again := done["again"].(fields)
	if done = c.must("permissions.undo", fields{"id": id, "from": again["from"], "upto": again["upto"]}); done["removed"] != int64(1) {
		t.Errorf("again: %v", done)
	}
	if _, code := c.call("permissions.undo_preview", fields{"id": id, "first": first, "last": first - 10}); code != "request.malformed" {
		t.Errorf("backwards: %q", code)
	}
}

// TestThePageIsToldOfWhatAppsDo, also where the vault was open before the server
// was there.
func TestThePageIsToldOfWhatAppsDo(t *testing.T) {
	first := unlocked(t, Options{})
	c := serve(t, Options{Gate: first.server.gate})
	id := withHosts(t, c)
	app := c.open(id)
	if _, code := c.relay(app["session"].(string), "net.fetch", fields{"url": "https://elsewhere.example/"}); code != "permission.undeclared" {
		t.Fatal(code)
	}
	for cursor, deadline := uint64(0), time.Now().Add(10*time.Second); ; {
		b := c.server.events.poll(t.Context(), cursor)
		for _, e := range b.events {
			if e.kind == "ledger" {
				return
			}
		}
		if cursor = b.cursor; time.Now().After(deadline) {
			t.Fatal("the page is not told")
		}
	}
}
