// Package freedesktop speaks to the desktop over D-Bus, where there is one:
// notifications, and the news that the machine goes to sleep or that its
// screen is locked. It starts no bus and no service, and where something is
// missing it says so.
package freedesktop

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// Bounds of what a bus may take. A service that hangs must not hang Alcove.
const (
	handshakeTime = 3 * time.Second
	callTime      = 3 * time.Second
)

// ErrNone says that there is no such bus here, or that nobody on it does the
// job.
var ErrNone = errors.New("no such service on this machine")

// session connects to the bus of the person's session and never starts one.
func session(ctx context.Context) (*dbus.Conn, error) {
	return connect(ctx, dbus.SessionBusPrivateNoAutoStartup)
}

// system connects to the bus of the machine.
func system(ctx context.Context) (*dbus.Conn, error) {
	return connect(ctx, dbus.SystemBusPrivate)
}

// connect dials and says hello within handshakeTime. The connection closes
// when ctx ends.
func connect(ctx context.Context, dial func(...dbus.ConnOption) (*dbus.Conn, error)) (*dbus.Conn, error) {
	conn, err := dial(dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	var late atomic.Bool
	timer := time.AfterFunc(handshakeTime, func() { late.Store(true); _ = conn.Close() })
	defer timer.Stop()
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	if late.Load() {
		err = errors.Join(err, errors.New("the bus did not answer in time"))
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	return conn, nil
}

// call calls a method of o within callTime.
func call(ctx context.Context, o dbus.BusObject, method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return o.CallWithContext(ctx, method, 0, args...)
}

// there reports whether name has an owner on the bus or would get one when it
// is called.
func there(ctx context.Context, conn *dbus.Conn, name string) bool {
	var owned bool
	if call(ctx, conn.BusObject(), "org.freedesktop.DBus.NameHasOwner", name).Store(&owned) == nil && owned {
		return true
	}
	var names []string
	if call(ctx, conn.BusObject(), "org.freedesktop.DBus.ListActivatableNames").Store(&names) != nil {
		return false
	}
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
