package external

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// ownUser reports whether the program at the other end of a connection runs as
// the user of this process: a port of 127.0.0.1 is open to every user of the
// machine. Remote is its end and local ours, as "127.0.0.1:port". The kernel
// says whose a socket is (proc_net_tcp of the kernel's documentation).
func ownUser(remote, local string) bool {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	to, err := netip.ParseAddrPort(local)
	if err != nil {
		return false
	}
	user := strconv.Itoa(os.Getuid())
	// A program may have opened a socket of IPv6 for an address of IPv4.
	return listed("/proc/net/tcp", user, kernelAddress(from, ""), kernelAddress(to, "")) ||
		listed("/proc/net/tcp6", user, kernelAddress(from, mapped), kernelAddress(to, mapped))
}

// mapped is how the kernel writes that an address of IPv6 stands for one of IPv4.
const mapped = "0000000000000000FFFF0000"

// kernelAddress spells an address of IPv4 as the kernel does: four bytes as a
// number of the machine's own order, and the port.
func kernelAddress(a netip.AddrPort, before string) string {
	four := a.Addr().Unmap().As4()
	return fmt.Sprintf("%s%08X:%04X", before, binary.NativeEndian.Uint32(four[:]), a.Port())
}

// listed reports whether a table of the kernel has a connection of that user.
func listed(table, user, from, to string) bool {
	file, err := os.Open(table)
	if err != nil {
		return false
	}
	defer file.Close()
	// sl, local address, remote address, state, queues, timer, retransmits, uid, …
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 7 && slices.Equal(fields[1:3], []string{from, to}) {
			return fields[7] == user
		}
	}
	return false
}
