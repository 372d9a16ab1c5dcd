package haex

import (
	"context"

	"github.com/alcove-vault/alcove/internal/wire"
)

// MethodClear is the method of Alcove's that forgets all values of an app.
const MethodClear = "kv.clear"

const keysAtOnce = 10_000 // which is as many as there can be

// getItem answers the text under a key, or null.
func (t *turn) getItem(ctx context.Context) (Result, error) {
	key := t.args.text("key")
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "kv.get", Params{"key": key})
	return func(e *wire.Encoder) error { return wire.Raw(e, fields["value"]) }, err
}

func (t *turn) setItem(ctx context.Context) (Result, error) {
	key, value := t.args.text("key"), t.args.text("value")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, "kv.set", Params{"key": key, "value": value})
	return nothing, err
}

func (t *turn) removeItem(ctx context.Context) (Result, error) {
	key := t.args.text("key")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, "kv.delete", Params{"key": key})
	return nothing, err
}

func (t *turn) clearItems(ctx context.Context) (Result, error) {
	_, err := t.call(ctx, MethodClear, nil)
	return nothing, err
}

func (t *turn) keys(ctx context.Context) (Result, error) {
	fields, err := t.call(ctx, "kv.list", Params{"limit": keysAtOnce})
	return func(e *wire.Encoder) error { return wire.Raw(e, fields["keys"]) }, err
}
