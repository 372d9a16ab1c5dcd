package app

import (
	"net/http"
	"os"
	"path"
	"strings"
)

var TryDir string

func tryWrap(next http.Handler) http.Handler {
	if TryDir == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/_ext/SEG/") {
			next.ServeHTTP(w, r)
			return
		}
		B := "wails://wails/_ext/SEG/"
		h := w.Header()
		if !strings.Contains(os.Getenv("ALCOVE_TEST_SKIP"), "csp") {
			h.Set("Content-Security-Policy", strings.ReplaceAll("sandbox allow-scripts; default-src 'none'; script-src B 'wasm-unsafe-eval' blob:; style-src B 'unsafe-inline'; img-src B data: blob:; font-src B data:; media-src B data: blob:; connect-src B ; worker-src blob: B ; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors wails://wails; webrtc 'block'", "B ", B+" "))
		}
		h.Set("Access-Control-Allow-Origin", "*")
		name := path.Clean(strings.TrimPrefix(r.URL.Path, "/_ext/SEG/"))
		data, err := os.ReadFile(TryDir + "/" + name)
		if err != nil {
			w.WriteHeader(404)
			return
		}
		h.Set("Content-Type", map[string]string{".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}[path.Ext(name)])
		w.Write(data)
	})
}
