package web

import (
	"net"
	"net/http"
	"runtime"
	"strconv"
)

// Modes of Options.
const (
	ModeWindow  = "window"
	ModeBrowser = "browser"
)

// WindowOrigin is where the window toolkit serves the host page on this system.
func WindowOrigin() string {
	if runtime.GOOS == "windows" {
		return "http://wails.localhost"
	}
	return "wails://wails"
}

// origin returns the origin the request's page must have, and whether the
// request may be looked at at all. On a listener the Host header has to name
// the loopback address and the port that was really connected to, which stops
// a foreign page whose name resolves to 127.0.0.1.
func (s *Server) origin(r *http.Request) (string, bool) {
	if s.mode == ModeWindow {
		return WindowOrigin(), true
	}
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return "", false
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() {
		return "", false
	}
	port := strconv.Itoa(tcp.Port)
	if r.Host != "127.0.0.1:"+port && r.Host != "localhost:"+port {
		return "", false
	}
	return "http://" + r.Host, true
}

// sameSite reports whether what the browser says of the request's maker agrees
// with own. Files of extensions are asked for by frames with an opaque origin,
// which is "null"; everything else only by the host page. Silence is no proof
// of anything, so it passes here and the token decides.
func sameSite(r *http.Request, own string, file bool) bool {
	switch got := r.Header.Values("Origin"); {
	case len(got) == 0:
	case len(got) == 1 && got[0] == own:
	case len(got) == 1 && got[0] == "null" && file:
	default:
		return false
	}
	if file || r.Method == http.MethodGet {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || site == "none"
}
