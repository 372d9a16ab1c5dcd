package bridge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/alcove-vault/alcove/internal/permission"
)

// serve serves on loopback and returns the address without a path.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// reachable installs an app that may reach the addresses, each by fetch, socket
// and as a private one.
func reachable(p *place, constraints m, addresses ...string) *Session {
	p.t.Helper()
	var list []m
	for _, address := range addresses {
		for _, action := range []string{"fetch", "websocket", "private"} {
			line := m{"resource": "net", "action": action, "target": address + "/*", "reason": "To test."}
			if action == "fetch" && constraints != nil {
				line["constraints"] = constraints
			}
			list = append(list, line)
		}
	}
	id := p.install(nil, permissions(list...))
	for _, line := range list {
		p.decide(id, permission.Key{Resource: "net", Action: line["action"].(string), Target: line["target"].(string)}, permission.Allow)
	}
	return p.open(id)
}

func TestFetchThroughTheBridge(t *testing.T) {
	p := newPlace(t)
	next := make(chan string)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.Header.Get("X-Key")+" "+string(body))
		if r.URL.Path == "/stream" {
			for part := range next {
				io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
			return
		}
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "hello")
	})
	s := reachable(p, nil, here)
	got := p.must(s, "net.fetch", m{"url": here + "/a?b#c", "method": "post", "headers": []any{[]any{"x-key", "k"}}, "body": "sent"})
	if got["status"] != int64(418) || got["statusText"] != "I'm a teapot" || got["url"] != here+"/a?b" || got["redirected"] != false ||
		string(got["data"].([]byte)) != "hello" || got["body"] != nil || !strings.Contains(strings.Join(flat(got["headers"]), " "), "x-seen POST k sent") {
		t.Errorf("%v", got)
	}
	if n := s.handles.count(); n != 0 {
		t.Errorf("%d handles are open", n)
	}
	go func() { next <- "one" }()
	got = p.must(s, "net.fetch", m{"url": here + "/stream"})
	handle := got["body"].(int64)
	for _, part := range []string{"one", "two"} {
		if part == "two" {
			go func() { next <- "two" }()
		}
		if read := p.must(s, "handle.read", m{"handle": handle}); string(read["data"].([]byte)) != part || read["done"] != false {
			t.Errorf("%v", read)
		}
	}
	close(next)
	if read := p.must(s, "handle.read", m{"handle": handle}); read["done"] != true {
		t.Errorf("%v", read)
	}
	p.must(s, "handle.close", m{"handle": handle})
}

func flat(headers any) (out []string) {
	for _, pair := range headers.([]any) {
		for _, text := range pair.([]any) {
			out = append(out, text.(string))
		}
	}
	return out
}

