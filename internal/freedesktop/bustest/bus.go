// Package bustest gives tests a bus of their own, and on it the services of a
// desktop that Alcove talks to, written as real services.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// Bus is a running bus.
type Bus struct {
	t       testing.TB
	daemon  *exec.Cmd
	folder  string
	Address string
}

// Start starts a bus, which ends with the test.
func Start(t testing.TB) *Bus {
	t.Helper()
	folder, err := os.MkdirTemp("", "bus") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	b := &Bus{t: t, folder: folder}
	t.Cleanup(func() { b.Stop(); _ = os.RemoveAll(folder) })
	b.run()
	return b
}

// run starts the daemon and waits until it listens.
func (b *Bus) run() {
	b.t.Helper()
	file := filepath.Join(b.folder, "config")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, filepath.Join(b.folder, "socket")), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.daemon = exec.CommandContext(context.Background(), "dbus-daemon", "--config-file="+file, "--nofork", "--print-address=1")
	out, err := b.daemon.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.daemon.Start(); err != nil {
		b.t.Fatalf("the package dbus-daemon is needed: %v", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.t.Fatalf("the bus did not start: %v", err)
	}
	b.Address = strings.TrimSpace(line)
}

// Stop ends the bus.
func (b *Bus) Stop() {
	if b.daemon == nil {
		return
	}
	_ = b.daemon.Process.Kill()
	_ = b.daemon.Wait()
	b.daemon = nil
}

// Restart ends the bus and starts it anew at the same place, empty.
func (b *Bus) Restart() {
	b.t.Helper()
	b.Stop()
	_ = os.Remove(filepath.Join(b.folder, "socket"))
	b.run()
}

// Use makes this bus the machine's and the session's for the test.
func (b *Bus) Use() *Bus {
	b.t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", b.Address)
	b.t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.Address)
	b.t.Setenv("XDG_SESSION_ID", "")
	return b
}

// None makes a place where there is no bus the machine's and the session's.
func None(t testing.TB) {
	nowhere := "unix:path=" + filepath.Join(t.TempDir(), "none")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", nowhere)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", nowhere)
}

// serve connects to the bus and takes name, for an object at path.
func (b *Bus) serve(name string, path dbus.ObjectPath, object any, interfaces ...string) *dbus.Conn {
	b.t.Helper()
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	for _, i := range interfaces {
		if err := conn.Export(object, path, i); err != nil {
			b.t.Fatal(err)
		}
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		b.t.Fatalf("take the name %s: %v, %v", name, reply, err)
	}
	return conn
}
