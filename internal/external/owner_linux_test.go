package external

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// socketOf opens a connection to a port of 127.0.0.1 as another user, or by a
// socket of IPv6.
func socketOf(t *testing.T, user, family, port int) net.Conn {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The user of a new socket is that of the thread's file accesses.
	_, _, _ = unix.RawSyscall(unix.SYS_SETFSUID, uintptr(user), 0, 0)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	_, _, _ = unix.RawSyscall(unix.SYS_SETFSUID, uintptr(os.Getuid()), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	if family == unix.AF_INET6 {
		to = &unix.SockaddrInet6{Port: port, Addr: [16]byte{10: 255, 11: 255, 12: 127, 15: 1}}
	}
	if err := unix.Connect(fd, to); err != nil {
		t.Fatal(err)
	}
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestOnlyTheSameUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can open a socket as another user")
	}
	const nobody = 65534
	h := newHouse(t)
	for name, one := range map[string]struct{ user, family, status int }{
		"the same user":          {0, unix.AF_INET, http.StatusSwitchingProtocols},
		"the same user, by IPv6": {0, unix.AF_INET6, http.StatusSwitchingProtocols},
		"another user":           {nobody, unix.AF_INET, http.StatusForbidden},
		"another user, by IPv6":  {nobody, unix.AF_INET6, http.StatusForbidden},
	} {
		conn := socketOf(t, one.user, one.family, h.server.Port())
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", h.server.Port())
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answer.Body.Close()
		if answer.StatusCode != one.status {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
}
