package freedesktop

import (
	"context"
	"slices"

	"github.com/godbus/dbus/v5"
)

// queued is how many signals may wait for this package; more than ever come at
// once from services that behave.
const queued = 64

// connected returns the connection there is, or makes one. The turn is held.
func (n *Notices) connected(ctx context.Context) (*link, error) {
	n.mu.Lock()
	l, closed := n.link, n.closed
	n.mu.Unlock()
	switch {
	case closed:
		return nil, ErrNone
	case l != nil && l.conn.Connected():
		return l, nil
	}
	conn, err := session(n.ctx)
	if err != nil {
		return nil, err
	}
	if l, err = linked(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	signals := make(chan *dbus.Signal, queued)
	conn.Signal(signals)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = conn.Close()
		return nil, ErrNone
	}
	n.link, n.shown = l, nil
	n.work.Go(func() {
		for s := range signals { // until the connection closes
			n.signal(s)
		}
	})
	return l, nil
}

// linked asks the service what it can do.
func linked(ctx context.Context, conn *dbus.Conn) (*link, error) {
	if !there(ctx, conn, noticeName) {
		return nil, ErrNone
	}
	var able []string
	if err := call(ctx, conn.Object(noticeName, noticePath), noticeName+".GetCapabilities").Store(&able); err != nil {
		return nil, err
	}
	err := conn.AddMatchSignalContext(ctx,
		dbus.WithMatchSender(noticeName), dbus.WithMatchInterface(noticeName), dbus.WithMatchObjectPath(noticePath))
	if err != nil {
		return nil, err
	}
	return &link{conn: conn, markup: slices.Contains(able, "body-markup"), actions: slices.Contains(able, "actions")}, nil
}

// signal hears of a click, or of the end of a notification.
func (n *Notices) signal(s *dbus.Signal) {
	if len(s.Body) == 0 {
		return
	}
	id, ok := s.Body[0].(uint32)
	if !ok {
		return
	}
	switch s.Name {
	case noticeName + ".ActionInvoked":
		if s, ok := n.forget(id); ok {
			n.clicked(s.tag, s.name)
		}
	case noticeName + ".NotificationClosed":
		n.forget(id)
	}
}

// forget returns one that is shown, and forgets it.
func (n *Notices) forget(id uint32) (found shownNotice, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, s := range n.shown {
		if s.id == id {
			n.shown = slices.Delete(n.shown, i, i+1)
			return s, true
		}
	}
	return shownNotice{}, false
}
