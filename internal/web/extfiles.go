package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/bridge"
)

// extensionPath is where files of extensions live: /_ext/<segment>/<file>. The
// segment is a session's own and cannot be guessed, which is what lets these
// files be fetched without the token, which no frame may have.
const extensionPath = "/_ext/"

// serveExtension answers with a verified file of an open extension.
func (s *Server) serveExtension(w http.ResponseWriter, r *http.Request, own string) {
	segment, file, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, extensionPath), "/")
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Referrer-Policy", "no-referrer")
	if mayRun(r) {
		h.Set("Permissions-Policy", permissions("()"))
	}
	report := r.Method == http.MethodPost && file == reportFile
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && !report:
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "A file can only be read.")
		return
	case !s.open.Load():
		refuse(w, http.StatusServiceUnavailable, "The web view is not secured yet, so no app runs in it. Wait a moment; if it stays so, close Alcove and start it again.")
		return
	case report:
		s.serveReport(w, r, own, segment)
		return
	}
	data, dialect, ok := s.extensionFile(r, segment, file)
	if !ok {
		s.lacking.note(segment, file)
		// The window's web view replaces a 404 at some addresses by a page of
		// its own, so nothing here ever answers 404.
		refuse(w, http.StatusGone, "There is no such file in this app, or it is not open.")
		return
	}
	if dialect == bridge.DialectHaex && isPage(file) {
		data = withScript(data, s.haexPage)
	}
	if mayRun(r) {
		h.Set("Content-Security-Policy", filePolicy(own, segment, file, dialect, data))
	}
	writeFile(w, r, contentType(file), data)
}

// parts are the destinations of fetches whose answers only ever become part of
// the page that asked, which has its policy already.
var parts = []string{"script", "style", "image", "font", "audio", "video", "track"}

// mayRun reports whether an answer may become a document or a worker, which live
// by the policy that came with them. It may, unless the engine says what it is
// fetched for, in a header that no page can set. An app of some hundred files
// starts a good deal sooner without 2 KB of policy with each.
func mayRun(r *http.Request) bool {
	to := r.Header.Values("Sec-Fetch-Dest")
	return len(to) != 1 || !slices.Contains(parts, to[0])
}

// filePolicy is the Content-Security-Policy of one file.
func filePolicy(own, segment, file, dialect string, data []byte) string {
	if dialect == bridge.DialectHaex {
		return haexPolicy(own, segment, inlineScripts(file, data))
	}
	return extensionPolicy(own, segment)
}

// trap reports whether the window's web view would change an answer at this
// address: it puts scripts into every page whose address ends like this.
func trap(file string) bool {
	return file == "" || strings.HasSuffix(file, "/") || file == "index.html" || strings.HasSuffix(file, "/index.html")
}

// extensionFile returns a file of an open session, by its exact name in the
// verified package, and the dialect that the package speaks.
func (s *Server) extensionFile(r *http.Request, segment, file string) (data []byte, dialect string, ok bool) {
	u, err := s.gate.Vault()
	if err != nil || trap(file) {
		return nil, "", false
	}
	return u.Bridge.Asset(r.Context(), segment, file)
}
