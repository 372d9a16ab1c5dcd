package freedesktop

import (
	"context"
	"fmt"
	"slices"

	"github.com/godbus/dbus/v5"
)

// savers are the services of desktops that say when the screen is locked, each
// with a signal ActiveChanged(bool) of the interface that is called like it.
var savers = []string{
	"org.freedesktop.ScreenSaver",
	"org.gnome.ScreenSaver",
	"org.cinnamon.ScreenSaver",
	"org.mate.ScreenSaver",
	"org.xfce.ScreenSaver",
}

const (
	busName      = "org.freedesktop.DBus"
	ownerChanged = busName + ".NameOwnerChanged"
)

// hearSaver listens to screen savers until the connection ends. They may come
// and go.
func (w *Watch) hearSaver(ctx context.Context) error {
	conn, err := session(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	signals := listen(conn)
	for _, name := range savers {
		matches := [][]dbus.MatchOption{
			{dbus.WithMatchSender(name), dbus.WithMatchInterface(name), dbus.WithMatchMember("ActiveChanged")},
			{dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)},
		}
		for _, match := range matches {
			if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
				return fmt.Errorf("listen to the session's bus: %w", err)
			}
		}
	}
	present := make(map[string]bool)
	note := func() { w.found(func() { w.saver = len(present) > 0 }) }
	for _, name := range savers {
		var owned bool
		if call(ctx, conn.BusObject(), busName+".NameHasOwner", name).Store(&owned) == nil && owned {
			present[name] = true
		}
	}
	note()
	defer w.found(func() { w.saver = false })
	for s := range signals {
		switch {
		case s.Name == ownerChanged && len(s.Body) == 3:
			name, _ := s.Body[0].(string)
			owner, _ := s.Body[2].(string)
			switch {
			case !slices.Contains(savers, name):
			case owner != "":
				present[name] = true
			default:
				delete(present, name)
			}
			note()
		case saverSaid(s):
			w.o.Screen()
		}
	}
	return nil
}

// saverSaid reports whether s says that the screen is locked now.
func saverSaid(s *dbus.Signal) bool {
	for _, name := range savers {
		if s.Name == name+".ActiveChanged" {
			return truth(s.Body, 0) == yes
		}
	}
	return false
}
