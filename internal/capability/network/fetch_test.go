package network

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestNothingAmbientGoesAlong(t *testing.T) {
	w := newWorld(t)
	t.Setenv("NETRC", t.TempDir()+"/none")
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Set-Cookie", "a=b")
		rw.Header().Set("X-Answer", "yes")
		r.Header.Write(rw)
		fmt.Fprint(rw, r.Host)
	})
	want := "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Alcove\r\na.example"
	w.must(anywhere, "http://a.example/", want)
	answer := w.must(anywhere, "http://a.example/", want) // a cookie that was kept would come now
	for _, h := range answer.Headers {
		if h.Name == "set-cookie" {
			t.Error("the cookie reaches the app")
		}
	}
	if len(answer.Headers) != 4 || answer.StatusText != "OK" { // content-length, content-type, date, x-answer
		t.Errorf("%+v", answer)
	}
}

func TestRequestsAreChecked(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, "%s %s %s", r.Method, r.Header.Get("Authorization"), strings.Join(r.Header.Values("X-A"), "+"))
	})
	for name, change := range map[string]func(*Request){
		"CONNECT":       func(r *Request) { r.Method = "CONNECT" },
		"trace":         func(r *Request) { r.Method = "trace" },
		"TRACK":         func(r *Request) { r.Method = "TRACK" },
		"no token":      func(r *Request) { r.Method = "GET /x HTTP/1.1\r\nHost: b" },
		"long method":   func(r *Request) { r.Method = strings.Repeat("A", 33) },
		"GET with body": func(r *Request) { r.Body = []byte("x") },
		"large body":    func(r *Request) { r.Method, r.Body = "POST", make([]byte, MaxBody+1) },
		"many headers":  func(r *Request) { r.Headers = make([]Header, MaxHeaders+1) },
		"large header":  func(r *Request) { r.Headers = []Header{{"x", strings.Repeat("y", MaxHeaderBytes)}} },
		"split header":  func(r *Request) { r.Headers = []Header{{"x", "a\r\nhost: b"}} },
		"split name":    func(r *Request) { r.Headers = []Header{{"x: y\r\nhost", "b"}} },
		"no byte":       func(r *Request) { r.Headers = []Header{{"x", "\u0100"}} },
		"no text":       func(r *Request) { r.Headers = []Header{{"x", "\xff"}} },
		"empty name":    func(r *Request) { r.Headers = []Header{{"", "b"}} },
	} {
		if _, _, err := w.fetch(anywhere, "http://a.example/", change); code(t, err) != "net.request" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		"Host", "connection", "Content-Length", "TRANSFER-ENCODING", "Cookie", "cookie2", "Proxy-Authorization", "proxy-connection", "Sec-Fetch-Site",
		"sec-websocket-key", "Origin", "Referer", "User-Agent", "Expect", "TE", "Upgrade", "Keep-Alive", "Via", "Trailer", "HTTP2-Settings",
		"X-HTTP-Method-Override", "Accept-Encoding", "Date",
	} {
		_, _, err := w.fetch(anywhere, "http://a.example/", func(r *Request) { r.Headers = []Header{{name, "x"}} })
		if code(t, err) != "net.request" || !strings.Contains(err.Error(), strings.ToLower(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, text, err := w.fetch(anywhere, "http://a.example/", func(r *Request) {
		r.Method, r.Headers = "patch", []Header{{"Authorization", "Bearer x"}, {"x-a", "1"}, {"X-A", " 2 "}}
	})
	if err != nil || text != "PATCH Bearer x 1+2" {
		t.Errorf("%q, %v", text, err)
	}
	if len(w.dials()) != 1 {
		t.Error("a refused request was made")
	}
}

func TestHeadersAreBytes(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("X-Back", r.Header.Get("X-Name")+"\xc3")
	})
	answer, _, err := w.fetch(anywhere, "http://a.example/", func(r *Request) { r.Headers = []Header{{"x-name", "caf\u00e9"}} })
	if err != nil {
		t.Fatal(err)
	}
	if h := answer.Headers[len(answer.Headers)-1]; h != (Header{"x-back", "caf\u00e9\u00c3"}) {
		t.Errorf("%+v", h)
	}
}

func TestRefusedAddressesAreNotLookedUp(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", hello)
	if _, _, err := w.fetch(only("http://b.example/"), "http://a.example/"); code(t, err) != "net.test_refused" {
		t.Errorf("%v", err)
	}
	if len(w.looked) != 0 || len(w.dials()) != 0 {
		t.Errorf("looked up %v", w.looked)
	}
}

func TestRequestsAtOnceAreBounded(t *testing.T) {
	w := newWorld(t, func(l *limits) { l.requests, l.headers = 2, time.Second })
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusOK)
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	w.http("b.example", hello)
	address, _ := Parse("http://a.example/")
	var open []*Answer
	for range 2 {
		answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, answer)
	}
	if _, _, err := w.fetch(anywhere, "http://b.example/"); code(t, err) != "quota.network" {
		t.Errorf("a third: %v", err)
	}
	open[0].Body.Close()
	w.must(anywhere, "http://b.example/", "hello")
	// An answer that has arrived counts no more, read or not.
	b, _ := Parse("http://b.example/")
	for range 3 {
		if _, err := w.client.Fetch(t.Context(), anywhere, Request{Address: b}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := open[0].Body.Read(t.Context(), 1); code(t, err) != "net.closed" {
		t.Errorf("a closed answer: %v", err)
	}
}

func TestTheRateIsBounded(t *testing.T) {
	w := newWorld(t, func(l *limits) { l.perSecond, l.burst = 1, 3 })
	w.http("a.example", redirectTo(http.StatusFound, "http://b.example/"))
	w.http("b.example", hello)
	w.must(anywhere, "http://a.example/", "hello")
	if _, _, err := w.fetch(anywhere, "http://a.example/"); code(t, err) != "quota.network" {
		t.Errorf("a fourth hop: %v", err)
	}
}

func TestClosingTheClientEndsWhatRuns(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan struct{}, 2)
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			rw.Write([]byte("he"))
			rw.(http.Flusher).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	body, _ := Parse("http://a.example/body")
	answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: body})
	if err != nil {
		t.Fatal(err)
	}
	if data, _, err := answer.Body.Read(t.Context(), chunk); string(data) != "he" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, _, err := w.fetch(anywhere, "http://a.example/")
		waiting <- err
	}()
	<-arrived
	<-arrived
	w.client.Close()
	if err := <-waiting; fault.Code(err) != "session.ended" {
		t.Errorf("a request: %v", err)
	}
	if text, err := readAll(answer.Body); text != "" || fault.Code(err) != "session.ended" {
		t.Errorf("a body: %q, %v", text, err)
	}
	if _, _, err := w.fetch(anywhere, "http://a.example/"); fault.Code(err) != "session.ended" {
		t.Errorf("a new one: %v", err)
	}
}

func TestCallersCanGiveUp(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan struct{})
	w.http("a.example", func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	address, _ := Parse("http://a.example/")
	if _, err := w.client.Fetch(ctx, anywhere, Request{Address: address}); fault.Code(err) != fault.CodeInternal {
		t.Errorf("%v", err)
	}
}
