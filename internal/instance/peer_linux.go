package instance

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer asks the kernel whose process is at the other end.
func checkPeer(c net.Conn) error {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return errors.New("not a local socket")
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var inner error
	if err := raw.Control(func(fd uintptr) {
		peer, inner = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return err
	}
	if inner != nil {
		return inner
	}
	if int(peer.Uid) != os.Getuid() {
		return errors.New("the other end belongs to another user")
	}
	return nil
}
