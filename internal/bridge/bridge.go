// Package bridge answers the calls of extensions. A session is one open frame;
// its secret, which only the host page holds for it, says who calls. Every call
// passes the steps of pipeline.go, in that order, and always gets a reply.
package bridge

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/db"
	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/capability/kv"
	"github.com/alcove-vault/alcove/internal/capability/mail"
	"github.com/alcove-vault/alcove/internal/capability/notifications"
	"github.com/alcove-vault/alcove/internal/capability/passwords"
	"github.com/alcove-vault/alcove/internal/capability/peers"
	"github.com/alcove-vault/alcove/internal/capability/secrets"
	"github.com/alcove-vault/alcove/internal/capability/shell"
	"github.com/alcove-vault/alcove/internal/capability/storage"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// maxSessions is how many frames can be open at once.
const maxSessions = 64

// Bridge holds the open sessions of an unlocked vault.
type Bridge struct {
	apps      *extension.Registry
	store     *store.Store
	log       *slog.Logger
	desk      Desktop // nil in a browser; set before the first session
	clipboard *Clipboard
	front     front
	programs  *shell.Launcher
	notices   notifications.Rates
	keys      secrets.Keys
	items     *items.Items
	passwords *passwords.Space
	mail      *mail.Client
	mails     mails
	storage   *storage.Client
	recorder  Recorder // set before the first session

	folders Folders // set before the first session
	watches *files.Watches
	pickers pickers

	methods    map[string]*method
	translated map[string]*method // of the dialect haex
	lent       map[string]*method // for dialects only
	dialects   func(*extension.Running) string
	device     []byte
	name       string // of the vault

	page    atomic.Pointer[Page]
	policy  atomic.Pointer[permission.Policy] // nil until the first session
	prompts prompts
	now     func() time.Time

	networks    networks
	peers       peers.Exchange
	arrivals    arrivals
	changes     changes
	openHandles *openHandles
	dateCame    chan struct{}

	ctx    context.Context // ends with the vault
	cancel context.CancelFunc

	mu       sync.Mutex
	sessions []*Session
	closed   bool
}

// New returns a bridge without sessions. The keys are those that apps' secrets
// are sealed with.
func New(apps *extension.Registry, st *store.Store, keys secrets.Keys, log *slog.Logger) *Bridge {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b := &Bridge{
		apps: apps, store: st, keys: keys, log: log, now: time.Now, programs: shell.New(),
		items: items.New(st), mail: newMail(), storage: storage.New(nil), openHandles: newOpenHandles(), watches: files.NewWatches(), dateCame: make(chan struct{}, 1),
		methods: methods(), translated: translatedMethods(), lent: lentMethods(),
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.passwords = passwords.New(b.items)
	b.prompts.tell, b.prompts.note, b.prompts.now = b.tell, b.recordAsking, func() time.Time { return b.now() }
	b.changes.after = func(wait time.Duration, f func()) { time.AfterFunc(wait, f) }
	b.pickers.tell, b.pickers.now = b.tell, func() time.Time { return b.now() }
	return b
}

// clock is now, also where it is changed later.
func (b *Bridge) clock() time.Time { return b.now() }

// Open verifies the extension once more and starts a session for it.
func (b *Bridge) Open(ctx context.Context, id manifest.ID, env Environment) (*Session, error) {
	running, err := b.apps.Start(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.policy.Load() == nil {
		policy, err := b.apps.Policy(ctx)
		if err != nil {
			return nil, err
		}
		b.policy.CompareAndSwap(nil, &policy)
	}
	space, picks, err := b.fileSpace(ctx, running.Row)
	if err != nil {
		return nil, err
	}
	s := b.newSession(running, env)
	s.files, s.picks = space, picks
	s.speak()
	s.tables = db.New(b.store, store.Rights{
		Own: id.TablePrefix(), Extension: running.Row,
		Grants: permission.TableGrants(b.forbidden(), running.Manifest.Permissions, running.Held, b.now().UnixMilli()),
		Used:   s.usedTable,
	}, running.Limits)
	s.awaitDates()
	b.mu.Lock()
	full, closed := len(b.sessions) >= maxSessions, b.closed
	if !full && !closed {
		s.values = b.values(running.Row)
		b.sessions = append(b.sessions, s)
	}
	b.mu.Unlock()
	switch {
	case closed:
		s.end(abortTime)
		return nil, errEnded
	case full:
		s.end(abortTime)
		return nil, errSessions
	}
	return s, nil
}

// values returns the one Space of an extension, which its open sessions share.
// With the last of them it goes: what it counted may be removed meanwhile. The
// caller holds mu.
func (b *Bridge) values(row int64) *kv.Space {
	for _, s := range b.sessions {
		if s.Running.Row == row {
			return s.values
		}
	}
	return kv.New(b.store, row)
}

// find returns the session with this secret. It compares with every session
// in constant time and never stops early.
func (b *Bridge) find(secret string) *Session {
	return b.search(secret, func(s *Session) string { return s.Secret })
}

func (b *Bridge) search(want string, of func(*Session) string) *Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found *Session
	for _, s := range b.sessions {
		if subtle.ConstantTimeCompare([]byte(want), []byte(of(s))) == 1 {
			found = s
		}
	}
	return found
}

// Asset returns a file of the session whose path segment is given, verified
// against the installed release, and the dialect of its package. It is not found
// where the session has ended.
func (b *Bridge) Asset(ctx context.Context, segment, file string) (data []byte, dialect string, ok bool) {
	s := b.search(segment, func(s *Session) string { return s.Path })
	if s == nil {
		return nil, "", false
	}
	done, err := s.begin()
	if err != nil {
		return nil, "", false
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	data, ok, err = s.Running.Asset(ctx, s.original(file))
	if err != nil {
		b.log.Warn("a file of an extension could not be read", "extension", s.Running.ID.String(), "error", err)
		return nil, "", false
	}
	return data, s.Dialect, ok
}

// Close ends the session with this secret; its running calls are aborted.
func (b *Bridge) Close(secret string) {
	if s := b.find(secret); s != nil {
		b.closeWhere(func(other *Session) bool { return other == s })
	}
}

// CloseApp ends the sessions of one extension, for example when it is disabled.
func (b *Bridge) CloseApp(id manifest.ID) {
	b.closeWhere(func(s *Session) bool { return s.Running.ID == id })
}

// all returns the open sessions.
func (b *Bridge) all() []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sessions)
}

