package web

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vmihailenco/msgpack/v5"
	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/vault"
	"github.com/alcove-vault/alcove/internal/wire"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hostFiles is a host page as the build leaves it.
func hostFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.html":        {Data: []byte("<!doctype html><title>Alcove</title>")},
		"assets/index-1.js": {Data: []byte("export {}")},
		"icon.svg":          {Data: []byte("<svg/>")},
		"haex-page.js":      {Data: []byte("haexPage()")},
	}
}

// client talks to a server over a real loopback listener.
type client struct {
	t      *testing.T
	server *Server
	http   *httptest.Server
}

func serve(t *testing.T, o Options) *client {
	t.Helper()
	if o.Mode == "" {
		o.Mode = ModeBrowser
	}
	if o.HostAssets == nil {
		o.HostAssets = hostFiles()
	}
	if o.Gate == nil {
		o.Gate = newGate(t)
	}
	s := New(o)
	h := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); h.Close() })
	return &client{t: t, server: s, http: h}
}

// newGate returns a gate that knows no vault.
func newGate(t *testing.T) *vault.Gate {
	t.Helper()
	g, err := vault.NewGate(vault.GateOptions{ConfigDir: t.TempDir(), DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// newWindow returns a server as the window has it.
func newWindow(t *testing.T, o Options) *Server {
	t.Helper()
	o.Mode, o.HostAssets = ModeWindow, hostFiles()
	if o.Gate == nil {
		o.Gate = newGate(t)
	}
	s := New(o)
	t.Cleanup(s.Close)
	return s
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; edit may change it before it goes.
func (c *client) do(method, path string, body []byte, edit func(*http.Request)) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.http.URL+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set(tokenHeader, c.server.Token())
	if edit != nil {
		edit(r)
	}
	res, err := c.http.Client().Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, data}
}

// call calls a method of the host API and returns its result and error code.
func (c *client) call(method string, params map[string]any) (map[string]any, string) {
	c.t.Helper()
	if params == nil {
		params = map[string]any{}
	}
	body, err := msgpack.Marshal(params)
	if err != nil {
		c.t.Fatal(err)
	}
	a := c.do(http.MethodPost, "/_host/api/"+method, body, nil)
	if a.status != http.StatusOK {
		c.t.Fatalf("%s: status %d %s", method, a.status, a.body)
	}
	ok, fail := unwrap(c.t, a.body)
	if fail == nil {
		result, _ := ok.(map[string]any)
		return result, ""
	}
	if message := fail["message"].(string); !strings.HasSuffix(message, ".") {
		c.t.Errorf("%s: %s says %q, which is no sentence", method, fail["code"], message)
	}
	data, _ := fail["data"].(map[string]any)
	return data, fail["code"].(string)
}

// unwrap opens {ok} or {error}.
func unwrap(t *testing.T, body []byte) (ok any, fail map[string]any) {
	t.Helper()
	v, err := wire.Parse(body, wire.Limits{Bytes: 1 << 26, Depth: 32, Items: 1 << 20})
	if err != nil {
		t.Fatalf("answer %q: %v", body, err)
	}
	fields, _ := v.Fields()
	fail, _ = fields["error"].Any().(map[string]any)
	return fields["ok"].Any(), fail
}

// inWindow sends a request as the window's web view does: not over a listener.
func inWindow(s *Server, method, path string, body []byte, edit func(*http.Request)) answer {
	r := httptest.NewRequestWithContext(context.Background(), method, "wails://wails"+path, bytes.NewReader(body))
	r.Header.Set(tokenHeader, s.Token())
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}
