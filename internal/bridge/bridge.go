// Package bridge answers the calls of extensions. A session is one open frame;
// its secret, which only the host page holds for it, says who calls. Every call
// passes the steps of pipeline.go, in that order, and always gets a reply.
package bridge

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
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
	b.changes.after = func(wait time.Duration, f func()) func() bool { return time.AfterFunc(wait, f).Stop }
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

// random returns 32 random bytes as 43 characters that a URL can hold.
func random() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: the runtime aborts where there is no randomness
	return base64.RawURLEncoding.EncodeToString(raw[:])
}
