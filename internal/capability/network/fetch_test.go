package network

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

func short(l *limits) {
	l.headers, l.silence, l.total = 700*time.Millisecond, 700*time.Millisecond, 20*time.Second
	l.response = 1 << 20
}

// answering reads a request and writes text.
func answering(text string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, text)
		}
	}
}

// endless reads a request, writes head and then part for ever.
func endless(head, part string) func(net.Conn) {
	return func(conn net.Conn) {
		answering(head)(conn)
		for {
			if _, err := io.WriteString(conn, part); err != nil {
				return
			}
		}
	}
}

// silent reads a request, writes text, and waits until the other side leaves.
func silent(text string) func(net.Conn) {
	return func(conn net.Conn) {
		answering(text)(conn)
		io.Copy(io.Discard, conn)
	}
}

func zeros(n int64) []byte {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.CopyN(z, zeroReader{}, n)
	z.Close()
	return packed.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHostileServersAreGivenUp(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	bomb := string(zeros(8 << 20))
	for name, test := range map[string]struct {
		serve func(net.Conn)
		fault string // the beginning of its text
	}{
		"never answers":             {silent(""), "net.timeout: The server did not answer in time: it is busy, or the connection is slow. Try again later."},
		"half a status line":        {silent("HTTP/1.1 20"), "net.timeout: The server did not answer in time: it is busy, or the connection is slow. Try again later."},
		"headers one by one":        {silent(ok + "X-A: b\r\n"), "net.timeout: The server did not answer in time: it is busy, or the connection is slow. Try again later."},
		"silent body":               {silent(ok + "Content-Length: 10\r\n\r\nabc"), "net.timeout: The server stopped sending in the middle of its answer. Check the connection, then try again."},
		"silent chunk":              {silent(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe"), "net.timeout: The server stopped sending in the middle of its answer. Check the connection, then try again."},
		"silent gzip":               {silent(ok + "Content-Encoding: gzip\r\n\r\n\x1f\x8b"), "net.timeout: The server stopped sending in the middle of its answer. Check the connection, then try again."},
		"endless body":              {endless(ok+"\r\n", strings.Repeat("x", 4096)), "net.too_large"},
		"endless chunks":            {endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1000\r\n"+strings.Repeat("x", 4096)+"\r\n"), "net.too_large"},
		"endless chunk extension":   {endless(ok+"Transfer-Encoding: chunked\r\n\r\n1;", "aaaaaaaa"), "net.protocol"},
		"endless trailers":          {endless(ok+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: b\r\n"), "net.protocol"},
		"endless headers":           {endless(ok, "X-Header: "+strings.Repeat("y", 100)+"\r\n"), "net.headers_too_large"},
		"endless header":            {endless(ok+"X: ", "yyyyyyyy"), "net.headers_too_large"},
		"endless status line":       {endless("HTTP/1.1 200 ", "OKOKOKOK"), "net.headers_too_large"},
		"endless early hints":       {endless("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), "net.headers_too_large"},
		"promises too much":         {silent(ok + "Content-Length: 1099511627776\r\n\r\n"), "net.too_large"},
		"breaks its promise":        {answering(ok + "Content-Length: 10\r\n\r\nabc"), "net.protocol"},
		"two lengths":               {answering(ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "net.protocol"},
		"no length at all":          {answering(ok + "Content-Length: -1\r\n\r\n"), "net.protocol"},
		"chunk of nonsense":         {answering(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"), "net.protocol"},
		"huge chunk":                {answering(ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc"), "net.protocol"},
		"switches protocols":        {silent("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), "net.protocol"},
		"status 0":                  {answering("HTTP/1.1 000 Nothing\r\n\r\n"), "net.protocol"},
		"status 999":                {answering("HTTP/1.1 999 Much\r\n\r\n"), "net.protocol"},
		"no HTTP":                   {answering("220 mail.example ESMTP\r\n"), "net.protocol"},
		"speaks HTTP/2 at once":     {answering("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00"), "net.protocol"},
		"hangs up":                  {func(conn net.Conn) { conn.Close() }, "net.protocol"},
		"header with a control":     {answering(ok + "X-A: a\x00b\r\n\r\n"), "net.protocol"},
		"gzip bomb":                 {answering(ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(bomb), bomb)), "net.too_large"},
		"many small gzip streams":   {endless(ok+"Content-Encoding: gzip\r\n\r\n", string(zeros(1000))), "net.too_large"},
		"endless gzip of nothing":   {endless(ok+"Content-Encoding: gzip\r\n\r\n", string(zeros(0))), "net.timeout"},
		"gzip that is none":         {answering(ok + "Content-Encoding: gzip\r\n\r\nhello, this is text"), "net.protocol"},
		"gzip cut off":              {answering(ok + "Content-Encoding: gzip\r\n\r\n" + bomb[:200]), "net.protocol"},
		"deflate that is none":      {answering(ok + "Content-Encoding: deflate\r\n\r\n\xff\xff\xff\xff\xff"), "net.protocol"},
		"redirect without headers":  {silent("HTTP/1.1 302 Found\r\nLocation: /\r\n"), "net.timeout: The server did not answer in time: it is busy, or the connection is slow. Try again later."},
		"redirect to a slow answer": {answering("HTTP/1.1 302 Found\r\nLocation: http://slow.example/\r\nContent-Length: 0\r\n\r\n"), "net.timeout: The server did not answer in time: it is busy, or the connection is slow. Try again later."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, short)
			w.raw("slow.example", silent(""))
			w.raw("hostile.example", test.serve)
			w.http("good.example", hello)
			_, text, err := w.fetch(anywhere, "http://hostile.example/")
			if code(t, err) == "" || !strings.HasPrefix(err.Error(), test.fault) {
				t.Errorf("%.100q, %v", text, err)
			}
			w.must(anywhere, "http://good.example/", "hello")
		})
	}
}

func TestSlowBodiesEndAtTheTotalTime(t *testing.T) {
	w := newWorld(t, short)
	w.raw("slow.example", func(conn net.Conn) {
		answering("HTTP/1.1 200 OK\r\n\r\n")(conn)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
		}
	})
	_, text, err := w.fetch(anywhere, "http://slow.example/", func(r *Request) { r.Timeout = 400 * time.Millisecond })
	if code(t, err) != "net.timeout" || text == "" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestTLSFaultsAreFinal(t *testing.T) {
	w := newWorld(t)
	w.https("good.example", hello)
	for host, change := range map[string]func(*httptest.Server){
		"expired.example": func(s *httptest.Server) {
			s.TLS.Certificates[0] = w.certificate("expired.example", time.Now().Add(-time.Hour))
		},
		"other.example": func(s *httptest.Server) {
			s.TLS.Certificates[0] = w.certificate("good.example", time.Now().Add(time.Hour))
		},
		"stranger.example": func(s *httptest.Server) {
			s.TLS.Certificates = []tls.Certificate{newWorld(t).certificate("stranger.example", time.Now().Add(time.Hour))}
		},
		"old.example": func(s *httptest.Server) { s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
	} {
		w.https(host, func(http.ResponseWriter, *http.Request) { t.Errorf("%s was asked", host) }, change)
		if _, _, err := w.fetch(anywhere, "https://"+host+"/"); code(t, err) != "net.tls" {
			t.Errorf("%s: %v", host, err)
		}
	}
	w.raw("plain.example", func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	w.route("plain.example", 443, w.routes[addrPort(w, "plain.example", 80)])
	if _, _, err := w.fetch(anywhere, "https://plain.example/"); code(t, err) != "net.tls" {
		t.Errorf("no TLS: %v", err)
	}
	w.must(anywhere, "https://good.example/", "hello")
}

func TestHTTP2IsHeldToTheSameBounds(t *testing.T) {
	w := newWorld(t, short)
	w.https("a.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the request came with %s", r.Proto)
		}
		switch r.URL.Path {
		case "/headers":
			for i := range 1000 {
				rw.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("y", 1000))
			}
		case "/endless":
			for {
				if _, err := rw.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		case "/reset":
			rw.Write([]byte("he"))
			rw.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/silent":
			<-r.Context().Done()
		case "/trailers":
			rw.Header().Set("Trailer", "X-A")
			rw.Write([]byte("hello"))
			rw.Header().Set("X-A", strings.Repeat("y", 500_000))
		case "/hints":
			rw.Header().Set("X-A", strings.Repeat("y", 1000))
			for range 1000 {
				rw.WriteHeader(http.StatusEarlyHints)
			}
		default:
			rw.Write([]byte("hello"))
		}
	})
	for path, want := range map[string]string{
		"/": "", "/headers": "net.protocol", "/endless": "net.too_large", "/reset": "net.protocol",
		"/silent": "net.timeout", "/trailers": "net.protocol", "/hints": "net.protocol",
	} {
		if _, text, err := w.fetch(anywhere, "https://a.example"+path); code(t, err) != want {
			t.Errorf("%s: %.40q, %v", path, text, err)
		}
	}
}

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

func TestWholeAnswersAreTakenAtOnce(t *testing.T) {
	w := newWorld(t)
	wait := make(chan struct{})
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "hello")
		if r.URL.Path == "/slow" {
			rw.(http.Flusher).Flush()
			<-wait
		}
	})
	defer close(wait)
	for url, want := range map[string]bool{"http://a.example/": true, "http://a.example/slow": false} {
		address, _ := Parse(url)
		answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if !want {
			cancel()
		}
		if _, ok := answer.Body.Whole(ctx, 4); ok {
			t.Errorf("%s: more than was asked for", url)
		}
		data, ok := answer.Body.Whole(ctx, 5)
		cancel()
		if ok != want || ok && string(data) != "hello" {
			t.Errorf("%s: %q, %v", url, data, ok)
		}
		if !ok {
			if data, _, err := answer.Body.Read(t.Context(), 9); string(data) != "hello" || err != nil {
				t.Errorf("%s: afterwards %q, %v", url, data, err)
			}
		}
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

func TestPackedAnswersAreUnpacked(t *testing.T) {
	w := newWorld(t)
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) },
		"x-gzip":  func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) },
		"deflate": func(to io.Writer) io.WriteCloser { return zlib.NewWriter(to) },
		"Deflate": func(to io.Writer) io.WriteCloser { z, _ := flate.NewWriter(to, 6); return z },
	}
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		encoding := r.URL.Path[1:]
		rw.Header().Set("Content-Encoding", encoding)
		if pack[encoding] == nil {
			rw.Write([]byte("hello"))
			return
		}
		z := pack[encoding](rw)
		z.Write([]byte("hello"))
		z.Close()
	})
	for encoding := range pack {
		answer := w.must(anywhere, "http://a.example/"+encoding, "hello")
		for _, h := range answer.Headers {
			if h.Name == "content-encoding" || h.Name == "content-length" {
				t.Errorf("%s: the header %s is left", encoding, h.Name)
			}
		}
	}
	answer := w.must(anywhere, "http://a.example/zstd", "hello") // not ours: left as it is
	if h := answer.Headers[0]; h != (Header{"content-encoding", "zstd"}) {
		t.Errorf("%v", answer.Headers)
	}
	if _, text, err := w.fetch(anywhere, "http://a.example/gzip", func(r *Request) { r.Method = "HEAD" }); text != "" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAnswersArriveInPieces(t *testing.T) {
	w := newWorld(t)
	step := make(chan string)
	w.http("a.example", func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(http.StatusOK)
		rw.(http.Flusher).Flush()
		for part := range step {
			io.WriteString(rw, part)
			rw.(http.Flusher).Flush()
		}
	})
	address, _ := Parse("http://a.example/")
	answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"one", "two", "three"} {
		step <- part
		data, done, err := answer.Body.Read(t.Context(), chunk)
		if string(data) != part || done || err != nil {
			t.Errorf("%q, %v, %v", data, done, err)
		}
	}
	step <- "abcdef"
	for _, part := range []string{"abcd", "ef"} {
		if data, _, err := answer.Body.Read(t.Context(), 4); string(data) != part || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	}
	// A reader that gives up takes nothing with it.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := answer.Body.Read(ctx, 4); err == nil {
		t.Error("a reader that gave up got something")
	}
	close(step)
	if data, done, err := answer.Body.Read(t.Context(), 4); len(data) != 0 || !done || err != nil {
		t.Errorf("%q, %v, %v", data, done, err)
	}
}

// An app that does not read is not read for.
func TestServersAreReadNoFasterThanTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(l *limits) { l.ahead, l.silence = 64<<10, time.Second })
	const size = 32 << 20
	w.http("a.example", func(rw http.ResponseWriter, _ *http.Request) { io.CopyN(rw, zeroReader{}, size) })
	address, _ := Parse("http://a.example/")
	answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	// The clock of silence does not run while it is the app that waits.
	idle := time.NewTimer(1500 * time.Millisecond)
	<-idle.C
	if got := w.wires.Load(); got > size/2 {
		t.Errorf("%d bytes were read ahead", got)
	}
	text, err := readAll(answer.Body)
	if len(text) != size || err != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if w.wires.Load() < size {
		t.Errorf("%d bytes were counted", w.wires.Load())
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

func TestAnswersAreBoundedAsAsked(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			rw.(http.Flusher).Flush()
		}
		rw.Write(make([]byte, 1000))
	})
	for _, path := range []string{"/", "/stream"} {
		if _, _, err := w.fetch(anywhere, "http://a.example"+path, func(r *Request) { r.MaxResponse = 999 }); code(t, err) != "net.too_large" {
			t.Errorf("%s: %v", path, err)
		}
		policy := Policy{Allow: func(context.Context, string, string) (Terms, error) { return Terms{MaxResponse: 999}, nil }}
		if _, _, err := w.fetch(policy, "http://a.example"+path, func(r *Request) { r.MaxResponse = 1000 }); code(t, err) != "net.too_large" {
			t.Errorf("%s, by its terms: %v", path, err)
		}
		if _, text, err := w.fetch(anywhere, "http://a.example"+path, func(r *Request) { r.MaxResponse = 1000 }); len(text) != 1000 || err != nil {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
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
