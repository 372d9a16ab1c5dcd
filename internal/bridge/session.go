package bridge

import (
	"context"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/capability/db"
	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/capability/kv"
	"github.com/alcove-vault/alcove/internal/capability/passwords"
	"github.com/alcove-vault/alcove/internal/capability/secrets"
	"github.com/alcove-vault/alcove/internal/capability/spaces"
	"github.com/alcove-vault/alcove/internal/extension"
)

// How much one session may call.
const (
	maxCalls      = 64  // running at once
	maxWaiting    = 256 // waiting at once, for a person or for something outside
	callsASecond  = 2_000
	callsInABurst = 4_000
)

// Environment is what the page says of itself; it is passed on to the app.
type Environment struct {
	Theme         string `json:"theme"` // "light" or "dark"
	Locale        string `json:"locale"`
	Platform      string `json:"platform"`
	ReducedMotion bool   `json:"reducedMotion"`
}

// Context is what an app is told of itself and its place.
type Context struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Title   string `json:"title"`
	Version string `json:"version"`
	Prefix  string `json:"prefix"` // starts the full name of each of its tables
	Environment
}

// Session is one open frame of an extension.
type Session struct {
	Secret  string // 43 characters; proves that a call came from this frame's port
	ID      string // 43 characters; names the frame in what the page is told, and opens nothing
	Path    string // 43 characters; the segment its files are served under
	Entry   string // the start page as it is served, relative to the segment
	Context Context
	Dialect string // that the frame speaks
	Running *extension.Running

	bridge    *Bridge
	haex      *haex.Frame // nil in Alcove's own dialect
	passes    passes
	rights    rights
	dates     dates
	sight     sight
	reports   *reports
	used      used
	tables    *db.Tables
	values    *kv.Space
	secrets   *secrets.Space
	spaces    *spaces.Space
	passwords *passwords.Space
	network   *reach
	files     *files.Space
	picks     *files.Picks
	rate      *rate.Limiter
	opened    time.Time
	ready     atomic.Bool

	ctx     context.Context // ends with the session
	cancel  context.CancelFunc
	slots   chan struct{} // one for each call that runs
	waiting chan struct{} // one for each call that waits
	running running
	tickets tickets
	handles handles
	tell    func(kind, key string, item any)
	calls   sync.WaitGroup
	gate    sync.RWMutex // held for writing once, to stop new calls
	over    bool
}

func (b *Bridge) newSession(running *extension.Running, env Environment) *Session {
	ctx, cancel := context.WithCancel(context.Background())
	m := running.Manifest
	s := &Session{
		Secret: random(), ID: random(), Path: random(), Entry: served(m.Entry), Running: running, Dialect: DialectAlcove,
		Context: Context{
			ID: running.ID.String(), Name: m.Name, Title: m.Title(env.Locale), Version: m.Version,
			Prefix: running.ID.TablePrefix(), Environment: env,
		},
		rate: rate.NewLimiter(callsASecond, callsInABurst), opened: time.Now(),
		ctx: ctx, cancel: cancel, slots: make(chan struct{}, maxCalls), waiting: make(chan struct{}, maxWaiting),
		secrets:   secrets.New(b.store, b.keys, running.Row, running.ID.String()),
		spaces:    spaces.New(b.store, running.ID.TablePrefix()),
		passwords: b.passwords,
		bridge:    b, tell: b.tell, network: b.networks.take(running.Row, running.Limits, b.clock), reports: newReports(),
	}
	s.tickets.tell = b.tell
	s.sight.rate = rate.NewLimiter(hiddenASecond, hiddenInABurst)
	s.handles.all, s.handles.limit = b.openHandles, running.Limits.Handles
	s.rights.stored = running.Held.Grants()
	s.rights.set()
	return s
}

// started notes that the app says it has started.
func (s *Session) started() {
	s.ready.Store(true)
	s.bridge.arrivals.wake()
}

// begin lets one piece of work run inside the session; done must be called.
func (s *Session) begin() (done func(), err error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.over {
		return nil, errEnded
	}
	s.calls.Add(1)
	return s.calls.Done, nil
}

// end aborts what runs, waits up to limit for it, and frees the connections.
func (s *Session) end(limit time.Duration) {
	s.gate.Lock()
	first := !s.over
	s.over = true
	s.gate.Unlock()
	if !first {
		return
	}
	s.cancel()
	s.dates.forget()
	idle := make(chan struct{})
	go func() {
		// First, because a read that does not notice its context ends with what
		// it reads from.
		s.handles.close()
		s.bridge.peers.End(s.ID)
		s.calls.Wait()
		// The connections go when nobody uses them any more; the one who waits
		// for that outlives end only where a call outlives its context.
		s.tables.Close()
		s.Running.Close()
		s.bridge.networks.give(s.Running.Row)
		close(idle)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

// entryName stands in for index.html in a served address: the window's web
// view puts scripts of its own into every page called index.html.
const entryName = "__entry.html"

// served returns the address of a package's start page.
func served(entry string) string {
	if dir, name := path.Split(entry); name == "index.html" {
		return dir + entryName
	}
	return entry
}

// original returns the file behind a served address.
func (s *Session) original(file string) string {
	if file == s.Entry && strings.HasSuffix(file, entryName) {
		return s.Running.Manifest.Entry
	}
	return file
}