// of returns the open sessions of one extension.
func (b *Bridge) of(id manifest.ID) (list []*Session) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sessions {
		if s.Running.ID == id {
			list = append(list, s)
		}
	}
	return list
}

// Limit makes changed limits count in the open sessions of an extension, from
// the next call on.
func (b *Bridge) Limit(id manifest.ID, limits store.Limits) {
	for _, s := range b.of(id) {
		s.tables.Limit(limits)
		s.handles.allow(limits.Handles)
		s.network.meters.limits.Store(&limits)
	}
}

// CloseSessions ends every session: the page whose frames they were is gone.
// New ones can be opened.
func (b *Bridge) CloseSessions() { b.closeWhere(func(*Session) bool { return true }) }

// closeWhere ends the sessions that match, side by side.
func (b *Bridge) closeWhere(match func(*Session) bool) {
	var wait sync.WaitGroup
	for _, s := range b.take(match) {
		wait.Go(func() { s.end(abortTime) })
	}
	wait.Wait()
}

// take removes and returns the sessions that match.
func (b *Bridge) take(match func(*Session) bool) []*Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept, taken []*Session
	for _, s := range b.sessions {
		if match(s) {
			taken = append(taken, s)
		} else {
			kept = append(kept, s)
		}
	}
	b.sessions = kept
	return taken
}

// abortTime is how long the end of a session waits for its running calls to
// notice. A call that does not is left behind without its connections.
const abortTime = 300 * time.Millisecond

// CloseAll ends every session, for good: the vault is being locked. It returns
// within 300 ms, whatever the extensions do.
func (b *Bridge) CloseAll() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.CloseSessions()
}

// SessionInfo is what may be known of an open session.
type SessionInfo struct {
	ID     manifest.ID
	Title  string
	Ready  bool // the app said that it has started
	Opened time.Time
}

// Sessions lists the open sessions in the order they were opened.
func (b *Bridge) Sessions() []SessionInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]SessionInfo, len(b.sessions))
	for i, s := range b.sessions {
		list[i] = SessionInfo{ID: s.Running.ID, Title: s.Context.Title, Ready: s.ready.Load(), Opened: s.opened}
	}
	return list
}

// Info returns what is known of the session with this secret.
func (b *Bridge) Info(secret string) (SessionInfo, bool) {
	s := b.find(secret)
	if s == nil {
		return SessionInfo{}, false
	}
	return SessionInfo{ID: s.Running.ID, Title: s.Context.Title, Ready: s.ready.Load(), Opened: s.opened}, true
}

// random returns 32 random bytes as 43 characters that a URL can hold.
func random() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: the runtime aborts where there is no randomness
	return base64.RawURLEncoding.EncodeToString(raw[:])
}
