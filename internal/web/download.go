package web

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// serveExport gives a page in a browser, which has no dialog for a folder, an
// app's data as one ZIP file. It is whole before the first byte of it goes: a
// client that stops reading must not hold the database open, and an error is
// told in words. The file's name is in Content-Disposition; what works in Alcove
// only, in leftHeader.
func (s *Server) serveExport(w http.ResponseWriter, r *http.Request, body []byte) {
	defer clear(body)
	var p exporting
	if err := unmarshal(body, &p); err != nil {
		s.writeFault(w, "export", fault.Wrap("request.malformed", "The request does not fit this version of Alcove. Reload the page.", err))
		return
	}
	defer p.wipe()
	u, err := s.gate.Confirm(p.Passphrase)
	if err != nil {
		s.writeFault(w, "export", err)
		return
	}
	var archive bytes.Buffer
	defer func() { clear(archive.Bytes()) }()
	done, err := u.Extensions.ExportArchive(r.Context(), p.ID, &archive)
	if err != nil {
		s.writeFault(w, "export", err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Length", strconv.Itoa(archive.Len()))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": exportName(p.ID) + ".zip"}))
	if len(done.Left) > 0 {
		h.Set(leftHeader, leftNames(done.Left))
	}
	if end, ok := r.Context().Deadline(); ok { // serveRoute sets one
		_ = http.NewResponseController(w).SetWriteDeadline(end)
	}
	_, _ = w.Write(archive.Bytes())
}

const leftHeader = "X-Alcove-Left"

// maxLeftNames is how many bytes of names a header has at most.
const maxLeftNames = 32 << 10

// leftNames writes names into a header: percent-encoded, with commas between.
// Where they are too many, "…" is the last.
func leftNames(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		name = url.PathEscape(strings.ToValidUTF8(name, "\ufffd"))
		if b.Len()+len(name) > maxLeftNames {
			b.WriteString(url.PathEscape("…"))
			break
		}
		b.WriteString(name)
	}
	return b.String()
}
