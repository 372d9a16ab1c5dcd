package web

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// reportFile is where a web engine says what the policy of an extension's page
// blocked, beside that extension's files. It needs no token, as they do.
const reportFile = "_report"

// maxReport is how much of a report is read, in bytes. It holds the address that
// was blocked, which the page chooses, so what is cut off is no reason to drop it.
const maxReport = 16 << 10

// serveReport takes what an engine blocked. Chromium sends a report of its own.
// In the Linux window no frame's request has a body, so what the engine sends
// there says nothing, and Alcove's script sends the two words in the query.
func (s *Server) serveReport(w http.ResponseWriter, r *http.Request, own, segment string) {
	directive, address := r.URL.Query().Get("directive"), r.URL.Query().Get("blocked")
	if r.URL.RawQuery == "" && r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxReport))
		if err != nil {
			refuse(w, http.StatusBadRequest, "The report ended early.")
			return
		}
		directive, address = readReport(body)
	}
	if u, err := s.gate.Vault(); err == nil && spelling.Origin(address) != own {
		u.Bridge.Blocked(segment, directive, address)
	}
	w.WriteHeader(http.StatusNoContent)
}

// readReport finds the directive and the address in a report, also in one that
// ends within the address. Of a report that says neither both are empty.
func readReport(body []byte) (directive, address string) {
	var report struct {
		CSP struct {
			Directive string `json:"effective-directive"`
			Blocked   string `json:"blocked-uri"`
		} `json:"csp-report"`
	}
	if json.Unmarshal(body, &report) != nil && json.Unmarshal(append(body, `"}}`...), &report) != nil {
		return "", ""
	}
	return report.CSP.Directive, report.CSP.Blocked
}
