package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/wire"
)

// serveRoute reads the body within its bound and answers in time.
func (s *Server) serveRoute(w http.ResponseWriter, r *http.Request, to *route) {
	ctx, cancel := context.WithTimeout(r.Context(), to.timeout)
	defer cancel()
	stop := context.AfterFunc(s.ctx, cancel)
	defer stop()
	if r.ContentLength > to.limit {
		refuse(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return
	}
	body, err := readBody(r, to.limit)
	if err != nil {
		refuse(w, http.StatusBadRequest, "The request ended early.")
		return
	}
	if int64(len(body)) > to.limit {
		refuse(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return
	}
	to.serve(s, w, r.WithContext(ctx), body)
}

// readBody reads at most one byte more than limit. A length the client states
// is only a hint, and one it has to keep to.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength, limit)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(io.LimitReader(r.Body, limit+1))
	return body.Bytes(), err
}

// servePoll answers {cursor, events: [{seq, type, data}], gap}.
func (s *Server) servePoll(w http.ResponseWriter, r *http.Request, body []byte) {
	var ask struct {
		Cursor uint64 `json:"cursor"`
	}
	if err := unmarshal(body, &ask); err != nil {
		refuse(w, http.StatusBadRequest, "The request is malformed.")
		return
	}
	if s.ctx.Err() != nil {
		refuse(w, http.StatusServiceUnavailable, "Alcove is closing. Start it again.")
		return
	}
	writeMsgpack(w, func(e *wire.Encoder) error { return s.events.poll(r.Context(), ask.Cursor).encode(e) })
}

func (b batch) encode(e *wire.Encoder) error {
	err := errors.Join(e.EncodeMapLen(3), e.EncodeString("cursor"), e.EncodeUint(b.cursor),
		e.EncodeString("gap"), e.EncodeBool(b.gap), e.EncodeString("events"), e.EncodeArrayLen(len(b.events)))
	for _, v := range b.events {
		err = errors.Join(err, e.EncodeMapLen(3), e.EncodeString("seq"), e.EncodeUint(v.seq),
			e.EncodeString("type"), e.EncodeString(v.kind), e.EncodeString("data"))
		if v.many != nil {
			err = errors.Join(err, v.many.encode(e))
		} else {
			err = errors.Join(err, wire.Raw(e, v.data))
		}
	}
	return err
}

// serveToken answers {token}: the successor of the token the request came
// with, for a page in a browser that was reloaded.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, _ []byte) {
	next, ok := s.token.rotateFrom(r.Header.Get(tokenHeader))
	if !ok {
		refuse(w, http.StatusForbidden, "The token is no longer valid. Close this page and start Alcove again.")
		return
	}
	s.reloaded()
	writeMsgpack(w, func(e *wire.Encoder) error { return wire.Tree(e, map[string]string{"token": next}) })
}

// serveUpload takes a package that was picked or dropped in a page.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request, body []byte) {
	name := r.URL.Query().Get("name")
	if len(name) > maxFileName {
		refuse(w, http.StatusBadRequest, "The name of the file is too long. Give it a shorter one.")
		return
	}
	review, err := s.stagePackage(r.Context(), body, extension.Source{Kind: "upload", FileName: name})
	if err != nil {
		s.writeFault(w, "upload", err)
		return
	}
	writeOK(w, func(e *wire.Encoder) error { return wire.Tree(e, review) })
}

// serveBeat tells the watchdog that the page is alive.
func (s *Server) serveBeat(w http.ResponseWriter, _ *http.Request, _ []byte) {
	select {
	case s.beats <- struct{}{}:
	default:
	}
	w.WriteHeader(http.StatusNoContent)
}

// writeMsgpack answers 200 with what write writes.
func writeMsgpack(w http.ResponseWriter, write func(*wire.Encoder) error) {
	data, err := wire.Encode(write)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "The answer could not be written.")
		return
	}
	w.Header().Set("Content-Type", "application/msgpack")
	_, _ = w.Write(data)
}

// unmarshal decodes a request body of the host page.
func unmarshal(body []byte, into any) error {
	value, err := wire.Parse(body, wire.Limits{Bytes: maxAPI, Depth: 16, Items: 100_000})
	if err != nil {
		return err
	}
	if value.Kind() != wire.Map {
		return wire.ErrMalformed
	}
	return wire.Unmarshal(value, into)
}
