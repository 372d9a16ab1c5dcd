package network

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
