package web

import (
	"net/http"
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
// Every method answers a fault with a code, never "internal", for an empty
// request, whatever the phase.
