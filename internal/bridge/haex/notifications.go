package haex

import (
	"context"
	"strconv"
)

// notify shows a message through the desktop and answers {id}. Links, buttons
// and pictures are left out: a click on it shows the app.
func (t *turn) notify(ctx context.Context) (Result, error) {
	options := t.args.inside("options")
	title, body := options.optionalText("title"), options.optionalText("body")
	if t.args.err == nil {
		t.args.err = options.err
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	if _, err := t.call(ctx, "notifications.show", Params{"title": title, "body": body}); err != nil {
		return nil, err
	}
	return tree(map[string]string{"id": "notification-" + strconv.FormatUint(t.next(), 10)}), nil
}

// next is another number for what the frame has begun.
func (f *Frame) next() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	return f.last
}
