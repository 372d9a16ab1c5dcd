//go:build windowtest

package app

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"os"
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

// loosened drops the policy of extension files where a test asks for it.
func loosened(next http.Handler) http.Handler {
	if !strings.Contains(os.Getenv("ALCOVE_TEST_SKIP"), "csp") {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_ext/") {
			w = unpoliced{w}
		}
		next.ServeHTTP(w, r)
	})
}

type unpoliced struct{ http.ResponseWriter }

func (u unpoliced) WriteHeader(code int) {
	u.Header().Del("Content-Security-Policy")
	u.ResponseWriter.WriteHeader(code)
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
