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
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hostFiles is a host page as the build leaves it.
func hostFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.html":        {Data: []byte("<!doctype html><title>Alcove</title>")},
		"assets/index-1.js": {Data: []byte("export {}")},
		"icon.svg":          {Data: []byte("<svg/>")},
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
	s := New(o)
	h := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); h.Close() })
	return &client{t: t, server: s, http: h}
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
	var reply struct {
		OK    map[string]any `msgpack:"ok"`
		Error *struct {
			Code    string         `msgpack:"code"`
			Message string         `msgpack:"message"`
			Data    map[string]any `msgpack:"data"`
		} `msgpack:"error"`
	}
	dec := msgpack.NewDecoder(bytes.NewReader(a.body))
	dec.UseLooseInterfaceDecoding(true)
	if err := dec.Decode(&reply); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	if reply.Error != nil {
		if !strings.HasSuffix(reply.Error.Message, ".") {
			c.t.Errorf("%s: %s says %q, which is no sentence", method, reply.Error.Code, reply.Error.Message)
		}
		return reply.Error.Data, reply.Error.Code
	}
	return reply.OK, ""
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
