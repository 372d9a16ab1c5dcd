package bridge

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/clipboard"
	"github.com/alcove-vault/alcove/internal/permission"
)

const deadlineDesk = 10 * time.Second // for what the desktop does

// clipboardMethods put text on the desktop's clipboard, and read it while a
// person works in the app.
func clipboardMethods() []method {
	return []method{
		{name: "clipboard.write", outside: true, deadline: deadlineDesk, parse: func(s *Session, a *args) work {
			text := a.text("text", MaxEnvelope)
			return work{
				wants: s.ofDesk(permission.Call{Key: permission.Key{Resource: "clipboard", Action: "write"}}),
				quota: func() error { return clipboard.Check(text) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					return empty, s.bridge.clipboard.Write(ctx, text)
				},
			}
		}},
		{name: "clipboard.read", outside: true, deadline: deadlineDesk, parse: func(s *Session, _ *args) work {
			return work{
				wants: s.ofDesk(permission.Call{Key: permission.Key{Resource: "clipboard", Action: "read"}}),
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					text, err := s.bridge.clipboard.Read(ctx, s.bridge.front.since(s.Running.ID))
					return tree(map[string]any{"text": text}), err
				},
			}
		}},
	}
}

// ofDesk is what a method wants that needs the desktop. Where there is none,
// nobody is asked for what cannot be done.
func (s *Session) ofDesk(call permission.Call) func(context.Context) ([]permission.Call, error) {
	return func(context.Context) ([]permission.Call, error) {
		verdict := s.judge(call).Verdict
		if s.bridge.desk == nil && (verdict == permission.Ask || verdict == permission.Allowed) {
			return nil, errNoDesk.With("permission", call.Resource+"."+call.Action)
		}
		return []permission.Call{call}, nil
	}
}
