package permission_test

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

type naiveURL struct {
	scheme, host, port string
	parts              []string
	odd                bool
}

func naiveAddress(pattern, target string, loose bool) bool {
	for _, r := range target {
		if r <= 0x20 || r == 0x7f || r == '\\' {
			return false
		}
	}
	plain, _, _ := strings.Cut(target, "#")
	plain, _, _ = strings.Cut(plain, "?")
	want, ok := naiveSplit(plain, false)
	if !ok {
		return false
	}
	if pattern == "*" {
		return loose || want.scheme == "https"
	}
	rule, ok := naiveSplit(pattern, true)
	if !ok || rule.scheme != want.scheme || rule.port != "*" && rule.port != want.port || !naiveHost(rule.host, want.host, loose) {
		return false
	}
	if len(rule.parts) == 1 && rule.parts[0] == "*" {
		return true
	}
	if rule.odd || want.odd {
		return loose
	}
	got, parts := want.parts, rule.parts
	if n := len(parts) - 1; parts[n] == "*" {
		if len(got) <= n {
			return false
		}
		got, parts = got[:n], parts[:n]
	}
	if len(got) != len(parts) {
		return false
	}
	for i := range parts {
		if !naivePart(parts[i], got[i], loose) {
			return false
		}
	}
	return true
}

func naiveHost(pattern, host string, loose bool) bool {
	if pattern == "*" {
		return loose
	}
	if !strings.HasPrefix(pattern, "*.") {
		return pattern == host
	}
	if !strings.HasSuffix(host, pattern[1:]) || len(host) <= len(pattern)-1 {
		return false
	}
	if loose {
		return true
	}
	base := pattern[2:]
	if !strings.Contains(base, ".") || naiveNumber(base) {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(base)
	return suffix != base
}

func naiveNumber(host string) bool {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	digits := true
	for _, r := range last {
		digits = digits && r >= '0' && r <= '9'
	}
	return digits || strings.HasPrefix(last, "0x")
}

func naiveSplit(text string, pattern bool) (u naiveURL, ok bool) {
	at := strings.Index(text, "://")
	if at < 0 {
		return u, false
	}
	switch strings.ToLower(text[:at]) {
	case "https", "wss":
		u.scheme, u.port = "https", "443"
	case "http", "ws":
		u.scheme, u.port = "http", "80"
	default:
		return u, false
	}
	rest := text[at+3:]
	path := "/"
	if pattern {
		path = "/*"
	}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		rest, path = rest[:slash], rest[slash:]
	}
	u.host = naiveSmall(rest)
	if colon := strings.LastIndexByte(u.host, ':'); colon >= 0 && u.host[len(u.host)-1] != ']' {
		port := u.host[colon+1:]
		u.host = u.host[:colon]
		if port != "" {
			for len(port) > 0 && port[0] == '0' {
				port = port[1:]
			}
			for _, r := range port {
				if star := pattern && port == "*"; !star && (r < '0' || r > '9') {
					return u, false
				}
			}
			if port == "" {
				return u, false
			}
			u.port = port
		}
	}
	u.host = strings.TrimSuffix(u.host, ".")
	if !naiveHostForm(u.host, pattern) {
		return u, false
	}
	pieces := strings.Split(path[1:], "/")
	for i, piece := range pieces {
		plain, ok := naiveUnescape(piece)
		if !ok || pattern && strings.Count(plain, "*") != strings.Count(piece, "*") {
			return u, false
		}
		if plain == "." || plain == ".." || plain == "" && i != len(pieces)-1 || strings.ContainsAny(plain, "/\\%;\x00") {
			u.odd = true
		}
		u.parts = append(u.parts, plain)
	}
	return u, true
}

func naiveHostForm(host string, pattern bool) bool {
	if host == "" {
		return false
	}
	if host[0] == '[' {
		if host[len(host)-1] != ']' {
			return false
		}
		addr, err := netip.ParseAddr(host[1 : len(host)-1])
		if pattern {
			return true // equal to no host in its one form, if it is not in that
		}
		return err == nil && addr.Is6() && !addr.Is4In6() && addr.Zone() == "" && addr.String() == host[1:len(host)-1]
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" {
			return false
		}
		for _, r := range label {
			good := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || pattern && r == '*'
			if !good {
				return false
			}
		}
	}
	if !pattern && naiveNumber(host) {
		addr, err := netip.ParseAddr(host)
		return err == nil && addr.Is4() && addr.String() == host
	}
	return true
}

func naiveUnescape(s string) (string, bool) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		b, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", false
		}
		out = append(out, b...)
		i += 2
	}
	return string(out), true
}
