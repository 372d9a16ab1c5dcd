package external

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/coder/websocket"
	"golang.org/x/net/netutil"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// extensionSchemes are those of origins that a browser gives to its extensions,
// and to no page.
var extensionSchemes = []string{"chrome-extension", "moz-extension", "safari-web-extension"}

// Server lets programs connect on one port of 127.0.0.1.
type Server struct {
	inside  string // user agent of requests that apps make
	clients *Clients
	apps    Apps
	log     *slog.Logger
	http    *http.Server
	port    int

	ctx    context.Context // ends at Close
	cancel context.CancelFunc
	slots  chan struct{} // one for each connection

	starting sync.Mutex // orders begin and Close
	work     sync.WaitGroup
}

// Serve begins to listen. Port 0 takes any that is free. Inside is the user agent
// that all requests of apps have: an app that may reach this computer is no
// program, and asks others through what the person lets it.
//
// Errors: external.port_taken, external.port.
func Serve(port int, inside string, clients *Clients, apps Apps, log *slog.Logger) (*Server, error) {
	if port != 0 && !ValidPort(port) {
		return nil, ErrPort
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.Wrap("external.port_taken", fmt.Sprintf("Another program uses port %d, perhaps haex-vault. Close it, or choose another port here and in the program that asks.", port), err)
	}
	if err != nil {
		return nil, fault.Wrap("external.port", fmt.Sprintf("Port %d cannot be used. Choose another one.", port), err)
	}
	s := &Server{
		inside: inside, clients: clients, apps: apps, log: log, port: listener.Addr().(*net.TCPAddr).Port,
		slots: make(chan struct{}, maxConns),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: greetTime, IdleTimeout: greetTime, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.work.Go(func() { _ = s.http.Serve(netutil.LimitListener(listener, maxSockets)) })
	return s, nil
}

// ErrPort is of a port that nobody can choose.
var ErrPort = fault.New("external.port", "A port is a number from 1024 to 65535. Choose one of these.")

// ValidPort reports whether a person can choose this port.
func ValidPort(port int) bool { return port >= 1024 && port <= 65_535 }

// Port is the one that it listens on.
func (s *Server) Port() int { return s.port }

// Close ends every connection, and with them what was asked.
func (s *Server) Close() {
	s.starting.Lock()
	s.cancel()
	s.starting.Unlock()
	_ = s.http.Close()
	s.work.Wait()
}

// ServeHTTP judges where a connection comes from, before it becomes a WebSocket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin, ok := originOf(r)
	if !ok || !s.ownHost(r.Host) || r.URL.Path != "/" || r.UserAgent() == s.inside {
		http.Error(w, "This address is for programs that a person lets ask apps, not for web pages and apps.", http.StatusForbidden)
		return
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil || !ownUser(r.RemoteAddr, local.String()) {
		http.Error(w, "This address is for programs of the user who opened the vault.", http.StatusForbidden)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		http.Error(w, "There are too many connections.", http.StatusServiceUnavailable)
		return
	}
	// The origin was judged above, by another rule than that of the library,
	// which is for pages.
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // it has answered
	}
	defer func() { _ = ws.CloseNow() }()
	done, ok := s.begin()
	if !ok {
		return
	}
	defer done()
	newConn(s, ws, origin).run(s.ctx)
}

// begin lets a connection run, which Close waits for.
func (s *Server) begin() (done func(), ok bool) {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.ctx.Err() != nil {
		return nil, false
	}
	s.work.Add(1)
	return s.work.Done, true
}

// ownHost reports whether a Host header names this listener: one that does not
// is of a page whose name was made to lead here.
func (s *Server) ownHost(host string) bool {
	port := strconv.Itoa(s.port)
	return host == "127.0.0.1:"+port || host == "localhost:"+port
}

// originOf is where a request says it comes from: an extension of a browser, or
// "" for no browser. A page, also one without an origin of its own, is not ok.
func originOf(r *http.Request) (origin string, ok bool) {
	switch got := r.Header.Values("Origin"); {
	case len(got) == 0:
		return "", true // a browser names the origin of every WebSocket
	case len(got) == 1 && len(got[0]) <= 200:
		u, err := url.Parse(got[0])
		if err != nil || !slices.Contains(extensionSchemes, u.Scheme) || spelling.Origin(got[0]) != got[0] {
			return "", false
		}
		return got[0], plainWord(u.Host)
	}
	return "", false
}

// soon bounds one write.
func soon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, writeTime)
}
