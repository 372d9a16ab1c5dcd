package app

import (
	"log/slog"
	"net/http"
	goruntime "runtime"
)

// origin is where Wails serves the host page on this system.
func origin() string {
	if goruntime.GOOS == "windows" {
		return "http://wails.localhost"
	}
	return "wails://wails"
}

// plain keeps Wails from putting its own scripts into the host page, which it
// does with every HTML answer of status 200 whose path ends in a slash: the
// scripts would look for the channel that is closed.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/" {
			w = unrecorded{w}
		}
		next.ServeHTTP(w, r)
	})
}

type unrecorded struct{ http.ResponseWriter }

func (u unrecorded) WriteHeader(code int) {
	if code == http.StatusOK {
		code = http.StatusNonAuthoritativeInfo
	}
	u.ResponseWriter.WriteHeader(code)
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
