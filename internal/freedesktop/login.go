package freedesktop

import (
	"context"
	"fmt"
	"os"

	"github.com/godbus/dbus/v5"
)

// The names of logind, which elogind shares.
const (
	loginName    = "org.freedesktop.login1"
	loginPath    = "/org/freedesktop/login1"
	loginManager = loginName + ".Manager"
	loginSession = loginName + ".Session"
	properties   = "org.freedesktop.DBus.Properties"
)

// login is the login service while it is listened to.
type login struct {
	manager dbus.BusObject
	session dbus.ObjectPath // of this person, or ""
	held    *os.File        // keeps the machine from sleeping; nil if that is not allowed
}

// hearLogin listens to the login service until the connection ends.
func (w *Watch) hearLogin(ctx context.Context) error {
	conn, err := system(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if !there(ctx, conn, loginName) {
		return ErrNone
	}
	signals := listen(conn)
	l := &login{manager: conn.Object(loginName, loginPath)}
	defer l.letSleep()
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(loginName), dbus.WithMatchObjectPath(loginPath),
		dbus.WithMatchInterface(loginManager), dbus.WithMatchMember("PrepareForSleep"))
	if err != nil {
		return fmt.Errorf("listen to the login service: %w", err)
	}
	if l.session, err = ownSession(ctx, conn, l.manager); err != nil {
		w.o.Log.Info("the login service knows no session of this person", "reason", err)
	} else if err := l.hearSession(ctx, conn); err != nil {
		return fmt.Errorf("listen to the session: %w", err)
	}
	if err := l.hold(ctx); err != nil {
		w.o.Log.Warn("the machine will not wait with its sleep until the vault is locked", "reason", err)
	}
	w.found(func() { w.login = Sources{Sleep: true, Screen: l.session != ""} })
	defer w.found(func() { w.login = Sources{} })
	for s := range signals {
		w.loginSaid(ctx, l, s)
	}
	return nil
}

// loginSaid acts on one signal.
func (w *Watch) loginSaid(ctx context.Context, l *login, s *dbus.Signal) {
	switch {
	case s.Name == loginManager+".PrepareForSleep" && s.Path == loginPath:
		switch truth(s.Body, 0) {
		case yes:
			w.o.Sleep()
			l.letSleep()
		case no:
			if err := l.hold(ctx); err != nil {
				w.o.Log.Warn("the machine will not wait with its sleep until the vault is locked", "reason", err)
			}
		}
	case s.Name == loginSession+".Lock" && s.Path == l.session:
		w.o.Screen()
	case s.Name == properties+".PropertiesChanged" && s.Path == l.session && len(s.Body) > 1:
		// Desktops that lock by themselves say so to the login service.
		changed, _ := s.Body[1].(map[string]dbus.Variant)
		if locked, _ := changed["LockedHint"].Value().(bool); locked {
			w.o.Screen()
		}
	}
}

// hold has the machine wait with its sleep until letSleep.
func (l *login) hold(ctx context.Context) error {
	l.letSleep()
	var fd dbus.UnixFD
	if err := call(ctx, l.manager, loginManager+".Inhibit", "sleep", "Alcove", "Lock the vault first", "delay").Store(&fd); err != nil {
		return err
	}
	l.held = os.NewFile(uintptr(fd), "sleep")
	return nil
}

func (l *login) letSleep() {
	if l.held != nil {
		l.held.Close()
		l.held = nil
	}
}

func (l *login) hearSession(ctx context.Context, conn *dbus.Conn) error {
	for _, match := range [][2]string{{loginSession, "Lock"}, {properties, "PropertiesChanged"}} {
		err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(loginName), dbus.WithMatchObjectPath(l.session),
			dbus.WithMatchInterface(match[0]), dbus.WithMatchMember(match[1]))
		if err != nil {
			return err
		}
	}
	return nil
}

// ownSession finds the person's session: the one Alcove was started in or, for
// programs that the desktop starts outside of it, the one with their display.
func ownSession(ctx context.Context, conn *dbus.Conn, manager dbus.BusObject) (dbus.ObjectPath, error) {
	var path dbus.ObjectPath
	if id := os.Getenv("XDG_SESSION_ID"); id != "" {
		if call(ctx, manager, loginManager+".GetSession", id).Store(&path) == nil {
			return path, nil
		}
	}
	if call(ctx, manager, loginManager+".GetSessionByPID", uint32(os.Getpid())).Store(&path) == nil {
		return path, nil
	}
	if err := call(ctx, manager, loginManager+".GetUser", uint32(os.Getuid())).Store(&path); err != nil {
		return "", err
	}
	var display dbus.Variant
	err := call(ctx, conn.Object(loginName, path), properties+".Get", loginName+".User", "Display").Store(&display)
	if err != nil {
		return "", err
	}
	parts, _ := display.Value().([]any) // (id, path)
	if len(parts) == 2 {
		if p, ok := parts[1].(dbus.ObjectPath); ok && p != "/" {
			return p, nil
		}
	}
	return "", ErrNone
}

// answer is a truth value out of a message, which may not be one.
type answer int

const (
	unsaid answer = iota
	no
	yes
)

func truth(body []any, at int) answer {
	if len(body) <= at {
		return unsaid
	}
	switch v, ok := body[at].(bool); {
	case !ok:
		return unsaid
	case v:
		return yes
	default:
		return no
	}
}
