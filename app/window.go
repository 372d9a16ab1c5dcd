package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/app/webview"
	"github.com/alcove-vault/alcove/internal/vault"
)

// options are Wails': a native frame, nothing bound, and the site as the only
// thing behind the page's address. Where the web view is hardened drops are
// taken there, from other programs only.
func (w *window) options() *options.App {
	g := loadGeometry(w.geometry)
	o := &options.App{
		Title: "Alcove", Width: g.Width, Height: g.Height, MinWidth: minWidth, MinHeight: minHeight,
		BackgroundColour: &options.RGBA{R: 241, G: 244, B: 242, A: 255},
		AssetServer:      &assetserver.Options{Handler: plain(loosened(w))},
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
	if ctx := w.toolkit.Load(); ctx != nil {
		return *ctx
	}
	return context.Background()
}

// startup runs beside the main loop's first turns. Without every layer of the
// hardening no extension is ever served.
func (w *window) startup(ctx context.Context) {
	w.toolkit.Store(&ctx)
	w.work.Go(w.hangUp)
	if !webview.Hardened {
		runtime.OnFileDrop(ctx, func(_, _ int, paths []string) {
			for _, p := range paths {
				w.dropped(p)
			}
		})
	}
	if err := w.view.Harden(w.ctx); err != nil {
		w.log.Error("the web view could not be closed off; no extension will start", "reason", err)
		w.say("Extensions are switched off: the part of the system that shows them could not be closed off (" + err.Error() + "). Your vault can still be opened and locked. Update WebKitGTK or Alcove, then start again.")
		return
	}
	w.site.AllowExtensions()
	if w.view.HearsMinimise() {
		w.gate.HearsMinimise()
	}
}

// say shows a message that needs no page.
func (w *window) say(text string) {
	_, err := runtime.MessageDialog(w.context(), runtime.MessageDialogOptions{Type: runtime.ErrorDialog, Title: "Alcove", Message: text})
	if err != nil {
		w.log.Warn("a message could not be shown", "reason", err)
	}
}

// domReady runs whenever the host page has loaded, the first time and after
// every reset: the page gets a token of its own, and the watch begins.
func (w *window) domReady(ctx context.Context) {
	w.toolkit.Store(&ctx)
	token := w.site.NewToken()
	w.token.Store(&token)
	runtime.WindowExecJS(ctx, tokenScript(w.origin, token))
	w.dog.started()
}

// beforeClose runs on every way out but a kill: close button, quit, SIGTERM.
// The vault is locked before the window goes.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	w.dog.stopped()
	if err := w.gate.Lock(vault.ReasonQuit); err != nil {
		w.log.Warn("the vault did not close cleanly", "reason", err)
	}
	g := loadGeometry(w.geometry)
	if g.Maximised = runtime.WindowIsMaximised(ctx); !g.Maximised {
		g.Width, g.Height = runtime.WindowGetSize(ctx)
	}
	if err := g.save(w.geometry); err != nil {
		w.log.Warn("the window's size could not be remembered", "reason", err)
	}
	return false
}

// hangUp closes the window when the session or the terminal that started it
// ends. Wails does the same for SIGINT and SIGTERM.
func (w *window) hangUp() {
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGHUP)
	defer signal.Stop(gone)
	select {
	case <-gone:
		runtime.Quit(w.context())
	case <-w.ctx.Done():
	}
}
