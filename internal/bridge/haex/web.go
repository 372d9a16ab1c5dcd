package haex

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
)

// MethodOpen is the method of Alcove's that shows an address in the person's
// browser.
const MethodOpen = "net.open"

// maxAnswer is how many bytes of an answer an app is given in one piece.
const maxAnswer = 24 << 20

const pieceSize = 4 << 20

// fetch answers {status, statusText, headers, body, url}, the body whole and as
// base64.
func (t *turn) fetch(ctx context.Context) (Result, error) {
	p := Params{"url": t.args.text("url"), "maxBytes": maxAnswer}
	if method := t.args.optionalText("method"); method != "" {
		p["method"] = method
	}
	if timeout := t.args.count("timeout", 0); timeout > 0 {
		p["timeout"] = timeout
	}
	headers := t.args.inside("headers")
	pairs := []any{}
	for _, name := range slices.Sorted(maps.Keys(headers.fields)) {
		pairs = append(pairs, []string{name, headers.text(name)})
	}
	p["headers"] = pairs
	if body, ok := t.args.base64("body"); ok {
		p["body"] = body
	}
	if t.args.err == nil {
		t.args.err = headers.err
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "net.fetch", p)
	if err != nil {
		return nil, err
	}
	body, _ := fields["data"].Blob()
	if handle, ok := fields["body"].Uint64(); ok {
		if body, err = t.readAll(ctx, body, handle); err != nil {
			return nil, err
		}
	}
	out := map[string]string{}
	list, _ := fields["headers"].Array()
	for _, v := range list {
		pair, _ := v.Array()
		if len(pair) != 2 {
			continue
		}
		name, _ := pair[0].Text()
		value, _ := pair[1].Text()
		if before, twice := out[name]; twice {
			value = before + ", " + value
		}
		out[name] = value
	}
	return tree(map[string]any{
		"status": fields["status"].Any(), "statusText": fields["statusText"].Any(), "headers": out,
		"body": base64.StdEncoding.EncodeToString(body), "url": fields["url"].Any(),
	}), nil
}

// readAll reads a handle to its end, behind what is there already, and closes
// it.
func (t *turn) readAll(ctx context.Context, have []byte, handle uint64) ([]byte, error) {
	body := slices.Clone(have)
	for {
		fields, err := t.call(ctx, "handle.read", Params{"handle": handle, "max": pieceSize})
		if err != nil {
			_, _ = t.call(ctx, "handle.close", Params{"handle": handle, "abort": true}) // the first error says why
			return nil, err
		}
		piece, _ := fields["data"].Blob()
		body = append(body, piece...)
		if done, _ := fields["done"].Truth(); done {
			_, err := t.call(ctx, "handle.close", Params{"handle": handle})
			return body, err
		}
	}
}

// base64 takes bytes that are written as text, or that came as bytes.
func (a *args) base64(key string) ([]byte, bool) {
	v, ok := a.value(key)
	if !ok {
		return nil, false
	}
	if data, isBytes := v.Blob(); isBytes {
		return data, true
	}
	data, err := base64.StdEncoding.DecodeString(a.text(key))
	if err != nil {
		a.fail("The argument %q must be base64.", key)
	}
	return data, true
}

func (t *turn) open(ctx context.Context) (Result, error) {
	url := t.args.text("url")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, MethodOpen, Params{"url": url})
	return nothing, err
}
