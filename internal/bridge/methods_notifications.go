package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/capability/notifications"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

var errNoticeRate = fault.New("notifications.rate", "The app shows notifications more often than its manifest says. Wait a moment.")

// notificationMethods show messages through the desktop.
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
					return empty, s.bridge.desk.Notify(ctx, Notification{App: s.Running.ID.String(), Title: text.Title, Body: text.Body})
				},
			}
		}},
	}
}
