package network

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/alcove-vault/alcove/internal/fault"
)

// sockets serves WebSockets at a public host.
func (w *world) sockets(host string, serve func(context.Context, *websocket.Conn)) {
	w.http(host, func(rw http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(rw, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			w.t.Error(err)
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(-1)
		serve(r.Context(), conn)
	})
}

func echo(ctx context.Context, conn *websocket.Conn) {
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil || conn.Write(ctx, kind, data) != nil {
			return
		}
	}
}

func (w *world) connect(policy Policy, url string, protocols ...string) (*Socket, error) {
	w.t.Helper()
	address, err := Parse(url)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.client.Connect(context.Background(), policy, address, protocols)
	if err == nil {
		w.t.Cleanup(s.Close)
	}
	return s, err
}

// end reads until the socket ends.
func end(t *testing.T, s *Socket) Closed {
	t.Helper()
	for {
		_, closed, err := s.Read(context.Background(), chunk)
		if err != nil {
			t.Fatal(err)
		}
		if closed != nil {
			return *closed
		}
	}
}

func TestMessagesGoBothWays(t *testing.T) {
	w := newWorld(t)
	w.sockets("a.example", echo)
	s, err := w.connect(anywhere, "ws://a.example/x?y", "other", "chat")
	if err != nil {
		t.Fatal(err)
	}
	if s.Protocol != "chat" {
		t.Errorf("protocol %q", s.Protocol)
	}
	for _, text := range []bool{true, false} {
		if err := s.Write(t.Context(), []byte("hello"), text); err != nil {
			t.Fatal(err)
		}
		m, _, err := s.Read(t.Context(), 4)
		if string(m.Data) != "hell" || m.Text != text || !m.More || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
		m, _, err = s.Read(t.Context(), 4)
		if string(m.Data) != "o" || m.Text != text || m.More || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if err := s.Write(t.Context(), make([]byte, 4<<20+1), false); code(t, err) != "net.too_large" {
		t.Errorf("a large message: %v", err)
	}
	if err := s.Write(t.Context(), nil, true); err != nil {
		t.Errorf("an empty message: %v", err)
	}
	if m, _, err := s.Read(t.Context(), 4); len(m.Data) != 0 || m.More || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	w := newWorld(t, func(l *limits) { l.message = 1000 })
	heard := make(chan websocket.StatusCode, 1)
	w.sockets("a.example", func(ctx context.Context, conn *websocket.Conn) {
		conn.Write(ctx, websocket.MessageBinary, make([]byte, 1000))
		conn.Write(ctx, websocket.MessageBinary, make([]byte, 1001))
		_, _, err := conn.Read(ctx)
		heard <- websocket.CloseStatus(err)
	})
	s, err := w.connect(anywhere, "ws://a.example/")
	if err != nil {
		t.Fatal(err)
	}
	if m, _, err := s.Read(t.Context(), chunk); len(m.Data) != 1000 || err != nil {
		t.Errorf("%d bytes, %v", len(m.Data), err)
	}
	if m, closed, err := s.Read(t.Context(), chunk); closed == nil || closed.Code != 1006 || err != nil {
		t.Fatalf("%d bytes, %v, %v", len(m.Data), closed, err)
	}
	if got := <-heard; got != websocket.StatusMessageTooBig {
		t.Errorf("the server heard %d", got)
	}
}

func TestGoodbyesHaveCodes(t *testing.T) {
	w := newWorld(t)
	heard := make(chan websocket.StatusCode, 1)
	w.sockets("a.example", func(ctx context.Context, conn *websocket.Conn) {
		conn.Write(ctx, websocket.MessageText, []byte("last words"))
		_, _, err := conn.Read(ctx)
		heard <- websocket.CloseStatus(err)
	})
	w.sockets("b.example", func(_ context.Context, conn *websocket.Conn) { conn.Close(4001, "enough") })
	w.sockets("c.example", func(_ context.Context, conn *websocket.Conn) { conn.CloseNow() })
	s, err := w.connect(anywhere, "ws://a.example/")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []int{0, 999, 1001, 1005, 1006, 2999, 5000} {
		if err := s.Shut(bad, ""); code(t, err) != "net.request" {
			t.Errorf("code %d: %v", bad, err)
		}
	}
	if err := s.Shut(1000, strings.Repeat("x", 124)); code(t, err) != "net.request" {
		t.Errorf("a long reason: %v", err)
	}
	if m, _, err := s.Read(t.Context(), chunk); string(m.Data) != "last words" || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
	if err := s.Shut(3000, "bye"); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != 3000 {
		t.Errorf("the server heard %d", got)
	}
	if c := end(t, s); c != (Closed{3000, "bye"}) || !c.Clean() {
		t.Errorf("%+v", c)
	}
	if err := s.Write(t.Context(), nil, true); code(t, err) != "net.closed" {
		t.Errorf("a message afterwards: %v", err)
	}
	for url, want := range map[string]Closed{"ws://b.example/": {4001, "enough"}, "ws://c.example/": {1006, ""}} {
		s, err := w.connect(anywhere, url)
		if err != nil {
			t.Fatal(err)
		}
		if c := end(t, s); c != want {
			t.Errorf("%s: %+v", url, c)
		}
	}
}

func TestHostileSocketServersAreGivenUp(t *testing.T) {
	const frames = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
	// accept answers the handshake properly and then writes what it likes.
	accept := func(then func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				return
			}
			io.WriteString(conn, frames+acceptKey(r.Header.Get("Sec-WebSocket-Key"))+"\r\n\r\n")
			then(conn)
		}
	}
	forever := func(head, part string) func(net.Conn) {
		return accept(func(conn net.Conn) {
			io.WriteString(conn, head)
			for {
				if _, err := io.WriteString(conn, part); err != nil {
					return
				}
			}
		})
	}
	for name, test := range map[string]struct {
		serve func(net.Conn)
		code  string // of the fault of opening
		end   int    // the close code where it opens
	}{
		"redirects":            {answering("HTTP/1.1 302 Found\r\nLocation: ws://other.example/\r\nContent-Length: 0\r\n\r\n"), "net.handshake", 0},
		"redirects inside":     {answering("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"), "net.handshake", 0},
		"answers as a page":    {answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "net.handshake", 0},
		"has another key":      {silent(frames + "AAAA\r\n\r\n"), "net.handshake", 0},
		"switches elsewhere":   {silent("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), "net.handshake", 0},
		"never answers":        {silent(""), "net.timeout", 0},
		"endless headers":      {endless("HTTP/1.1 101 Switching Protocols\r\n", "X-Header: yyyyyyyyyyyyyyyy\r\n"), "net.headers_too_large", 0},
		"unasked compression":  {accept(func(conn net.Conn) { conn.Write([]byte{0xc1, 1, 'x'}) }), "", 1006},
		"masked frames":        {accept(func(conn net.Conn) { conn.Write([]byte{0x81, 0x81, 0, 0, 0, 0, 'x'}) }), "", 1006},
		"unknown frames":       {accept(func(conn net.Conn) { conn.Write([]byte{0x83, 0}) }), "", 1006},
		"large control frame":  {accept(func(conn net.Conn) { conn.Write([]byte{0x89, 126, 1, 0}) }), "", 1006},
		"huge frame":           {accept(func(conn net.Conn) { conn.Write([]byte{0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255}) }), "", 1006},
		"negative frame":       {accept(func(conn net.Conn) { conn.Write([]byte{0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255}) }), "", 1006},
		"endless message":      {forever("\x02\x00", "\x00\x7e\x10\x00"+strings.Repeat("x", 4096)), "", 1006},
		"endless continuation": {forever("\x02\x00", "\x00\x00"), "", 1006},
		"half a message":       {accept(func(conn net.Conn) { conn.Write([]byte{0x02, 1, 'x'}); io.Copy(io.Discard, conn) }), "", 1006},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the library waits seconds for the body of a bad handshake
			w := newWorld(t, func(l *limits) { l.headers, l.ping, l.message = 700*time.Millisecond, 700*time.Millisecond, 256<<10 })
			w.http("other.example", func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
			w.sockets("good.example", echo)
			w.raw("hostile.example", test.serve)
			s, err := w.connect(everywhere, "ws://hostile.example/")
			if code(t, err) != test.code {
				t.Fatalf("%v", err)
			}
			if test.code == "" {
				if c := end(t, s); c.Code != test.end {
					t.Errorf("%+v", c)
				}
			}
			if w.secret.Load() != 0 {
				t.Error("the request arrived")
			}
			if s, err = w.connect(anywhere, "ws://good.example/"); err != nil || s.Write(t.Context(), []byte("x"), true) != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSocketsAreJudged(t *testing.T) {
	w := newWorld(t)
	w.sockets("a.example", echo)
	if _, err := w.connect(only("ws://b.example/"), "ws://a.example/"); code(t, err) != "net.test_refused" {
		t.Errorf("%v", err)
	}
	if _, err := w.connect(anywhere, "http://a.example/"); code(t, err) != "net.address" {
		t.Errorf("%v", err)
	}
	if len(w.looked) != 0 {
		t.Error("a refused address was looked up")
	}
	for _, protocols := range [][]string{{"a b"}, {""}, {"a", "a"}, {"a,b"}, {"a\r\nhost: b"}, make([]string, 17), {strings.Repeat("x", 65)}} {
		if _, err := w.connect(anywhere, "ws://a.example/", protocols...); code(t, err) != "net.request" {
			t.Errorf("%q: %v", protocols, err)
		}
	}
	if _, err := w.connect(only("ws://a.example/"), "ws://a.example/"); err != nil {
		t.Error(err)
	}
}

func TestSocketsOverTLS(t *testing.T) {
	w := newWorld(t)
	w.https("a.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 || r.Header.Get("Origin") != "" || r.UserAgent() != UserAgent {
			t.Errorf("%s %v", r.Proto, r.Header)
		}
		if conn, err := websocket.Accept(rw, r, nil); err == nil {
			defer conn.CloseNow()
			echo(r.Context(), conn)
		}
	})
	s, err := w.connect(anywhere, "wss://a.example/")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), []byte("x"), true); err != nil {
		t.Error(err)
	}
	w.route("b.example", 443, w.routes[addrPort(w, "a.example", 443)])
	if _, err := w.connect(anywhere, "wss://b.example/"); code(t, err) != "net.tls" {
		t.Errorf("a certificate of another name: %v", err)
	}
}

