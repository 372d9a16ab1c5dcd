package app

import (
	"sync"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/app/webview"
	"github.com/alcove-vault/alcove/internal/vault"
)

// The functions of this file that the web view calls run on the toolkit's
// thread, so whatever takes time gets a goroutine that Run waits for.

// askBeat has the page give a sign of life.
func (w *window) askBeat() {
	if token := w.token.Load(); token != nil {
		runtime.WindowExecJS(w.context(), beatScript(w.origin, *token))
	}
}

// hung ends a web process whose one thread is stuck; terminated brings the
// host page back.
func (w *window) hung() {
	w.log.Warn("the page did not answer; its web process is ended", "after", patience)
	w.site.PageHung()
	w.view.Terminate()
}

// filled ends a web process that takes more memory than apps may have together.
func (w *window) filled() {
	w.log.Warn("the page filled its memory; its web process is ended", "bytes", mostMemory)
	w.site.PageFilled()
	w.view.Terminate()
}

// terminated runs when the web process is gone, by our hand or by itself: the
// host page begins again.
func (w *window) terminated(byUs bool) {
	w.dog.stopped()
	w.work.Go(func() {
		if !byUs {
			w.log.Warn("the web process ended by itself")
			w.site.PageCrashed()
			if w.crashes.tooMany(time.Now()) {
				w.lock()
				w.say("The part of the system that shows Alcove's page ended again and again. The vault is locked. Restart Alcove; if it stays like this, update WebKitGTK.")
				return
			}
		}
		w.view.Load()
	})
}

// key decides what happens with a key before any page could see it. Ctrl+L
// needs no page: it holds while an app has the focus, and while it hangs.
func (w *window) key(k webview.Key) bool {
	if k == lockKey {
		w.work.Go(w.lock)
		return true
	}
	event := keyEvent(k)
	if event == "" {
		return false
	}
	w.work.Go(func() { w.site.PostBrief("native_key", map[string]string{"key": event}) })
	return true
}

// lock locks without asking a page.
func (w *window) lock() {
	if err := w.gate.Lock(vault.ReasonRequest); err != nil {
		w.log.Warn("the vault did not close cleanly", "reason", err)
	}
}

// touched says that a person is there.
func (w *window) touched() { w.work.Go(w.gate.Touch) }

// minimised locks, if the vault is to lock for that.
func (w *window) minimised() { w.work.Go(func() { w.gate.Happened(vault.ReasonMinimise) }) }

// crashes counts how often the web process ended by itself.
type crashes struct {
	mu   sync.Mutex
	last []time.Time
}

// Five crashes in a minute are no accident of one app.
const (
	crashLimit = 5
	crashTime  = time.Minute
)

// tooMany notes a crash and reports whether loading the page again is no use.
func (c *crashes) tooMany(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = append(c.last, now)
	if len(c.last) > crashLimit {
		c.last = c.last[1:]
	}
	return len(c.last) == crashLimit && now.Sub(c.last[0]) < crashTime
}
