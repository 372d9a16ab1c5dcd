package haex

import (
	"context"
	"slices"
	"sync"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of what a frame is told of clicks.
const (
	maxNotices = 64      // that it knows; the oldest are forgotten first
	maxRoute   = 2 << 10 // bytes of where a click leads within the app
)

const eventClicked = "haextension:notification:click"

// notices are those that a frame has shown, the oldest first.
type notices struct {
	mu   sync.Mutex
	list []notice
}

type notice struct{ id, route string }

// notify shows a message through the desktop and answers {id}. Buttons and
// pictures are left out: a click on it shows the app, and tells its frame.
func (t *turn) notify(ctx context.Context) (Result, error) {
	options := t.args.inside("options")
	title, body := options.optionalText("title"), options.optionalText("body")
	primary := options.inside("primary")
	route := primary.optionalText("path")
	if len(route) > maxRoute {
		primary.fail("The argument %q is longer than %d bytes.", "path", maxRoute)
	}
	options.adopt(primary)
	t.args.adopt(options)
	if t.args.err != nil {
		return nil, t.args.err
	}
	value, err := t.caller.Call(ctx, "notifications.show", Params{"title": title, "body": body})
	if err != nil {
		return nil, err
	}
	fields, _ := value.Fields()
	id, _ := fields["id"].Text()
	t.notices.mu.Lock()
	defer t.notices.mu.Unlock()
	if t.notices.list = append(t.notices.list, notice{id, route}); len(t.notices.list) > maxNotices {
		t.notices.list = t.notices.list[1:]
	}
	return func(e *wire.Encoder) error { return wire.Raw(e, value) }, nil
}

// dismiss takes back a notification of the app's own.
func (t *turn) dismiss(ctx context.Context) (Result, error) {
	id := t.args.text("id")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, "notifications.dismiss", Params{"id": id})
	return nothing, err
}

// Clicked tells the frame that showed it that a notification was clicked.
func (f *Frame) Clicked(id string) {
	f.notices.mu.Lock()
	at := slices.IndexFunc(f.notices.list, func(n notice) bool { return n.id == id })
	if at < 0 {
		f.notices.mu.Unlock()
		return
	}
	data := map[string]any{"notificationId": id}
	if route := f.notices.list[at].route; route != "" {
		data["path"] = route
	}
	f.notices.list = slices.Delete(f.notices.list, at, at+1)
	f.notices.mu.Unlock()
	f.events.put(map[string]any{"type": eventClicked, "data": data})
}
