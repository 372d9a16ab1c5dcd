package web

import (
	"net/http"
	"strings"
	"time"
)

// Bounds of request bodies, in bytes.
const (
	maxAPI    = 1 << 20
	maxCall   = 8 << 20
	maxUpload = 64<<20 + 1 // one more than a package may have, so that its own check speaks
	maxSmall  = 4 << 10

	maxFileName = 1024
)

// route is one address below /_host/. All of them are POST and need the token.
type route struct {
	path    string // ends in "/" where the rest is an argument
	limit   int64  // bytes of the body
	timeout time.Duration
	modes   string // the only mode that has it, "" for both
	serve   func(*Server, http.ResponseWriter, *http.Request, []byte)
}

// routes are all addresses that do something. Tests walk this table, so that a
// new one cannot be forgotten.
var routes = []route{
	{path: "/_host/api/", limit: maxAPI, timeout: 10 * time.Minute, serve: (*Server).serveAPI},
	{path: "/_host/poll", limit: maxSmall, timeout: holdPoll + 5*time.Second, serve: (*Server).servePoll},
	{path: "/_host/call", limit: maxCall, timeout: 5 * time.Minute, serve: (*Server).serveCall},
	{path: "/_host/result", limit: maxSmall, timeout: time.Minute, serve: (*Server).serveResult},
	{path: "/_host/upload", limit: maxUpload, timeout: 5 * time.Minute, serve: (*Server).serveUpload},
	{path: "/_host/export", limit: maxSmall, timeout: 10 * time.Minute, modes: ModeBrowser, serve: (*Server).serveExport},
	{path: "/_host/token", limit: maxSmall, timeout: time.Second, modes: ModeBrowser, serve: (*Server).serveToken},
	{path: "/_host/beat", limit: maxSmall, timeout: time.Second, serve: (*Server).serveBeat},
}

// ServeHTTP judges a request in this order: where it came from, what it may
// have without a token, the token, the address, the method, the size.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	common(w.Header())
	own, ok := s.origin(r)
	file := strings.HasPrefix(r.URL.Path, extensionPath)
	if !ok || !sameSite(r, own, file) {
		refuse(w, http.StatusForbidden, "This address is only for Alcove's own page. Open the one that Alcove has printed.")
		return
	}
	if file {
		s.serveExtension(w, r, own)
		return
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if s.serveHost(w, r, own) {
			return
		}
	}
	if got := r.Header.Values(tokenHeader); len(got) != 1 || !s.token.valid(got[0]) {
		refuse(w, http.StatusForbidden, "The token is missing or no longer valid. Reload the page.")
		return
	}
	to := s.route(r.URL.Path)
	switch {
	case to == nil:
		refuse(w, http.StatusNotFound, "There is nothing at this address. Open the one that Alcove has printed.")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "This address takes POST only.")
	default:
		s.serveRoute(w, r, to)
	}
}

// route returns the route of path, or nil.
func (s *Server) route(path string) *route {
	for i := range routes {
		to := &routes[i]
		prefix := strings.HasSuffix(to.path, "/")
		if to.modes != "" && to.modes != s.mode {
			continue
		}
		if path == to.path || (prefix && strings.HasPrefix(path, to.path)) {
			return to
		}
	}
	return nil
}

// Headers of the host page's requests.
const (
	tokenHeader   = "X-Alcove-Token"
	sessionHeader = "X-Alcove-Session"
)

// common sets the headers that every answer has.
func common(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// refuse answers with a sentence and nothing else.
func refuse(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(sentence + "\n"))
}
