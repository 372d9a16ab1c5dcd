package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// line is one thing that was seen: at ("link" or "loopback"), kind ("tcp" for
// the first packet of a connection, "udp", "http", or another protocol's
// number), to, port, and name or path where there is one.
type line map[string]any

// report writes lines, whole ones, from any goroutine.
type report struct {
	mu sync.Mutex
	to io.Writer
}

func (r *report) say(l line) {
	b, err := json.Marshal(l)
	if err == nil {
		r.pass(b)
	}
}

func (r *report) pass(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = r.to.Write(append(append([]byte{}, b...), '\n'))
}

// watch reports every packet that arrives at an interface.
func watch(device, at string, out *report) error {
	const all = syscall.ETH_P_ALL<<8&0xff00 | syscall.ETH_P_ALL>>8 // in network order
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, all)
	if err != nil {
		return err
	}
	i, err := net.InterfaceByName(device)
	if err != nil {
		return err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: i.Index}); err != nil {
		return err
	}
	go func() {
		packet := make([]byte, 64<<10)
		for {
			n, from, err := syscall.Recvfrom(fd, packet, 0)
			if err != nil {
				continue // interrupted
			}
			if ll, ok := from.(*syscall.SockaddrLinklayer); ok && ll.Pkttype == syscall.PACKET_OUTGOING {
				continue
			}
			if l := read(packet[:n]); l != nil {
				l["at"] = at
				out.say(l)
			}
		}
	}()
	return nil
}

// Protocol numbers, and the ICMPv6 messages a kernel sends by itself.
const (
	icmp4, igmp, tcp, udp, icmp6 = 1, 2, 6, 17, 58

	hopByHop                    = 0
	neighbourFirst, neighbourTo = 130, 143
)

// read says what a packet is, or nil for one that begins nothing: later packets
// of a connection, and what the two kernels say to each other.
func read(p []byte) line {
	if len(p) < 20 {
		return nil
	}
	var to netip.Addr
	var proto byte
	switch p[0] >> 4 {
	case 4:
		head := int(p[0]&15) * 4
		if len(p) < head {
			return nil
		}
		to, _ = netip.AddrFromSlice(p[16:20])
		proto, p = p[9], p[head:]
	case 6:
		if len(p) < 40 {
			return nil
		}
		to, _ = netip.AddrFromSlice(p[24:40])
		proto, p = p[6], p[40:]
		if proto == hopByHop && len(p) >= 8 {
			proto, p = p[0], p[8+int(p[1])*8:]
		}
	default:
		return nil
	}
	switch {
	case proto == igmp, proto == icmp6 && len(p) > 0 && p[0] >= neighbourFirst && p[0] <= neighbourTo:
		return nil
	case proto == icmp4 && len(p) > 0 && p[0] == 3, proto == icmp6 && len(p) > 0 && p[0] == 1:
		return nil // an answer: nobody listens there
	case proto == tcp && len(p) >= 14:
		if p[13]&0x12 != 0x02 {
			return nil // not the first packet
		}
		return line{"kind": "tcp", "to": to.String(), "port": binary.BigEndian.Uint16(p[2:])}
	case proto == udp && len(p) >= 8:
		l := line{"kind": "udp", "to": to.String(), "port": binary.BigEndian.Uint16(p[2:])}
		if l["port"] == uint16(53) {
			l["name"], _ = question(p[8:])
		}
		return l
	case proto == tcp, proto == udp:
		return nil
	}
	return line{"kind": int(proto), "to": to.String(), "port": 0}
}
