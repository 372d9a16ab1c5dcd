package web

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

var allMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}

// addresses are every route, every API method and some that do not exist.
func addresses(s *Server) []string {
	list := []string{"/_host/", "/_host/nothing", "/_host", "/nothing", "/assets/nothing", "/assets/", "//_host/poll", "/_host/api/nothing"}
	for _, r := range routes {
		list = append(list, r.path)
	}
	for name := range s.methods {
		list = append(list, "/_host/api/"+name)
	}
	return list
}

func TestNothingIsAnsweredWithoutTheToken(t *testing.T) {
	c := serve(t, Options{})
	right := c.server.Token()
	stale := right
	c.server.NewToken()
	wrong := map[string][]string{
		"none": nil, "empty": {""}, "stale": {stale}, "short": {stale[:10]}, "padded": {c.server.Token() + " x"},
		"two": {c.server.Token(), c.server.Token()}, "other": {strings.Repeat("A", 43)},
	}
	for _, path := range addresses(c.server) {
		for _, method := range allMethods {
			for name, tokens := range wrong {
				a := c.do(method, path, []byte("\x80"), func(r *http.Request) { r.Header[tokenHeader] = tokens })
				if a.status != http.StatusForbidden {
					t.Errorf("%s %s with %s token: status %d", method, path, name, a.status)
				}
			}
		}
	}
	if len(addresses(c.server)) < 10 {
		t.Fatal("the table of addresses is empty")
	}
}

// The control for the test above: with the token the same addresses answer.
func TestEveryRouteAnswersWithTheTokenAndOnlyToPOST(t *testing.T) {
	c := serve(t, Options{})
	for _, r := range routes {
		path := r.path
		if strings.HasSuffix(path, "/") {
			path += "app.state"
		}
		for _, method := range allMethods {
			if method == http.MethodPost {
				continue
			}
			if a := c.do(method, path, nil, nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
				t.Errorf("%s %s: status %d", method, path, a.status)
			}
		}
	}
	if a := c.do("POST", "/_host/beat", nil, nil); a.status != http.StatusNoContent {
		t.Errorf("beat: %d", a.status)
	}
	if a := c.do("POST", "/_host/nothing", nil, nil); a.status != http.StatusNotFound {
		t.Errorf("unknown address: %d", a.status)
	}
	if a := c.do("POST", "/_host/api/nothing", []byte("\x80"), nil); a.status != http.StatusNotFound {
		t.Errorf("unknown method: %d", a.status)
	}
}

func TestOversizedBodiesAreRefused(t *testing.T) {
	c := serve(t, Options{})
	for _, to := range routes {
		for name, edit := range map[string]func(*http.Request){
			"stated":  nil,
			"chunked": func(r *http.Request) { r.ContentLength = -1 },
		} {
			a := c.do("POST", to.path, make([]byte, to.limit+1), edit)
			if a.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s %s: status %d", to.path, name, a.status)
			}
		}
	}
}

func TestMalformedBodiesAreRefused(t *testing.T) {
	c := serve(t, Options{})
	for name, body := range map[string]string{"empty": "", "json": "{}", "an array": "\x90", "unknown key": "\x81\xa1x\x01", "two values": "\x80\x80", "bomb": "\xdf\xff\xff\xff\xff"} {
		if a := c.do("POST", "/_host/poll", []byte(body), nil); a.status != http.StatusBadRequest {
			t.Errorf("poll with %s: %d", name, a.status)
		}
		a := c.do("POST", "/_host/api/app.state", []byte(body), nil)
		if a.status != http.StatusOK || !bytes.Contains(a.body, []byte("request.malformed")) {
			t.Errorf("app.state with %s: %d %q", name, a.status, a.body)
		}
	}
}

func TestForeignHostsAndOriginsAreRefused(t *testing.T) {
	c := serve(t, Options{})
	own := c.http.URL
	port := own[strings.LastIndex(own, ":"):]
	header := func(key, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(key, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	cases := []struct {
		name string
		path string
		edit func(*http.Request)
		want int
	}{
		{"own host", "/_host/beat", nil, 204},
		{"localhost", "/_host/beat", host("localhost" + port), 204},
		{"own origin", "/_host/beat", header("Origin", own), 204},
		{"rebound name", "/_host/beat", host("evil.example" + port), 403},
		{"other port", "/_host/beat", host("127.0.0.1:1"), 403},
		{"no port", "/_host/beat", host("127.0.0.1"), 403},
		{"other loopback address", "/_host/beat", host("127.0.0.2" + port), 403},
		{"trailing dot", "/_host/beat", host("localhost." + port), 403},
		{"userinfo", "/_host/beat", host("x@127.0.0.1" + port), 403},
		{"foreign origin", "/_host/beat", header("Origin", "https://evil.example"), 403},
		{"opaque origin", "/_host/beat", header("Origin", "null"), 403},
		{"empty origin", "/_host/beat", header("Origin", ""), 403},
		{"origin of the other name", "/_host/beat", header("Origin", "http://localhost"+port), 403},
		{"secure origin", "/_host/beat", header("Origin", strings.Replace(own, "http", "https", 1)), 403},
		{"cross-site fetch", "/_host/beat", header("Sec-Fetch-Site", "cross-site"), 403},
		{"same-site fetch", "/_host/beat", header("Sec-Fetch-Site", "same-site"), 403},
		{"own fetch", "/_host/beat", header("Sec-Fetch-Site", "same-origin"), 204},
	}
	for _, k := range cases {
		if a := c.do("POST", k.path, nil, k.edit); a.status != k.want {
			t.Errorf("%s: status %d, want %d", k.name, a.status, k.want)
		}
	}
	for _, k := range []struct {
		name string
		edit func(*http.Request)
		want int
	}{
		{"plain", nil, 200},
		{"rebound name", host("evil.example" + port), 403},
		{"opaque origin", header("Origin", "null"), 403},
		{"foreign origin", header("Origin", "https://evil.example"), 403},
	} {
		if a := c.do("GET", "/", nil, k.edit); a.status != k.want {
			t.Errorf("page, %s: status %d, want %d", k.name, a.status, k.want)
		}
	}
}

func TestWindowTakesNoOpaqueOrigin(t *testing.T) {
	s := newWindow(t, Options{})
	for origin, want := range map[string]int{"": 204, "wails://wails": 204, "null": 403, "http://127.0.0.1": 403} {
		a := inWindow(s, "POST", "/_host/beat", nil, func(r *http.Request) {
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
		})
		if a.status != want {
			t.Errorf("origin %q: status %d, want %d", origin, a.status, want)
		}
	}
}

func TestAListenerThatIsNotLoopbackIsRefused(t *testing.T) {
	s := serve(t, Options{}).server
	if a := inWindow(s, "GET", "/", nil, nil); a.status != http.StatusForbidden {
		t.Errorf("no known listener: status %d", a.status)
	}
}
