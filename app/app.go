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
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/adrg/xdg"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/app/webview"
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
	site     *web.Server
	view     *webview.View
	dog      *watchdog
	shell    *shell
	log      *slog.Logger
	origin   string
	geometry string // path of the remembered geometry

	ctx   atomic.Pointer[context.Context] // what Wails knows the window by
	token atomic.Pointer[string]          // of the page that is shown
	hook  *hook
}

// Run shows the window and returns when it is closed.
func Run(o Options) error {
	w := &window{
		log:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
		origin:   origin(),
		geometry: filepath.Join(xdg.ConfigHome, "alcove", "window.json"),
	}
	w.view = webview.New(webview.Options{
		Start: w.origin + "/", Frames: w.origin + "/_ext/", Skip: skippedLayers(),
		Key: w.key, Touched: w.touched, Dropped: w.dropped, Terminated: w.terminated,
		Refused: func(what string) { w.log.Warn("the web view refused something to a page", "what", what) },
	})
	w.shell = &shell{view: w.view, window: w.context, reset: w.view.Terminate}
	w.site = web.New(web.Options{
		HostAssets: o.Assets, BundledNotes: o.Notes, Shell: w.shell,
		Mode: web.ModeWindow, Version: o.Version, Log: w.log,
	})
	w.dog = &watchdog{ask: w.askBeat, beats: w.site.Beats(), hung: w.hung}
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() { defer close(watched); w.dog.run(ctx) }()
	defer func() { cancel(); <-watched; w.site.Close() }()
	w.hook = newHook(w.view, w.log)
	defer w.hook.close()
	return wails.Run(w.wails())
}

// wails are the options of the toolkit: a native frame, nothing bound, and the
// site as the only thing behind the page's address.
func (w *window) wails() *options.App {
	g := loadGeometry(w.geometry)
	o := &options.App{
		Title: "Alcove", Width: g.Width, Height: g.Height, MinWidth: minWidth, MinHeight: minHeight,
		BackgroundColour: &options.RGBA{R: 241, G: 244, B: 242, A: 255},
		AssetServer:      &assetserver.Options{Handler: plain(tryWrap(w.site))},
		Logger:           quiet{w.log}, LogLevelProduction: logger.ERROR,
		OnStartup: w.startup, OnDomReady: w.domReady, OnBeforeClose: w.beforeClose,
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: !webview.Hardened, DisableWebViewDrop: false},
		Linux:       &linux.Options{Icon: icon, WebviewGpuPolicy: linux.WebviewGpuPolicyNever, ProgramName: "alcove"},
		Windows:     &windows.Options{DisablePinchZoom: true},
	}
	if g.Maximised {
		o.WindowStartState = options.Maximised
	}
	return o
}

// context is what Wails knows the window by. It is set before any page loads.
func (w *window) context() context.Context {
	if ctx := w.ctx.Load(); ctx != nil {
		return *ctx
	}
	return context.Background()
}

// startup runs beside the main loop's first turns.
func (w *window) startup(ctx context.Context) {
	w.ctx.Store(&ctx)
	if !webview.Hardened {
		runtime.OnFileDrop(ctx, func(_, _ int, paths []string) {
			for _, p := range paths {
				w.dropped(p)
			}
		})
	}
	if err := w.view.Harden(ctx); err != nil {
		w.log.Error("the web view could not be hardened; no extension will start", "reason", err)
		_, _ = runtime.MessageDialog(ctx, runtime.MessageDialogOptions{
			Type: runtime.ErrorDialog, Title: "Alcove",
			Message: "Extensions are switched off: the part of the system that shows them could not be closed off (" + err.Error() + "). Your vault can be opened and locked. Update WebKitGTK or Alcove, then start again.",
		})
		return
	}
	w.site.AllowExtensions()
}

// domReady runs whenever the host page has loaded, the first time and after
// every reset: the page gets a token of its own, and the watch begins.
func (w *window) domReady(ctx context.Context) {
	w.ctx.Store(&ctx)
	token := w.site.NewToken()
	w.token.Store(&token)
	runtime.WindowExecJS(ctx, tokenScript(w.origin, token))
	w.dog.started()
}

func (w *window) askBeat() {
	if token := w.token.Load(); token != nil {
		runtime.WindowExecJS(w.context(), beatScript(w.origin, *token))
	}
}

// hung ends a web process whose thread is stuck; terminated hears of it.
func (w *window) hung() {
	w.log.Warn("the page did not answer for 4 s; its web process is ended")
	w.view.Terminate()
}

// terminated runs when the web process is gone, by our hand or by its own
// crash: the host page begins again.
func (w *window) terminated(byUs bool) {
	w.dog.stopped()
	if !byUs {
		w.log.Warn("the web process ended by itself")
	}
	w.view.Load()
}

// key decides what happens with a key before any page could see it.
func (w *window) key(k webview.Key) bool {
	if k == lockKey {
		w.view.Terminate()
		return true
	}
	event := keyEvent(k)
	if event == "" {
		return false
	}
	go w.site.PostBrief("native_key", map[string]string{"key": event})
	return true
}

func (w *window) touched() {}

func (w *window) dropped(path string) { w.log.Info("a file was dropped") }

// beforeClose runs on every way out but a kill: close button, quit, SIGTERM.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	g := loadGeometry(w.geometry)
	if g.Maximised = runtime.WindowIsMaximised(ctx); !g.Maximised {
		g.Width, g.Height = runtime.WindowGetSize(ctx)
	}
	if err := g.save(w.geometry); err != nil {
		w.log.Warn("the window's size could not be remembered", "reason", err)
	}
	return false
}
