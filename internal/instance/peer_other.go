//go:build !linux

package instance

import "net"

// checkPeer relies on the folder, which is closed to other users.
func checkPeer(net.Conn) error { return nil }
