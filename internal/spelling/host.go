package spelling

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// PlainHost reports whether a host in small ASCII letters is a name, or a number
// in the one form that every resolver reads alike: no 127.1, 0x7f000001 or
// 2130706433, no IPv6 address in another form than the shortest, none that
// stands for an IPv4 address, no zone.
func PlainHost(host string) bool {
	bare, v6 := strings.CutPrefix(host, "[")
	if v6 {
		bare = strings.TrimSuffix(bare, "]")
	}
	if !v6 && !EndsInNumber(strings.TrimSuffix(host, ".")) {
		return true
	}
	addr, err := netip.ParseAddr(bare)
	return err == nil && addr.Is6() == v6 && !addr.Is4In6() && addr.Zone() == "" && addr.String() == bare
}

// EndsInNumber reports whether resolvers may take a host for an IPv4 address.
func EndsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

// Unreadable is the first label of a host that begins as letters of other
// scripts do in ASCII, and stands for none; "" where all labels mean something.
func Unreadable(host string) string {
	for label := range strings.SplitSeq(host, ".") {
		if strings.HasPrefix(label, "xn--") {
			if _, err := idna.Lookup.ToUnicode(label); err != nil {
				return label
			}
		}
	}
	return ""
}
