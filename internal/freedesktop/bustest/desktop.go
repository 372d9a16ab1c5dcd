package bustest

import (
	"testing"

	"github.com/godbus/dbus/v5"
)

// Saver is a screen saver.
type Saver struct {
	t    testing.TB
	conn *dbus.Conn
	name string
}

// ServeSaver starts a screen saver with this name.
func (b *Bus) ServeSaver(name string) *Saver {
	b.t.Helper()
	return &Saver{b.t, b.serve(name, "/org/saver", struct{}{}, name), name}
}

// Active says whether the screen is locked.
func (s *Saver) Active(active any) {
	s.t.Helper()
	if err := s.conn.Emit("/org/saver", s.name+".ActiveChanged", active); err != nil {
		s.t.Fatal(err)
	}
}

// Leave ends the screen saver.
func (s *Saver) Leave() { _ = s.conn.Close() }

const noticeName, noticePath = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"

// Notice is a notification as it reached the service.
type Notice struct {
	ID               uint32
	App, Title, Body string
	Actions          []string
	Transient        bool
}

// Notifier is a notification service.
type Notifier struct {
	t    testing.TB
	conn *dbus.Conn
	able []string
	last uint32

	Shown  chan Notice // what was shown, in order
	Closed chan uint32 // what was taken back
}

// ServeNotifier starts a notification service that can do what able says.
func (b *Bus) ServeNotifier(able ...string) *Notifier {
	b.t.Helper()
	n := &Notifier{t: b.t, able: able, Shown: make(chan Notice, 64), Closed: make(chan uint32, 64)}
	n.conn = b.serve(noticeName, noticePath, n, noticeName)
	return n
}

// GetCapabilities is the service's method.
func (n *Notifier) GetCapabilities() ([]string, *dbus.Error) { return n.able, nil }

// Notify is the service's method.
func (n *Notifier) Notify(app string, _ uint32, _, title, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.last++
	transient, _ := hints["transient"].Value().(bool)
	n.Shown <- Notice{ID: n.last, App: app, Title: title, Body: body, Actions: actions, Transient: transient}
	return n.last, nil
}

// CloseNotification is the service's method.
func (n *Notifier) CloseNotification(id uint32) *dbus.Error {
	n.Closed <- id
	return nil
}

// Click says that the person clicked a notification.
func (n *Notifier) Click(id uint32) { n.emit("ActionInvoked", id, "default") }

// Expire says that a notification is not shown any more.
func (n *Notifier) Expire(id uint32) { n.emit("NotificationClosed", id, uint32(1)) }

func (n *Notifier) emit(name string, values ...any) {
	n.t.Helper()
	if err := n.conn.Emit(noticePath, noticeName+"."+name, values...); err != nil {
		n.t.Fatal(err)
	}
}
