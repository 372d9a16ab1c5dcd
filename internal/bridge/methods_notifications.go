package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/capability/notifications"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

var errNoNotice = fault.New("notifications.unknown", "The app shows no notification with this id. It was clicked, went by itself, or never was, so there is nothing to take back.")

var errNoticeRate = fault.New("notifications.rate", "The app shows notifications more often than its manifest says. Wait a moment.")

// notificationMethods show messages through the desktop, and take them back.
func notificationMethods() []method {
	return []method{
		{name: "notifications.show", outside: true, deadline: deadlineDesk, parse: func(s *Session, a *args) work {
			title := a.optionalText("title", notifications.MaxBytes)
			body := a.optionalText("body", notifications.MaxBytes)
			var text notifications.Text
			return work{
				wants: s.ofDesk(permission.Call{Key: permission.Key{Resource: "notifications", Action: "show"}}),
				quota: func() (err error) {
					text, err = notifications.Compose(s.Context.Title, title, body)
					return err
				},
				run: func(ctx context.Context, terms grantedTerms) (result, error) {
					now := s.bridge.now()
					if !s.network.rates.allow(terms[0], now) {
						return nil, errNoticeRate
					}
					if err := s.bridge.notices.Allow(s.Running.Row, now); err != nil {
						return nil, err
					}
					n := Notification{App: s.Running.ID.String(), ID: random(), Title: text.Title, Body: text.Body}
					return tree(map[string]any{"id": n.ID}), s.bridge.desk.Notify(ctx, n)
				},
			}
		}},
		// It needs no permission, so that none is asked for to show less.
		{name: "notifications.dismiss", implicit: true, deadline: deadlineDesk, parse: func(s *Session, a *args) work {
			id := a.text("id", maxItemID)
			return work{run: func(context.Context, grantedTerms) (result, error) {
				if s.bridge.desk == nil || !s.bridge.desk.TakeBack(s.Running.ID.String(), id) {
					return nil, errNoNotice
				}
				return empty, nil
			}}
		}},
	}
}

// Clicked tells the frames of an app that the person clicked a notification.
func (b *Bridge) Clicked(app, id string) {
	for _, s := range b.all() {
		if s.haex != nil && s.Running.ID.String() == app {
			s.haex.Clicked(id)
		}
	}
}
