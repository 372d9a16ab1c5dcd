package network

import "net/netip"

// reach is what an IP address is to the outside.
type reach int

const (
	never   reach = iota // no single computer has it
	private              // this machine, or a network around it
	public               // the internet
)

// Ranges that are not the internet, from the IANA special-purpose registries
// (RFC 6890; https://www.iana.org/assignments/iana-ipv4-special-registry and
// iana-ipv6-special-registry) and the multicast and unicast address spaces.
// The first range that contains an address decides.
var ranges = []struct {
	prefix netip.Prefix
	reach  reach
}{
	{netip.MustParsePrefix("0.0.0.0/32"), never},          // unspecified, RFC 1122; some systems take it for loopback
	{netip.MustParsePrefix("0.0.0.0/8"), never},           // this network, RFC 791
	{netip.MustParsePrefix("10.0.0.0/8"), private},        // RFC 1918
	{netip.MustParsePrefix("100.64.0.0/10"), private},     // carrier-grade NAT, RFC 6598
	{netip.MustParsePrefix("127.0.0.0/8"), private},       // loopback, RFC 1122
	{netip.MustParsePrefix("169.254.0.0/16"), private},    // link-local, RFC 3927
	{netip.MustParsePrefix("172.16.0.0/12"), private},     // RFC 1918
	{netip.MustParsePrefix("192.0.0.0/24"), private},      // protocol assignments, RFC 6890
	{netip.MustParsePrefix("192.0.2.0/24"), private},      // documentation, RFC 5737
	{netip.MustParsePrefix("192.31.196.0/24"), private},   // AS112, RFC 7535
	{netip.MustParsePrefix("192.52.193.0/24"), private},   // AMT, RFC 7450
	{netip.MustParsePrefix("192.88.99.0/24"), private},    // 6to4 relays, RFC 7526
	{netip.MustParsePrefix("192.168.0.0/16"), private},    // RFC 1918
	{netip.MustParsePrefix("192.175.48.0/24"), private},   // AS112, RFC 7534
	{netip.MustParsePrefix("198.18.0.0/15"), private},     // benchmarks, RFC 2544
	{netip.MustParsePrefix("198.51.100.0/24"), private},   // documentation, RFC 5737
	{netip.MustParsePrefix("203.0.113.0/24"), private},    // documentation, RFC 5737
	{netip.MustParsePrefix("224.0.0.0/4"), never},         // multicast, RFC 5771
	{netip.MustParsePrefix("240.0.0.0/4"), never},         // reserved and broadcast, RFC 1112, RFC 919
	{netip.MustParsePrefix("0.0.0.0/0"), public},          // the rest of IPv4
	{netip.MustParsePrefix("::/128"), never},              // unspecified, RFC 4291
	{netip.MustParsePrefix("::1/128"), private},           // loopback, RFC 4291
	{netip.MustParsePrefix("fc00::/7"), private},          // unique local, RFC 4193
	{netip.MustParsePrefix("fe80::/10"), private},         // link-local, RFC 4291
	{netip.MustParsePrefix("fec0::/10"), private},         // site-local of old, RFC 3879
	{netip.MustParsePrefix("64:ff9b:1::/48"), private},    // NAT64 of one's own, RFC 8215
	{netip.MustParsePrefix("2001::/32"), public},          // Teredo, RFC 4380: see embedded
	{netip.MustParsePrefix("2001:1::/32"), private},       // anycast of protocols, RFC 7723, RFC 8155
	{netip.MustParsePrefix("2001::/23"), private},         // protocol assignments, RFC 2928
	{netip.MustParsePrefix("2001:db8::/32"), private},     // documentation, RFC 3849
	{netip.MustParsePrefix("2620:4f:8000::/48"), private}, // AS112, RFC 7534
	{netip.MustParsePrefix("3fff::/20"), private},         // documentation, RFC 9637
	{netip.MustParsePrefix("2000::/3"), public},           // global unicast, RFC 4291
	{netip.MustParsePrefix("64:ff9b::/96"), public},       // NAT64, RFC 6052: see embedded
	{netip.MustParsePrefix("::/0"), never},                // multicast, reserved, segment routing, discard
}

// reachOf judges an address. One that holds an IPv4 address inside, which a
// gateway may send on to, is only as public as that one.
func reachOf(ip netip.Addr) reach {
	ip = ip.Unmap().WithZone("")
	worst := lookUp(ip)
	for _, inner := range embedded(ip) {
		worst = min(worst, lookUp(inner))
	}
	return worst
}

func lookUp(ip netip.Addr) reach {
	for _, r := range ranges {
		if r.prefix.Contains(ip) {
			return r.reach
		}
	}
	return never
}

// embedded returns the IPv4 addresses that an IPv6 address carries.
func embedded(ip netip.Addr) []netip.Addr {
	if !ip.Is6() {
		return nil
	}
	b := ip.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	switch {
	case nat64.Contains(ip):
		return []netip.Addr{at(12)}
	case sixToFour.Contains(ip):
		return []netip.Addr{at(2)}
	case teredo.Contains(ip):
		// The client's address is stored with all bits turned over.
		client := [4]byte{^b[12], ^b[13], ^b[14], ^b[15]}
		return []netip.Addr{at(4), netip.AddrFrom4(client)}
	case b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return []netip.Addr{at(12)} // ISATAP, RFC 5214
	}
	return nil
}

var (
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour = netip.MustParsePrefix("2002::/16")
	teredo    = netip.MustParsePrefix("2001::/32")
)
