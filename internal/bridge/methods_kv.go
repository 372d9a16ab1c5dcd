package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/kv"
	"github.com/alcove-vault/alcove/internal/wire"
)

const (
	deadlineKV  = 10 * time.Second
	defaultList = 1000 // keys in a listing that states no limit
)

// kvMethods work on the app's own small values. A value is one MessagePack
// value within the call's bounds; Alcove keeps its bytes and reads nothing of
// them.
func kvMethods() []method {
	return []method{
		{name: "kv.get", implicit: true, deadline: deadlineKV, parse: func(s *Session, a *args) work {
			key := a.text("key", MaxEnvelope)
			return work{quota: func() error { return kv.CheckKey(key) }, run: func(ctx context.Context, _ grantedTerms) (result, error) {
				value, found, err := s.values.Get(ctx, key)
				if !found {
					value = []byte{0xc0}
				}
				return func(e *wire.Encoder) error {
					return errors.Join(e.EncodeMapLen(2), e.EncodeString("found"), e.EncodeBool(found),
						e.EncodeString("value"), wire.Raw(e, value))
				}, err
			}}
		}},
		{name: "kv.set", implicit: true, deadline: deadlineKV, parse: func(s *Session, a *args) work {
			key, value := a.text("key", MaxEnvelope), a.any("value")
			return work{
				quota: func() error { return errors.Join(kv.CheckKey(key), kv.CheckValue(value)) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					return empty, s.values.Set(ctx, key, value)
				},
			}
		}},
		{name: "kv.delete", implicit: true, deadline: deadlineKV, parse: func(s *Session, a *args) work {
			key := a.text("key", MaxEnvelope)
			return work{quota: func() error { return kv.CheckKey(key) }, run: func(ctx context.Context, _ grantedTerms) (result, error) {
				deleted, err := s.values.Delete(ctx, key)
				return func(e *wire.Encoder) error {
					return errors.Join(e.EncodeMapLen(1), e.EncodeString("deleted"), e.EncodeBool(deleted))
				}, err
			}}
		}},
		{name: "kv.list", implicit: true, deadline: deadlineKV, parse: func(s *Session, a *args) work {
			prefix, after := a.optionalText("prefix", kv.MaxKey), a.optionalText("after", kv.MaxKey)
			limit := a.optionalCount("limit", defaultList, kv.MaxList)
			return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
				keys, err := s.values.List(ctx, prefix, after, limit)
				return func(e *wire.Encoder) error {
					return errors.Join(e.EncodeMapLen(1), e.EncodeString("keys"), writeTexts(e, keys))
				}, err
			}}
		}},
	}
}