func TestFetchIsJudged(t *testing.T) {
	p := newPlace(t)
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") })
	asked := 0
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		w.Write(make([]byte, 100))
	})
	s := reachable(p, m{"methods": []string{"GET"}, "maxResponse": 1000}, here)
	for name, c := range map[string]struct {
		method string
		params m
		want   string
	}{
		"as declared":          {"net.fetch", m{"url": here + "/"}, ""},
		"a redirect inside":    {"net.fetch", m{"url": here + "/?to=/x"}, ""},
		"another host":         {"net.fetch", m{"url": other + "/"}, "permission.undeclared"},
		"a method that is not": {"net.fetch", m{"url": here + "/", "method": "DELETE"}, "permission.undeclared"},
		"a redirect elsewhere": {"net.fetch", m{"url": here + "/?to=" + other + "/"}, "net.redirect_refused"},
		"https instead":        {"net.fetch", m{"url": strings.Replace(here, "http", "https", 1) + "/"}, "permission.undeclared"},
		"another spelling":     {"net.fetch", m{"url": strings.Replace(here, "127.0.0.1", "2130706433", 1) + "/"}, "net.address"},
		"a user name":          {"net.fetch", m{"url": strings.Replace(here, "//", "//a@", 1) + "/"}, "net.address"},
		"a cookie":             {"net.fetch", m{"url": here + "/", "headers": []any{[]any{"Cookie", "a=b"}}}, "net.request"},
		"a header of one":      {"net.fetch", m{"url": here + "/", "headers": []any{[]any{"a"}}}, "request.malformed"},
		"a method of the way":  {"net.fetch", m{"url": here + "/", "method": "CONNECT"}, "net.request"},
		"no address":           {"net.fetch", m{}, "request.malformed"},
		"an unknown argument":  {"net.fetch", m{"url": here + "/", "proxy": "x"}, "request.malformed"},
		"too small a bound":    {"net.fetch", m{"url": here + "/", "maxBytes": 99}, "net.too_large"},
		"no socket there":      {"net.websocket", m{"url": strings.Replace(here, "http", "ws", 1) + "/"}, "net.handshake"},
		"a socket elsewhere":   {"net.websocket", m{"url": strings.Replace(other, "http", "ws", 1) + "/"}, "permission.undeclared"},
		"a socket over http":   {"net.websocket", m{"url": here + "/"}, "net.address"},
	} {
		if _, code := p.call(s, c.method, c.params); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
	if asked != 6 { // twice for the redirect inside, once for the bound, the redirect elsewhere, the socket
		t.Errorf("the server was asked %d times", asked)
	}
	r := p.send(s.Secret, pack(t, m{"v": 1, "id": 1, "method": "net.fetch", "params": m{"url": here + "/?to=http://elsewhere.example/"}}))
	if said := r.Error["message"].(string); !strings.Contains(said, "elsewhere.example") {
		t.Errorf("a refused redirect does not name the host: %s", said)
	}
}

func TestTheOwnNetworkNeedsItsOwnGrant(t *testing.T) {
	p := newPlace(t)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	fetch := permission.Key{Resource: "net", Action: "fetch", Target: here + "/*"}
	private := permission.Key{Resource: "net", Action: "private", Target: here + "/*"}
	id := p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": fetch.Target, "reason": "To test."},
		m{"resource": "net", "action": "private", "target": private.Target, "reason": "To test."},
	))
	p.decide(id, fetch, permission.Allow)
	p.decide(id, private, permission.Deny)
	s := p.open(id)
	r := p.send(s.Secret, pack(t, m{"v": 1, "id": 1, "method": "net.fetch", "params": m{"url": here + "/"}}))
	if data, _ := r.Error["data"].(map[string]any); r.code() != "permission.denied" || data["permission"] != "net.private" {
		t.Errorf("denied: %v", r.Error)
	}
	p.decide(id, private, permission.Allow)
	p.must(s, "net.fetch", m{"url": here + "/"})
	p.bridge.Forbid(permission.Policy{"net.private": true})
	if _, code := p.call(s, "net.fetch", m{"url": here + "/"}); code != "permission.policy" {
		t.Errorf("forbidden: %q", code)
	}
	p.bridge.Forbid(nil)
	p.must(s, "net.fetch", m{"url": here + "/"})
}

func TestRatesOfPermissionsHold(t *testing.T) {
	p := newPlace(t)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/twice" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	})
	s := reachable(p, m{"rate": m{"requests": 3, "seconds": 3600}}, here)
	p.must(s, "net.fetch", m{"url": here + "/twice"})
	p.must(s, "net.fetch", m{"url": here + "/"})
	if _, code := p.call(s, "net.fetch", m{"url": here + "/"}); code != "quota.network" {
		t.Errorf("a fourth request: %q", code)
	}
	// Another frame of the same app has no rate of its own.
	if _, code := p.call(p.open(s.Running.ID), "net.fetch", m{"url": here + "/"}); code != "quota.network" {
		t.Errorf("from another frame: %q", code)
	}
}

