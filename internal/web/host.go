package web

import (
	"bytes"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// serveHost answers with a file of the host page, and reports whether there is
// one at this address. These files are the same in every copy of Alcove, so
// they need no token.
func (s *Server) serveHost(w http.ResponseWriter, r *http.Request, own string) bool {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	if !fs.ValidPath(name) || strings.Contains(name, "\\") || strings.HasPrefix(name, "_host") || s.assets == nil {
		return false
	}
	info, err := fs.Stat(s.assets, name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	data, err := fs.ReadFile(s.assets, name)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Security-Policy", hostPolicy(own))
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", permissions("(self)"))
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.mode == ModeBrowser {
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	// Not no-referrer: an engine may then call the page's own POSTs "null".
	h.Set("Referrer-Policy", "same-origin")
	writeFile(w, r, contentType(name), data)
	return true
}

// writeFile answers GET and HEAD with data.
func writeFile(w http.ResponseWriter, r *http.Request, mime string, data []byte) {
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = bytes.NewReader(data).WriteTo(w)
}
