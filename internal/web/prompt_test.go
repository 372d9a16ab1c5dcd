package web

import (
	"net/http"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/wire"
)

// ticket makes a call that is not done at once and returns its ticket.
func (c *client) ticket(session, method string, params map[string]any) map[string]any {
	c.t.Helper()
	envelope, err := msgpack.Marshal(map[string]any{"v": 1, "id": 3, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	a := c.do(http.MethodPost, "/_host/call", envelope, func(r *http.Request) { r.Header.Set(sessionHeader, session) })
	if a.status != http.StatusAccepted {
		c.t.Fatalf("%s: status %d %q", method, a.status, a.body)
	}
	v, err := wire.Parse(a.body, wire.Limits{Bytes: 1000, Depth: 2, Items: 10})
	if err != nil {
		c.t.Fatal(err)
	}
	return v.Any().(map[string]any)
}

// result fetches what a ticket is for.
func (c *client) result(session string, ticket map[string]any) (status int, code string) {
	c.t.Helper()
	body, err := msgpack.Marshal(map[string]any{"id": ticket["id"], "ticket": ticket["ticket"]})
	if err != nil {
		c.t.Fatal(err)
	}
	a := c.do(http.MethodPost, "/_host/result", body, func(r *http.Request) { r.Header.Set(sessionHeader, session) })
	if a.status == http.StatusOK {
		if _, fail := unwrap(c.t, a.body); fail != nil {
			code = fail["code"].(string)
		}
	}
	return a.status, code
}

// await polls until an event of this kind is there.
func (c *client) await(kind string, cursor uint64) uint64 {
	c.t.Helper()
	for {
		kinds, next := c.events(cursor)
		if has(kinds, kind) {
			return next
		}
		cursor = next
	}
}

// A question over HTTP, from the call of a frame to its reply.
func TestACallWaitsForThePersonsAnswer(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(nil, bundletest.With("permissions", []map[string]any{
		{"resource": "shell", "action": "run", "target": "true", "reason": "To try."},
	})))
	session := app["session"].(string)
	if app["frame"].(string) == session {
		t.Error("events would name the frame by its secret")
	}
	if c.must("prompt.current", nil)["prompt"] != nil {
		t.Error("something is asked already")
	}
	ticket := c.ticket(session, "shell.run", map[string]any{"program": "true"})
	if ticket["waiting"] != true || ticket["id"] != int64(3) {
		t.Errorf("ticket %v", ticket)
	}
	cursor := c.await("prompt.changed", 0)
	if status, _ := c.result(session, ticket); status != http.StatusAccepted {
		t.Errorf("fetched before it is there: %d", status)
	}
	prompt := c.must("prompt.current", nil)["prompt"].(map[string]any)
	if prompt["reason"] != "To try." || prompt["confirm"] != true {
		t.Errorf("prompt %v", prompt)
	}
	id := prompt["id"]
	answer := func(more map[string]any) string {
		t.Helper()
		params := map[string]any{"id": id, "choice": "once"}
		for key, value := range more {
			params[key] = value
		}
		_, code := c.call("prompt.answer", params)
		return code
	}
	if code := answer(nil); code != "prompt.armed" {
		t.Errorf("before it was painted: %q", code)
	}
	c.must("prompt.shown", map[string]any{"id": id})
	code := answer(nil)
	for code == "prompt.armed" { // half a second from when it was painted
		code = answer(nil)
	}
	if code != "prompt.confirm" {
		t.Errorf("without the passphrase: %q", code)
	}
	if code := answer(map[string]any{"passphrase": []byte("wrong")}); code != "vault.wrong_passphrase" {
		t.Errorf("with a wrong one: %q", code)
	}
	if code := answer(map[string]any{"choice": "deny"}); code != "" {
		t.Errorf("no: %q", code)
	}
	c.await("call.done", cursor)
	if status, code := c.result(session, ticket); status != http.StatusOK || code != "permission.denied" {
		t.Errorf("the reply: %d %q", status, code)
	}
	if _, code := c.call("prompt.dismiss", map[string]any{"id": id}); code != "prompt.gone" {
		t.Errorf("afterwards: %q", code)
	}
	c.must("vault.lock", nil)
	if status, code := c.result(session, ticket); status != http.StatusOK || code != "session.ended" {
		t.Errorf("after locking: %d %q", status, code)
	}
	if _, code := c.call("prompt.current", nil); code != "vault.locked" {
		t.Errorf("a locked vault asks: %q", code)
	}
}
