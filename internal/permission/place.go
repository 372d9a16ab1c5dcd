package permission

import (
	"net/netip"
	"strings"
)

// place is where a net target leads, in words.
type place struct {
	noun  string   // "any host under example.com"
	notes []string // what else a person should know, most important first
}

// placeOf puts a URL pattern into words. Default ports are left out.
func (t texts) placeOf(target string) place {
	a, ok := parsePattern(target)
	switch {
	case target == "*":
		return place{noun: t.say("place.any"), notes: []string{t.say("net.any")}}
	case !ok:
		return place{noun: target}
	}
	shown := a.host
	if a.port != "443" && a.scheme == "https" || a.port != "80" && a.scheme == "http" {
		shown += ":" + a.port
	}
	var p place
	base, wild := strings.CutPrefix(shown, "*.")
	switch kind := hostKind(a.host); {
	case a.host == "*" && a.scheme == "http":
		p.noun = t.say("place.any.plain")
		p.notes = append(p.notes, t.say("net.any.plain"))
	case a.host == "*":
		p.noun = t.say("place.any")
		p.notes = append(p.notes, t.say("net.any"))
	case kind == loopbackHost:
		p.noun = t.say("place.loopback", "host", shown)
		p.notes = append(p.notes, t.say("net.loopback"))
	case kind == privateHost:
		p.noun = t.say("place.private", "host", shown)
		p.notes = append(p.notes, t.say("net.near"))
	case wild:
		p.noun = t.say("place.under", "host", base)
		p.notes = append(p.notes, t.say("net.under", "host", strings.TrimPrefix(a.host, "*.")))
	default:
		p.noun = t.say("place.host", "host", shown)
		if kind == numberHost {
			p.notes = append(p.notes, t.say("net.number"))
		}
	}
	if a.scheme == "http" {
		p.noun = t.say("place.plain", "place", p.noun)
		p.notes = append([]string{t.say("net.plain")}, p.notes...)
	}
	if strings.HasPrefix(a.host, "xn--") || strings.Contains(a.host, ".xn--") {
		p.notes = append(p.notes, t.say("net.letters"))
	}
	if a.port == "*" {
		p.notes = append(p.notes, t.say("net.ports"))
	}
	if below, open := strings.CutSuffix(a.path, "*"); a.path != "/*" {
		name := "net.path.exact"
		if open {
			name = "net.path"
		}
		p.notes = append(p.notes, t.say(name, "path", below))
	}
	return p
}

// nearOf puts the target of net.private into words.
func (t texts) nearOf(target string) place {
	a, ok := parsePattern(target)
	p := place{noun: target, notes: []string{t.say("net.near"), t.say("net.loopback")}}
	switch {
	case target == "*":
		p.noun = t.say("place.near")
	case !ok:
	case hostKind(a.host) == loopbackHost || hostKind(a.host) == privateHost:
		return t.placeOf(target)
	default:
		at := t.placeOf(target)
		p.noun = t.say("place.near.host", "host", at.noun)
	}
	return p
}

// kind of a host.
type kind int

const (
	publicHost kind = iota
	numberHost
	privateHost
	loopbackHost
)

// hostKind judges a host name or address by how it is written. Names are not
// resolved, so a public name may still lead into the own network; whoever
// connects has to look at the address again.
func hostKind(host string) kind {
	name := strings.TrimSuffix(strings.TrimPrefix(host, "*."), ".")
	if addr, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		addr = addr.Unmap()
		switch {
		case addr.IsLoopback() || addr.IsUnspecified():
			return loopbackHost
		case addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsMulticast() || sharedRange.Contains(addr):
			return privateHost
		default:
			return numberHost
		}
	}
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	switch {
	case last == "localhost":
		return loopbackHost
	case digits(last) || strings.HasPrefix(last, "0x"):
		// 2130706433, 127.1 and 0x7f000001 are spellings of addresses that
		// some resolvers accept; which one is meant cannot be seen.
		return loopbackHost
	case len(labels) == 1:
		return privateHost
	}
	switch last {
	case "local", "lan", "internal", "intranet", "home", "corp", "private", "localdomain", "arpa":
		return privateHost
	}
	return publicHost
}

// OwnNetwork reports whether an address is written as one of this computer or
// of the person's own network. That it is not says nothing: a public name may
// lead there, too.
func OwnNetwork(url string) bool {
	a, ok := parseAddress(url)
	if !ok {
		return false
	}
	kind := hostKind(a.host)
	return kind == privateHost || kind == loopbackHost
}

// sharedRange is the carrier's side of a router, RFC 6598.
var sharedRange = netip.MustParsePrefix("100.64.0.0/10")
