package permission

import (
	"net/url"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// address is a URL or a URL pattern taken apart.
type address struct {
	scheme   string   // "http" or "https"; ws and wss count as them
	host     string   // lower case, without a last dot, brackets kept
	port     string   // never empty, "*" in a pattern for any
	path     string   // as written, starts with "/"
	segments []string // of the path, unescaped
	// odd says that servers may disagree about which path is meant.
	odd bool
}

// matchPattern compares a URL pattern with an address. A lone "*" covers every
// https and wss address, never plain ones.
func matchPattern(pattern string, want address, loose bool) bool {
	if pattern == "*" {
		return loose || want.scheme == "https"
	}
	rule, ok := parsePattern(pattern)
	return ok && matchAddress(rule, want, loose)
}

// matchAddress compares scheme, host label by label, port, and path segment by
// segment. The query does not count.
func matchAddress(rule, want address, loose bool) bool {
	if rule.scheme != want.scheme || rule.port != "*" && rule.port != want.port || !matchHost(rule.host, want.host, loose) {
		return false
	}
	if len(rule.segments) == 1 && rule.segments[0] == "*" {
		return true
	}
	if want.odd || rule.odd {
		return loose
	}
	parts, got := rule.segments, want.segments
	if last := len(parts) - 1; parts[last] == "*" {
		if len(got) < len(parts) {
			return false
		}
		parts, got = parts[:last], got[:last]
	}
	return matchSegments(parts, got, loose)
}

// matchHost compares host names label by label. "*." at the beginning stands
// for one or more labels, so it does not cover the name after it. It covers
// nothing where the names after it belong to many, see manifest.WildcardBase,
// and neither does a host that is just "*".
func matchHost(pattern, host string, loose bool) bool {
	if pattern == "*" {
		return loose
	}
	base, wild := strings.CutPrefix(pattern, "*.")
	if !wild {
		return pattern == host
	}
	if !loose && !manifest.WildcardBase(base) {
		return false
	}
	rule, got := strings.Split(base, "."), strings.Split(host, ".")
	if len(got) <= len(rule) {
		return false
	}
	tail := got[len(got)-len(rule):]
	for i := range rule {
		if rule[i] == "" || rule[i] != tail[i] {
			return false
		}
	}
	return got[0] != ""
}

// parseAddress takes a URL apart. It reads the text itself, so that what is
// judged is what was written; whatever another reader could take differently is
// refused: users, backslashes, blanks, hosts that are not ASCII or can be read as
// more than one address, other schemes.
func parseAddress(target string) (address, bool) {
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return address{}, false
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok {
		return address{}, false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	host, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	a, ok := split(scheme, host, path, "")
	return a, ok && spelling.PlainHost(a.host)
}

// parsePattern takes a URL pattern apart.
func parsePattern(pattern string) (address, bool) {
	scheme, rest, ok := strings.Cut(pattern, "://")
	if !ok {
		return address{}, false
	}
	host, path, slash := strings.Cut(rest, "/")
	if !slash {
		path = "*"
	}
	return split(scheme, host, "/"+path, "*")
}

// split normalises the pieces. star is what a port may be besides digits.
func split(scheme, host, path, star string) (address, bool) {
	a := address{path: path, port: "443"}
	switch strings.ToLower(scheme) {
	case "https", "wss":
		a.scheme = "https"
	case "http", "ws":
		a.scheme, a.port = "http", "80"
	default:
		return address{}, false
	}
	a.host = spelling.LowerASCII(host)
	if at := strings.LastIndexByte(a.host, ':'); at >= 0 && !strings.HasSuffix(a.host, "]") {
		port := a.host[at+1:]
		a.host = a.host[:at]
		if port != "" {
			a.port = strings.TrimLeft(port, "0")
		}
	}
	a.host = strings.TrimSuffix(a.host, ".")
	if a.host == "" || !plainHost(a.host, star) || !digits(a.port) && (a.port == "" || a.port != star) {
		return address{}, false
	}
	if a.path == "" {
		a.path = "/"
	}
	escaped := strings.Split(a.path[1:], "/")
	for i, segment := range escaped {
		plain, err := url.PathUnescape(segment)
		if err != nil || star != "" && strings.Count(plain, "*") != strings.Count(segment, "*") {
			return address{}, false // "%2A" in a pattern is no "*"
		}
		inner := i < len(escaped)-1
		if plain == "." || plain == ".." || plain == "" && inner || strings.ContainsAny(plain, "/\\%;\x00") {
			a.odd = true
		}
		a.segments = append(a.segments, plain)
	}
	return a, true
}

// plainHost reports whether host is made of the labels of a name, or is in
// brackets and made of those of a number.
func plainHost(host, star string) bool {
	inside, brackets := strings.CutPrefix(host, "[")
	if brackets {
		inside, brackets = strings.CutSuffix(inside, "]")
		return brackets && strings.Trim(inside, "0123456789abcdef:.") == ""
	}
	for _, r := range host {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune("-_.", r):
		case star != "" && r == '*':
		default:
			return false
		}
	}
	return !strings.Contains("."+host+".", "..")
}

// digits reports whether s is a number, and not an empty one.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
