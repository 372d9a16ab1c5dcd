package freedesktop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

const (
	noticeName  = "org.freedesktop.Notifications"
	noticePath  = "/org/freedesktop/Notifications"
	maxNotices  = 64    // remembered as shown; the oldest are forgotten first
	noticeLasts = 10000 // milliseconds on the screen
)

// Notice is one notification. Its texts are plain: what looks like markup is
// shown as it is.
type Notice struct {
	Tag   string // handed to the click, not shown
	Name  string // within its tag; handed to the click, not shown
	Title string
	Body  string
}

// Notices shows notifications through the session's notification service.
// Its methods may be called from any goroutine. Close ends it.
type Notices struct {
	clicked func(tag, name string)
	ctx     context.Context // ends at Close
	cancel  context.CancelFunc
	work    sync.WaitGroup
	turn    sync.Mutex // held while one is being shown

	mu     sync.Mutex
	link   *link
	shown  []shownNotice
	round  int // counts withdrawals
	closed bool
}

// link is a connection and what the service behind it can do.
type link struct {
	conn    *dbus.Conn
	markup  bool // the body is read as markup
	actions bool
}

type shownNotice struct {
	id        uint32
	tag, name string
}

// NewNotices connects when the first one is shown. clicked is called with the
// tag and the name of one that the person clicked, on a goroutine that Close
// waits for.
func NewNotices(clicked func(tag, name string)) *Notices {
	ctx, cancel := context.WithCancel(context.Background())
	return &Notices{clicked: clicked, ctx: ctx, cancel: cancel}
}

// Show shows one. Errors: ErrNone where there is no bus or no service.
func (n *Notices) Show(ctx context.Context, notice Notice) error {
	n.turn.Lock()
	defer n.turn.Unlock()
	l, err := n.connected(ctx)
	if err != nil {
		return err
	}
	n.mu.Lock()
	round := n.round
	n.mu.Unlock()
	body, actions := notice.Body, []string{}
	if l.markup {
		body = escape.Replace(body)
	}
	if l.actions {
		actions = []string{"default", "Show"}
	}
	var id uint32
	// Transient: a desktop that keeps a list of old notifications leaves these out.
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("alcove"), "transient": dbus.MakeVariant(true)}
	err = call(ctx, l.conn.Object(noticeName, noticePath), noticeName+".Notify",
		"Alcove", uint32(0), "alcove", notice.Title, body, actions, hints, int32(noticeLasts)).Store(&id)
	if err != nil {
		return fmt.Errorf("show a notification: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.round != round { // withdrawn while it was on its way
		l.takeBack(id)
		return nil
	}
	n.shown = append(n.shown, shownNotice{id, notice.Tag, notice.Name})
	if len(n.shown) > maxNotices {
		n.shown = slices.Delete(n.shown, 0, 1)
	}
	return nil
}

// escape spells text so that a service that reads markup shows it as it is.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// TakeBack takes one back and reports whether it was still shown. It does not
// wait for the service.
func (n *Notices) TakeBack(tag, name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := slices.IndexFunc(n.shown, func(s shownNotice) bool { return s.tag == tag && s.name == name })
	if at < 0 || n.link == nil || n.closed {
		return false
	}
	id, l := n.shown[at].id, n.link
	n.shown = slices.Delete(n.shown, at, at+1)
	n.work.Go(func() { l.takeBack(id) })
	return true
}

// Withdraw takes back what is still shown. It does not wait for the service.
func (n *Notices) Withdraw() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.round++
	shown, l := n.shown, n.link
	n.shown = nil
	if len(shown) == 0 || l == nil || n.closed {
		return
	}
	n.work.Go(func() {
		for _, s := range shown {
			l.takeBack(s.id)
		}
	})
}

func (l *link) takeBack(id uint32) {
	l.conn.Object(noticeName, noticePath).Go(noticeName+".CloseNotification", dbus.FlagNoReplyExpected, nil, id)
}

// Close takes back what is shown and ends the connection.
func (n *Notices) Close() {
	n.mu.Lock()
	n.closed = true
	shown, l := n.shown, n.link
	n.shown = nil
	n.mu.Unlock()
	if l != nil {
		for _, s := range shown {
			l.takeBack(s.id)
		}
	}
	n.cancel()
	n.turn.Lock() // a Show that was running has ended
	defer n.turn.Unlock()
	if l != nil {
		_ = l.conn.Close()
	}
	n.work.Wait()
}
