//go:build windowtest

package app

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/app/webview"
)

//go:embed hook_windowtest.js
var frameScript string

// hook answers the real-window tests over a unix socket, one JSON line each
// way: {"js": body of an async function, "ms": patience} or {"phase": true}
// gives {"ok": value} or {"error": text}. ALCOVE-WINDOWTEST-HOOK is what the test for its absence in
// the product looks for.
type hook struct {
	w      *window
	listen net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
}

func newHook(w *window) *hook {
	path := os.Getenv("ALCOVE_TEST_SOCKET")
	if path == "" {
		return nil
	}
	w.log.Warn("ALCOVE-WINDOWTEST-HOOK: this build obeys a test")
	l, err := net.Listen("unix", path)
	if err != nil {
		w.log.Error("the test socket could not be opened", "reason", err)
		return nil
	}
	w.view.Script(frameScript)
	h := &hook{w: w, listen: l}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.work.Go(h.accept)
	return h
}

func (h *hook) close() {
	if h == nil {
		return
	}
	h.cancel()
	_ = h.listen.Close()
	h.work.Wait()
}

func (h *hook) accept() {
	for {
		conn, err := h.listen.Accept()
		if err != nil {
			return
		}
		stop := context.AfterFunc(h.ctx, func() { _ = conn.Close() })
		h.work.Go(func() { defer stop(); defer conn.Close(); h.serve(conn) })
	}
}

func (h *hook) serve(conn net.Conn) {
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var ask struct {
			JS    string `json:"js"`
			MS    int    `json:"ms"`
			Phase bool   `json:"phase"`
		}
		answer := map[string]any{}
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			answer["error"] = err.Error()
		} else if ask.Phase {
			answer["ok"] = h.w.gate.State().Phase
		} else {
			ctx, cancel := context.WithTimeout(h.ctx, time.Duration(max(ask.MS, 1))*time.Millisecond)
			value, err := h.w.view.Eval(ctx, ask.JS)
			cancel()
			if answer["ok"] = value; err != nil {
				answer = map[string]any{"error": err.Error()}
			}
		}
		line, err := json.Marshal(answer)
		if err != nil {
			line = []byte(`{"error":"the value is no JSON"}`)
		}
		if _, err := conn.Write(append(line, '\n')); err != nil {
			return
		}
	}
}

// loosened leaves out defences of package web where a test asks for it: "csp"
// the policies of extension files, "host" those of the host page and the
// sandbox of the frames it makes, "token" the launch token.
func loosened(w *window) http.Handler {
	skip := strings.Split(os.Getenv("ALCOVE_TEST_SKIP"), ",")
	without := func(name string) bool { return slices.Contains(skip, name) }
	if !without("csp") && !without("host") && !without("token") {
		return w.site
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if without("token") && strings.HasPrefix(r.URL.Path, "/_host/") {
			r.Header.Set("X-Alcove-Token", w.site.Token())
			r.Header.Del("Origin")
		}
		file := strings.HasPrefix(r.URL.Path, "/_ext/")
		switch {
		case file && without("csp"), !file && without("host"):
			script := strings.HasPrefix(r.URL.Path, "/assets/") && strings.HasSuffix(r.URL.Path, ".js")
			u := &unpoliced{ResponseWriter: rw, script: script}
			w.site.ServeHTTP(u, r)
			u.end()
		default:
			w.site.ServeHTTP(rw, r)
		}
	})
}

// sandbox is how the host page confines a frame.
var sandbox = regexp.MustCompile(`setAttribute\([^()]{0,10}sandbox[^()]*\)`)

// unpoliced takes the policies off an answer, and out of a script of the host
// page the sandbox it gives to frames.
type unpoliced struct {
	http.ResponseWriter
	script bool
	status int
	body   bytes.Buffer
}

func (u *unpoliced) WriteHeader(code int) {
	h := u.Header()
	for _, name := range []string{"Content-Security-Policy", "Permissions-Policy", "X-Frame-Options"} {
		h.Del(name)
	}
	if u.script {
		h.Del("Content-Length")
		u.status = code
		return
	}
	u.ResponseWriter.WriteHeader(code)
}

func (u *unpoliced) Write(b []byte) (int, error) {
	if u.script {
		return u.body.Write(b)
	}
	return u.ResponseWriter.Write(b)
}

func (u *unpoliced) end() {
	if !u.script {
		return
	}
	if u.status != 0 {
		u.ResponseWriter.WriteHeader(u.status)
	}
	_, _ = u.ResponseWriter.Write(sandbox.ReplaceAll(u.body.Bytes(), []byte(`setAttribute("data-free","")`)))
}

// skippedLayers are the layers a test leaves out to see its detector notice.
func skippedLayers() webview.Layer {
	var skip webview.Layer
	for name := range strings.SplitSeq(os.Getenv("ALCOVE_TEST_SKIP"), ",") {
		skip |= map[string]webview.Layer{
			"channel": webview.Channel, "features": webview.Features,
			"proxy": webview.Proxy, "policy": webview.Policy, "unknown": webview.AskUnknown,
		}[name]
	}
	return skip
}