func TestWebSocketsThroughTheBridge(t *testing.T) {
	p := newPlace(t)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, data) != nil {
				return
			}
		}
	})
	there := strings.Replace(here, "http", "ws", 1)
	s := reachable(p, nil, here)
	open := p.must(s, "net.websocket", m{"url": there + "/", "protocols": []any{"chat"}})
	if open["protocol"] != "chat" {
		t.Errorf("%v", open)
	}
	handle := open["handle"]
	for _, data := range []any{"text", []byte("bytes")} {
		p.must(s, "handle.write", m{"handle": handle, "data": data})
		read := p.must(s, "handle.read", m{"handle": handle, "max": 3})
		meta := read["meta"].(map[string]any)
		_, isText := data.(string)
		if meta["text"] != isText || meta["more"] != true || len(read["data"].([]byte)) != 3 {
			t.Errorf("%v", read)
		}
		p.must(s, "handle.read", m{"handle": handle})
	}
	if _, code := p.call(s, "net.close", m{"handle": handle, "code": 1001}); code != "net.request" {
		t.Errorf("a reserved code: %q", code)
	}
	p.must(s, "net.close", m{"handle": handle, "code": 4000, "reason": "enough"})
	read := p.must(s, "handle.read", m{"handle": handle})
	if meta := read["meta"].(map[string]any); read["done"] != true || meta["code"] != int64(4000) || meta["reason"] != "enough" || meta["clean"] != true {
		t.Errorf("%v", read)
	}
	p.must(s, "handle.close", m{"handle": handle})
	if _, code := p.call(s, "net.close", m{"handle": handle}); code != "handle.unknown" {
		t.Errorf("closed again: %q", code)
	}
}

// A grant that is taken back ends what was opened with it, also where it was
// that of a redirect.
func TestTakingBackEndsWhatRuns(t *testing.T) {
	p := newPlace(t)
	stream := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	b := serve(t, stream)
	a := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, b+"/", http.StatusFound) })
	s := reachable(p, nil, a, b)
	handle := p.must(s, "net.fetch", m{"url": a + "/"})["body"]
	p.must(s, "handle.read", m{"handle": handle})
	p.decide(s.Running.ID, permission.Key{Resource: "net", Action: "fetch", Target: b + "/*"}, permission.Deny)
	if _, code := p.call(s, "handle.read", m{"handle": handle}); code != "permission.revoked" {
		t.Errorf("%q", code)
	}
}

// What is under way when the app is closed, or nobody waits for any more, ends
// with it; goleak sees what does not.
func TestNothingOutlivesTheSession(t *testing.T) {
	p := newPlace(t)
	arrived := make(chan struct{}, 3)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	s := reachable(p, nil, here)
	p.must(s, "net.fetch", m{"url": here + "/body"})
	codes := make(chan string)
	for _, id := range []uint64{1, 2} {
		go func() {
			codes <- p.send(s.Secret, pack(t, m{"v": 1, "id": id, "method": "net.fetch", "params": m{"url": here + "/"}})).code()
		}()
	}
	for range 3 {
		<-arrived
	}
	p.must(s, "call.cancel", m{"call": 1})
	if code := <-codes; code != "request.aborted" {
		t.Errorf("cancelled: %q", code)
	}
	p.bridge.Close(s.Secret)
	if code := <-codes; code != "session.ended" {
		t.Errorf("ended: %q", code)
	}
	p.bridge.networks.mu.Lock()
	defer p.bridge.networks.mu.Unlock()
	if len(p.bridge.networks.open) != 0 {
		t.Error("the client is left")
	}
}

// TestTakingBackEndsWhatWasLedThere: a call ends with the permission for where
// a redirect led it, as with the one it began with.
func TestTakingBackEndsWhatWasLedThere(t *testing.T) {
	p := newPlace(t)
	begun := make(chan struct{})
	there := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	here := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, there+"/x", http.StatusFound) })
	for _, action := range []string{"fetch", "private"} {
		begun = make(chan struct{})
		s := reachable(p, nil, here, there)
		ticket := p.ticket(p.bridge.Call(t.Context(), s.Secret, envelope(t, 1, "net.fetch", m{"url": here + "/a"})))
		<-begun
		p.decide(s.Running.ID, permission.Key{Resource: "net", Action: action, Target: there + "/*"}, permission.Ask)
		if r := p.fetch(s.Secret, ticket); r.code() != "permission.revoked" {
			t.Errorf("%s: %q", action, r.code())
		}
		p.bridge.Close(s.Secret)
	}
}
