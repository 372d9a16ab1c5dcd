package bustest

import (
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	loginName = "org.freedesktop.login1"
	loginPath = "/org/freedesktop/login1"
	// Session is the path of the person's session.
	Session = dbus.ObjectPath(loginPath + "/session/_31")
	user    = dbus.ObjectPath(loginPath + "/user/_30")
)

// Login is a login service.
type Login struct {
	t    testing.TB
	conn *dbus.Conn

	// Outside: Alcove was not started in the session, which is found through
	// the person. Refuses: nobody may hold up the machine's sleep.
	Outside, Refuses bool

	mu   sync.Mutex
	held []pipe
}

// pipe is one who holds up the machine's sleep, as long as the far end is open.
type pipe struct{ near, far *os.File }

// ServeLogin starts a login service on the bus.
func (b *Bus) ServeLogin(change func(*Login)) *Login {
	b.t.Helper()
	l := &Login{t: b.t}
	if change != nil {
		change(l)
	}
	l.conn = b.serve(loginName, loginPath, l, loginName+".Manager")
	if err := l.conn.Export(loginUser{}, user, "org.freedesktop.DBus.Properties"); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		for _, p := range l.take() {
			p.near.Close()
			p.far.Close()
		}
	})
	return l
}

// Inhibit is the service's method.
func (l *Login) Inhibit(what, _, _, mode string) (dbus.UnixFD, *dbus.Error) {
	if l.Refuses || what != "sleep" || mode != "delay" {
		return 0, dbus.MakeFailedError(errors.New("not allowed"))
	}
	near, far, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, pipe{near, far})
	return dbus.UnixFD(far.Fd()), nil
}

// GetSessionByPID is the service's method.
func (l *Login) GetSessionByPID(uint32) (dbus.ObjectPath, *dbus.Error) {
	if l.Outside {
		return "", dbus.MakeFailedError(errors.New("this process is in no session"))
	}
	return Session, nil
}

// GetUser is the service's method.
func (*Login) GetUser(uint32) (dbus.ObjectPath, *dbus.Error) { return user, nil }

// loginUser is the person, as the service shows them.
type loginUser struct{}

type displayProperty struct {
	ID   string
	Path dbus.ObjectPath
}

// Get is the service's method.
func (loginUser) Get(_, property string) (dbus.Variant, *dbus.Error) {
	if property != "Display" {
		return dbus.Variant{}, dbus.MakeFailedError(errors.New("no such property"))
	}
	return dbus.MakeVariant(displayProperty{"1", Session}), nil
}

func (l *Login) take() []pipe {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held
	l.held = nil
	return held
}

// Falling is a machine that is about to sleep.
type Falling struct {
	t    testing.TB
	held []pipe
}

// Sleep says that the machine is about to sleep.
func (l *Login) Sleep() *Falling {
	l.t.Helper()
	f := &Falling{l.t, l.take()}
	for _, p := range f.held {
		p.far.Close() // whoever asked has a descriptor of their own
	}
	l.emit(loginPath, loginName+".Manager.PrepareForSleep", true)
	return f
}

// Held is how many hold the sleep up at this moment.
func (f *Falling) Held() (n int) {
	for _, p := range f.held {
		_ = p.near.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := p.near.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			n++
		}
	}
	return n
}

// Asleep waits until nobody holds the sleep up.
func (f *Falling) Asleep() {
	f.t.Helper()
	for _, p := range f.held {
		_ = p.near.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := p.near.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			f.t.Errorf("the machine is still held up: %v", err)
		}
		p.near.Close()
	}
}

// Wake says that the machine is awake again.
func (l *Login) Wake() { l.emit(loginPath, loginName+".Manager.PrepareForSleep", false) }

// LockSession asks the session with this path to lock.
func (l *Login) LockSession(path dbus.ObjectPath) { l.emit(path, loginName+".Session.Lock") }

// Hint says whether the session's screen is locked.
func (l *Login) Hint(locked bool) {
	l.emit(Session, "org.freedesktop.DBus.Properties.PropertiesChanged", loginName+".Session",
		map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(locked)}, []string{})
}

// Say emits any signal.
func (l *Login) Say(path dbus.ObjectPath, name string, values ...any) { l.emit(path, name, values...) }

func (l *Login) emit(path dbus.ObjectPath, name string, values ...any) {
	l.t.Helper()
	if err := l.conn.Emit(path, name, values...); err != nil {
		l.t.Fatal(err)
	}
}
