// Package app is the desktop shell: one window that shows the host page, the
// native things a page cannot do, and the guard over its web view.
//
// Wails makes the window. Nothing is bound to it, its script channel is closed
// (package webview), and the page talks to Go through internal/web like any
// browser would.
package app

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/adrg/xdg"
	"github.com/wailsapp/wails/v2"

	"github.com/alcove-vault/alcove/app/webview"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/freedesktop"
	"github.com/alcove-vault/alcove/internal/instance"
	"github.com/alcove-vault/alcove/internal/vault"
	"github.com/alcove-vault/alcove/internal/web"
)

//go:embed icon.png
var icon []byte

// Options are what main gives the window.
type Options struct {
	Assets  fs.FS  // the built host page: index.html and assets/
	Notes   []byte // the package of Notes, nil in a build without it
	File    string // absolute path of a package to review, or ""
	Version string
}

// window is one run of the desktop shell.
type window struct {
	gate     *vault.Gate
	site     *web.Server
	view     *webview.View
	dog      *watchdog
	log      *slog.Logger
	origin   string
	geometry string // path of the remembered geometry
	crashes  crashes
	dialogs  dialogs
	input    lastInput
	notices  *freedesktop.Notices

	toolkit atomic.Pointer[context.Context] // what Wails knows the window by
	token   atomic.Pointer[string]          // of the page that is shown
	ctx     context.Context                 // ends with the window
	work    sync.WaitGroup                  // goroutines that Run waits for
}

// Run shows the window and returns when it is closed. If a window of this user
// is open already, it gets the file and comes to the front instead.
func Run(o Options) (err error) {
	if !displayed() {
		return fault.New("window.no_display", "There is no display to show a window on. Run \"alcove serve --vault DIR\" to use Alcove in a browser.")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &window{
		log:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
		origin:   web.WindowOrigin(),
		geometry: filepath.Join(xdg.ConfigHome, "alcove", "window.json"),
		ctx:      ctx,
	}
	frugal()
	ready := make(chan struct{})
	first, err := instance.Listen(func(ctx context.Context, m instance.Message) error {
		<-ready
		return w.handedOver(ctx, m)
	})
	switch {
	case errors.Is(err, instance.ErrRunning):
		return handOver(ctx, o.File)
	case err != nil:
		w.log.Warn("later starts cannot reach this window", "reason", err)
	default:
		defer func() { _ = first.Close() }()
	}
	if err := w.open(o); err != nil {
		close(ready)
		return err
	}
	defer w.close(cancel)
	close(ready)
	hook := newHook(w)
	defer hook.close()
	if o.File != "" {
		w.work.Go(func() { _ = w.review(ctx, o.File, "argument") }) // the page is told
	}
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap("window.toolkit", "The window could not be opened: the desktop's toolkit refused. Check DISPLAY or WAYLAND_DISPLAY.", fmt.Errorf("%v", p))
		}
	}()
	return wails.Run(w.options())
}

// open makes everything behind the window.
func (w *window) open(o Options) error {
	w.view = webview.New(webview.Options{
		Start: w.origin + "/", Frames: w.origin + "/_ext/", Calls: w.origin + "/_host/", Skip: skippedLayers(),
		Key: w.key, Touched: w.touched, Pressed: w.input.pressed, Minimised: w.minimised, Dropped: w.dropped, Terminated: w.terminated,
		Refused: func(what string) { w.log.Warn("the web view refused a page something", "what", what) },
	})
	w.notices = freedesktop.NewNotices(w.noticeClicked)
	desk := &desktop{view: w.view, dialogs: &w.dialogs, window: w.context, input: &w.input, notices: w.notices}
	gate, err := vault.NewGate(vault.GateOptions{
		ConfigDir: filepath.Join(xdg.ConfigHome, "alcove"), DataDir: filepath.Join(xdg.DataHome, "alcove"), Log: w.log, Machine: true,
		Desktop: desk,
	})
	if err != nil {
		return err
	}
	w.gate = gate
	w.site = web.New(web.Options{
		Gate: gate, HostAssets: o.Assets, BundledNotes: o.Notes, Mode: web.ModeWindow, Version: o.Version, Log: w.log,
		Shell: &shell{view: w.view, dialogs: &w.dialogs, window: w.context, reset: w.view.Terminate, copy: desk.WriteClipboard},
	})
	w.dog = &watchdog{ask: w.askBeat, beats: w.site.Beats(), memory: w.view.Memory, hung: w.hung, filled: w.filled}
	w.work.Go(func() { w.dog.run(w.ctx) })
	return nil
}

// close locks the vault and waits for everything the window started.
func (w *window) close(cancel context.CancelFunc) {
	if err := w.gate.Close(); err != nil {
		w.log.Warn("the vault did not close cleanly", "reason", err)
	}
	w.notices.Close()
	cancel()
	w.work.Wait()
	w.site.Close()
}

// frugal keeps WebKitGTK from setting up a renderer that is never used, since
// the page is drawn without the graphics processor: 6 MB less, and sooner there.
// Whoever set the variable knows better.
func frugal() {
	const name = "WEBKIT_DISABLE_DMABUF_RENDERER"
	if _, set := os.LookupEnv(name); !set {
		_ = os.Setenv(name, "1") // without it the window is only larger
	}
}

// displayed reports whether there can be a window at all.
func displayed() bool {
	return !webview.Hardened || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
