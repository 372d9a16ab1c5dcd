package app

import (
	"context"
	"errors"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/freedesktop"
	"github.com/alcove-vault/alcove/internal/vault"
)

// Notify shows a notification through the desktop's own service.
func (d *desktop) Notify(ctx context.Context, n vault.Notification) error {
	err := d.notices.Show(ctx, freedesktop.Notice{Tag: n.App, Name: n.ID, Title: n.Title, Body: n.Body})
	if errors.Is(err, freedesktop.ErrNone) {
		return fault.Wrap("capability.unavailable", "This desktop shows no notifications, or Alcove was started without its session bus. Show the message inside the app.", err)
	}
	return err
}

// OpenAddress hands an address to the desktop, which knows the person's browser.
func (d *desktop) OpenAddress(_ context.Context, url string) error {
	runtime.BrowserOpenURL(d.window(), url)
	return nil
}

func (d *desktop) TakeBack(app, id string) bool { return d.notices.TakeBack(app, id) }

func (d *desktop) Withdraw() { d.notices.Withdraw() }

// noticeClicked brings the window to the front, and the app in it, which is
// told.
func (w *window) noticeClicked(app, id string) {
	w.view.Present()
	w.site.PostBrief("show_app", map[string]string{"id": app})
	if u, err := w.gate.Vault(); err == nil {
		u.Bridge.Clicked(app, id)
	}
}
