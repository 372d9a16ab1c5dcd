//go:build linux

package bridge

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/capability/mail/mailtest"
	"github.com/alcove-vault/alcove/internal/capability/storage/storagetest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestServeHaexFrame serves one frame of the dialect haex on loopback to the
// test that drives the real SDK, frontend/e2e/haex, and does nothing without it.
// It ends with its standard input.
func TestServeHaexFrame(t *testing.T) {
	if os.Getenv("ALCOVE_SERVE_HAEX") == "" {
		t.Skip("a server for the test of the SDK in frontend/e2e/haex, which starts it")
	}
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.Header.Get("X-Key"))
		_, _ = w.Write(body)
	})
	one := storagetest.New(t)
	p.keepStorage(one)
	id := p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": echo + "/*", "reason": "To test."},
		m{"resource": "net", "action": "private", "target": echo + "/*", "reason": "To test."},
		wants("readWrite", "{documents}/**", nil), wants("read", "{downloads}/**", nil), picker("file", nil), picker("folder", nil),
		runs("terminal", "sh"), runs("terminal", "dash"), runs("terminal", "bash"),
		tagged("readWrite", "work"), spacing("readWrite"), mailing("fetch", "127.0.0.1"), mailing("send", "127.0.0.1"), storing("readWrite", "*"), near(one.Endpoint),
	))
	server := p.mailServer()
	p.account(server.Fetch, server.Send)
	p.bridge.UseName("Home")
	s := p.open(id)
	p.allow(s, program("terminal", "sh"), program("terminal", "dash"), program("terminal", "bash"),
		permission.Key{Resource: "net", Action: "private", Target: echo + "/*"}, permission.Key{Resource: "net", Action: "private", Target: one.Endpoint + "/*"})
	f := &haexServer{p: p, s: s}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /call", f.call)
	mux.HandleFunc("POST /result", f.result)
	mux.HandleFunc("GET /events", f.events)
	mux.HandleFunc("POST /person", f.person)
	mux.HandleFunc("POST /pick", f.pick)
	mux.HandleFunc("POST /changed", f.changed)
	mux.HandleFunc("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, m{
			"context": s.Context, "echo": echo, "documents": d.at("home/Documents"), "downloads": d.at("home/Downloads"), "outside": d.at("outside"),
			"mail":    m{"host": server.Fetch.Host, "username": mailtest.User},
			"storage": m{"endpoint": one.Endpoint, "region": one.Region, "bucket": one.Bucket, "accessKeyId": one.AccessKey, "secretAccessKey": one.Secret},
		})
	})
	front := httptest.NewServer(mux)
	fmt.Printf("serving %s\n", front.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	p.bridge.CloseAll()
	front.CloseClientConnections()
	front.Close()
}

// haexServer is what the host page has of Alcove, for one frame.
type haexServer struct {
	p haexPlace
	s *Session
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

// read decodes the request into a value.
func read[T any](r *http.Request) (value T) {
	_ = json.NewDecoder(r.Body).Decode(&value)
	return value
}

func replyTo(w http.ResponseWriter, r Reply) {
	if r.Deferred {
		w.WriteHeader(http.StatusAccepted)
	}
	_, _ = w.Write(r.Envelope)
}

func (f *haexServer) call(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	replyTo(w, f.p.bridge.Call(r.Context(), f.s.Secret, body))
}

func (f *haexServer) result(w http.ResponseWriter, r *http.Request) {
	ask := read[struct {
		ID     uint64
		Ticket string
	}](r)
	replyTo(w, f.p.bridge.Result(f.s.Secret, ask.Ticket, ask.ID))
}

// events answers what the page was told after the first so many things.
func (f *haexServer) events(w http.ResponseWriter, r *http.Request) {
	var after int
	_, _ = fmt.Sscan(r.URL.Query().Get("after"), &after)
	for {
		f.p.page.mu.Lock()
		items, changed := f.p.page.items, f.p.page.changed
		f.p.page.mu.Unlock()
		if len(items) > after {
			list := []m{}
			for _, i := range items[after:] {
				list = append(list, m{"kind": i.kind, "data": i.data})
			}
			answer(w, list)
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// person sets what the person says to every question from now on.
func (f *haexServer) person(w http.ResponseWriter, r *http.Request) {
	choice := read[Answer](r)
	f.p.person.says(func(*Prompt) Answer { return choice })
	answer(w, m{})
}

// pick answers the picker that is shown, or the next one.
func (f *haexServer) pick(w http.ResponseWriter, r *http.Request) {
	paths := read[struct{ Paths []string }](r).Paths
	for {
		f.p.page.mu.Lock()
		changed := f.p.page.changed
		f.p.page.mu.Unlock()
		if shown := f.p.bridge.Picker(); shown != nil {
			err := f.p.bridge.PickShown(shown.ID)
			f.p.ahead.Add(int64(arming.Time))
			if err == nil && len(paths) == 0 {
				err = f.p.bridge.PickDismiss(shown.ID)
			} else if err == nil {
				err = f.p.bridge.PickAnswer(shown.ID, paths, false)
			}
			answer(w, m{"failed": err != nil, "extensions": strings.Join(shown.Extensions, " ")})
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (f *haexServer) changed(w http.ResponseWriter, r *http.Request) {
	f.p.bridge.Changed(read[[]string](r))
	answer(w, m{})
}
