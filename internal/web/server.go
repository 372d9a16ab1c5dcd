package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/vault"
)

// Shell is what only a desktop window can do. A browser has none.
type Shell interface {
	// PickPackage shows the open dialog; an empty name means it was cancelled.
	PickPackage(ctx context.Context) (name string, data []byte, err error)
	// PickFolder shows the folder dialog; an empty path means it was cancelled.
	PickFolder(ctx context.Context, title string) (path string, err error)
	// SaveText shows the save dialog and writes data with mode 0600; an empty
	// path means it was cancelled.
	SaveText(ctx context.Context, suggestedName string, data []byte) (path string, err error)
	// CopyText puts text on the clipboard, which no page of the window can do
	// without a person's key.
	CopyText(ctx context.Context, text string) error
	// ResetPage ends the web process, which held plaintext, and loads the page
	// again.
	ResetPage()
	// Focus brings the window to the front.
	Focus()
}

// Options are what a Server is made of.
type Options struct {
	Gate         *vault.Gate
	HostAssets   fs.FS  // the built host page: index.html, assets/ and haex-page.js
	BundledNotes []byte // the package of Notes, nil in a build without it
	Shell        Shell  // nil in a browser
	Mode         string // ModeWindow or ModeBrowser
	Version      string
	Log          *slog.Logger
}

// Server answers everything the web view or a browser asks. It is an
// http.Handler for the window's asset server and for a loopback listener.
type Server struct {
	gate    *vault.Gate
	mode    string
	version string
	assets  fs.FS
	// haexPage is written in front of what pages of haex extensions run.
	haexPage []byte
	notes    []byte
	shell    Shell
	log      *slog.Logger

	methods map[string]apiMethod

	token  token
	events *eventLog
	beats  chan struct{}
	open   atomic.Bool // extension files may be served

	stopped  stoppedApps
	lacking  lackingFiles
	waiting  waitingFiles
	installs installs

	starting sync.Mutex      // orders start and Close
	ctx      context.Context // ends at Close
	cancel   context.CancelFunc
	work     sync.WaitGroup // goroutines that Close waits for
}

var _ http.Handler = (*Server)(nil)

// New returns a server. Close ends it.
func New(o Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		gate: o.Gate, mode: o.Mode, version: o.Version, assets: o.HostAssets, notes: o.BundledNotes,
		shell: o.Shell, log: o.Log, methods: apiMethods(),
		events: newEventLog(), beats: make(chan struct{}, 1),
		ctx: ctx, cancel: cancel,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.assets != nil {
		s.haexPage, _ = fs.ReadFile(s.assets, "haex-page.js") // a build without the page has none
	}
	s.open.Store(o.Mode == ModeBrowser)
	s.token.rotate()
	s.gate.OnChange(s.changed)
	if u, err := s.gate.Vault(); err == nil {
		s.follow(u)
	}
	return s
}

// NewToken makes the token of a page that has just loaded. The one before it
// is refused from now on, and its polls end.
func (s *Server) NewToken() string {
	next := s.token.rotate()
	s.reloaded()
	return next
}

// reloaded ends what belonged to the page before: its polls, and the sessions
// of its frames, which are gone with it.
func (s *Server) reloaded() {
	s.events.reload()
	if u, err := s.gate.Vault(); err == nil {
		u.Bridge.CloseSessions()
	}
}

// AllowExtensions lets files of extensions be served. The window calls it once
// the web view is hardened; until then they are answered with 503.
func (s *Server) AllowExtensions() { s.open.Store(true) }

// Beats delivers a value for each heartbeat of the page; beats that nobody
// takes in time are merged.
func (s *Server) Beats() <-chan struct{} { return s.beats }

// Post tells the page of an event that a reload must not lose.
func (s *Server) Post(kind string, data any) { s.events.post(kind, data) }

// PostBrief tells the page of something only the page of this moment can use,
// for example a key caught on the window.
func (s *Server) PostBrief(kind string, data any) { s.events.postBrief(kind, data) }

// HTTP returns an http.Server for a loopback listener, with timeouts that a
// held poll survives and a client that trickles does not.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Token returns the token that is valid now, for the address given out at
// start.
func (s *Server) Token() string { return s.token.get() }

// Close ends every poll and waits for what the server started.
func (s *Server) Close() {
	s.starting.Lock()
	s.cancel()
	s.starting.Unlock()
	s.events.close()
	s.work.Wait()
}
