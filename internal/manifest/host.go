package manifest

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// WildcardBase reports whether "*." may stand before a host name: everything
// under it belongs to one owner. That is not so of a public suffix such as
// "com", "co.uk" or "github.io", nor of the end of a number such as "0.0.1".
func WildcardBase(base string) bool {
	base = strings.TrimSuffix(base, ".")
	if base == "" || endsInNumber(base) || strings.ContainsAny(base, "[]:") {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(base)
	return suffix != base
}

// PlainHost reports whether a host in small ASCII letters is a name, or a number
// in the one form that every resolver reads alike: no 127.1, 0x7f000001 or
// 2130706433, no IPv6 address in another form than the shortest, none that
// stands for an IPv4 address, no zone.
func PlainHost(host string) bool {
	bare, v6 := strings.CutPrefix(host, "[")
	if v6 {
		bare = strings.TrimSuffix(bare, "]")
	}
	if !v6 && !endsInNumber(strings.TrimSuffix(host, ".")) {
		return true
	}
	addr, err := netip.ParseAddr(bare)
	return err == nil && addr.Is6() == v6 && !addr.Is4In6() && addr.Zone() == "" && addr.String() == bare
}

// endsInNumber reports whether resolvers may take a host for an IPv4 address.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

// hostProblem says what is wrong with the host of a net target that the form of
// targets does not tell, or nothing.
func hostProblem(target string) string {
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
		host = host[:at]
	}
	base, wild := strings.CutPrefix(host, "*.")
	if strings.ContainsFunc(base, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(base)
		if err != nil || ascii == base {
			return fmt.Sprintf("names the host %q, which is no valid name", base)
		}
		return fmt.Sprintf("names the host %q in letters that can look like others. Write it as %q", base, ascii)
	}
	for label := range strings.SplitSeq(base, ".") {
		if strings.HasPrefix(label, "xn--") {
			if _, err := idna.Lookup.ToUnicode(label); err != nil {
				return fmt.Sprintf("names the host %q, in which %q stands for no letters", base, label)
			}
		}
	}
	switch {
	case wild && !WildcardBase(base) && strings.Contains(base, "."):
		return fmt.Sprintf("is everything under %q, where anyone can have a name. Name the hosts under it that the extension needs", base)
	case !wild && !PlainHost(base):
		return fmt.Sprintf("names the host %q, which can be read as more than one address. Write a name, four numbers with dots, or the shortest form of an IPv6 address", base)
	}
	return ""
}
