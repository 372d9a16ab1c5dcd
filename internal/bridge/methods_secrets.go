package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/secrets"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

const deadlineSecrets = 10 * time.Second

// useSecrets is the permission that all of them need.
var useSecrets = permission.Key{Resource: "secrets", Action: "use"}

// secretMethods work on the app's own sealed values.
func secretMethods() []method {
	return []method{
		{name: "secrets.get", deadline: deadlineSecrets, parse: parseSecretGet},
		{name: "secrets.set", deadline: deadlineSecrets, parse: func(s *Session, a *args) work {
			name, ask := a.text("name", MaxEnvelope), a.optionalTruth("ask")
			data, text, isText := a.bytesOrText("value", MaxEnvelope)
			if isText {
				data = []byte(text)
			}
			value := secrets.Value{Data: data, Text: isText}
			return work{
				wants: wanting(permission.Call{Key: useSecrets, Item: name}),
				quota: func() error { return errors.Join(secrets.CheckName(name), secrets.CheckValue(value)) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					return empty, s.secrets.Set(ctx, name, value, ask)
				},
			}
		}},
		{name: "secrets.delete", deadline: deadlineSecrets, parse: func(s *Session, a *args) work {
			name := a.text("name", MaxEnvelope)
			return work{
				wants: wanting(permission.Call{Key: useSecrets, Item: name}),
				quota: func() error { return secrets.CheckName(name) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					deleted, err := s.secrets.Delete(ctx, name)
					return func(e *wire.Encoder) error {
						return errors.Join(e.EncodeMapLen(1), e.EncodeString("deleted"), e.EncodeBool(deleted))
					}, err
				},
			}
		}},
		{name: "secrets.list", deadline: deadlineSecrets, parse: func(s *Session, _ *args) work {
			return work{wants: wanting(permission.Call{Key: useSecrets}), run: func(ctx context.Context, _ grantedTerms) (result, error) {
				list, err := s.secrets.List(ctx)
				return func(e *wire.Encoder) error { return wire.Tree(e, map[string]any{"secrets": list}) }, err
			}}
		}},
	}
}

// parseSecretGet reads a secret. Whether the person is asked each time is a
// matter of the secret, so it is looked up first.
func parseSecretGet(s *Session, a *args) work {
	name := a.text("name", MaxEnvelope)
	fresh := false
	return work{
		wants: func(ctx context.Context) (list []permission.Call, err error) {
			if err := secrets.CheckName(name); err != nil {
				return nil, err
			}
			fresh, err = s.secrets.Asks(ctx, name)
			return []permission.Call{{Key: useSecrets, Item: name, Fresh: fresh}}, err
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			value, found, err := s.secrets.Get(ctx, name, fresh)
			return func(e *wire.Encoder) error {
				err := errors.Join(e.EncodeMapLen(2), e.EncodeString("found"), e.EncodeBool(found), e.EncodeString("value"))
				switch {
				case !found:
					return errors.Join(err, e.EncodeNil())
				case value.Text:
					return errors.Join(err, e.EncodeString(string(value.Data)))
				default:
					return errors.Join(err, e.EncodeBytes(value.Data))
				}
			}, err
		},
	}
}