// A server that is not read from is not taken for dead, one that does not
// answer is.
func TestSilentServersAreNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(l *limits) { l.ping, l.message = 500*time.Millisecond, 1<<10 })
	w.sockets("busy.example", func(ctx context.Context, conn *websocket.Conn) {
		for i := range 100 {
			if conn.Write(ctx, websocket.MessageBinary, []byte(strings.Repeat(string(rune('a'+i%26)), 1000))) != nil {
				return
			}
		}
		conn.Close(1000, "")
	})
	s, err := w.connect(anywhere, "ws://busy.example/")
	if err != nil {
		t.Fatal(err)
	}
	idle := time.NewTimer(1500 * time.Millisecond)
	<-idle.C
	for range 100 {
		if m, closed, err := s.Read(t.Context(), chunk); len(m.Data) != 1000 || closed != nil || err != nil {
			t.Fatalf("%+v, %v, %v", m, closed, err)
		}
	}
	if c := end(t, s); c.Code != 1000 {
		t.Errorf("%+v", c)
	}
	dead := make(chan struct{})
	w.sockets("dead.example", func(context.Context, *websocket.Conn) { <-dead })
	defer close(dead)
	if s, err = w.connect(anywhere, "ws://dead.example/"); err != nil {
		t.Fatal(err)
	}
	if c := end(t, s); c.Code != 1006 {
		t.Errorf("%+v", c)
	}
}

func TestSocketsAtOnceAreBounded(t *testing.T) {
	w := newWorld(t, func(l *limits) { l.sockets = 1 })
	w.sockets("a.example", echo)
	s, err := w.connect(anywhere, "ws://a.example/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.connect(anywhere, "ws://a.example/"); code(t, err) != "quota.network" {
		t.Errorf("a second: %v", err)
	}
	s.Close()
	if s, err = w.connect(anywhere, "ws://a.example/"); err != nil {
		t.Fatal(err)
	}
	w.client.Close()
	if c := end(t, s); c.Code != 1006 {
		t.Errorf("%+v", c)
	}
	if err := s.Write(t.Context(), nil, true); fault.Code(err) != "net.closed" {
		t.Errorf("%v", err)
	}
}

// acceptKey is the server's half of a handshake (RFC 6455, 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
