package web

import (
	"net/http"

	"github.com/alcove-vault/alcove/internal/bridge"
)

// serveCall carries an envelope of a frame to the bridge. The token says that
// the host page asks, the session's secret for which frame. 202 says that the
// answer is no reply yet but {id, ticket, waiting}.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, body []byte) {
	reply := bridge.Reply{Envelope: bridge.Ended(body)}
	if u, err := s.gate.Vault(); err == nil {
		reply = u.Bridge.Call(r.Context(), r.Header.Get(sessionHeader), body)
	}
	writeReply(w, reply)
}

// serveResult gives the reply for a ticket, once the page was told that it is
// there. Asked earlier it answers 202, as serveCall did.
func (s *Server) serveResult(w http.ResponseWriter, r *http.Request, body []byte) {
	var ask struct {
		ID     uint64 `json:"id"` // of the call, as its frame counts them
		Ticket string `json:"ticket"`
	}
	if err := unmarshal(body, &ask); err != nil {
		refuse(w, http.StatusBadRequest, "The request is malformed.")
		return
	}
	reply := bridge.Reply{Envelope: bridge.EndedCall(ask.ID)}
	if u, err := s.gate.Vault(); err == nil {
		reply = u.Bridge.Result(r.Header.Get(sessionHeader), ask.Ticket, ask.ID)
	}
	writeReply(w, reply)
}

func writeReply(w http.ResponseWriter, reply bridge.Reply) {
	w.Header().Set("Content-Type", octets)
	if reply.Deferred {
		w.WriteHeader(http.StatusAccepted)
	}
	_, _ = w.Write(reply.Envelope)
}

// frames is the page as the bridge knows it.
type frames struct{ events *eventLog }

var _ bridge.Page = frames{}

func (f frames) Tell(kind, key string, item any) { f.events.gather(kind, key, item) }
