package app

import (
	"log/slog"
	"net/http"
	"strings"
)

// plain keeps Wails out of the answers. Whatever has a path that ends in "/" or
// "/index.html" it would change: HTML of status 200 gets scripts that look for
// the closed channel, and a 404 becomes a page of Wails' own with status 200.
// Both happen for exactly these two statuses.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && (strings.HasSuffix(r.URL.Path, "/") || strings.HasSuffix(r.URL.Path, "/index.html")) {
			w = untouched{w}
		}
		next.ServeHTTP(w, r)
	})
}

type untouched struct{ http.ResponseWriter }

func (u untouched) WriteHeader(code int) {
	switch code {
	case http.StatusOK:
		code = http.StatusNonAuthoritativeInfo
	case http.StatusNotFound:
		code = http.StatusGone
	}
	u.ResponseWriter.WriteHeader(code)
}

func (u untouched) Write(b []byte) (int, error) {
	u.WriteHeader(http.StatusOK) // again is harmless: the first one counts
	return u.ResponseWriter.Write(b)
}

// quiet sends what Wails logs to slog, without the values it may carry.
type quiet struct{ log *slog.Logger }

func (q quiet) Print(string)   {}
func (q quiet) Trace(string)   {}
func (q quiet) Debug(string)   {}
func (q quiet) Info(string)    {}
func (q quiet) Warning(string) { q.log.Warn("the window toolkit warned") }
func (q quiet) Error(m string) { q.log.Error("the window toolkit failed", "message", m) }
func (q quiet) Fatal(m string) { q.log.Error("the window toolkit cannot go on", "message", m) }
