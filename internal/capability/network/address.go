package network

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// MaxAddress is how many bytes an address may have.
const MaxAddress = 4096

// Address is one http, https, ws or wss address in its only spelling: scheme
// and host in lower case, the port only where it is not the scheme's own, no
// user name, no fragment, nothing but ASCII.
type Address struct {
	Scheme string
	Host   string     // a name, or an IP address without brackets
	IP     netip.Addr // valid where Host is one
	Port   uint16
	path   string // escaped, starts with "/"
	query  string // escaped, with its "?", or ""
}

// Parse reads an address. What could be read in two ways is refused; a
// fragment is dropped.
func Parse(text string) (Address, error) {
	if len(text) > MaxAddress {
		return Address{}, badAddress("An address has at most %d bytes.", MaxAddress)
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c == 0x7f || c == '\\' {
			return Address{}, badAddress("The address has a space, a backslash or a control character in it. Write it with percent signs, like %%20.")
		}
	}
	scheme, rest, ok := strings.Cut(text, ":")
	a := Address{Scheme: spelling.LowerASCII(scheme)}
	if a.Port = defaultPort(a.Scheme); !ok || a.Port == 0 {
		return Address{}, badAddress("An address begins with https://, http://, wss:// or ws://.")
	}
	if rest, ok = strings.CutPrefix(rest, "//"); !ok {
		return Address{}, badAddress("An address has two slashes after its scheme, like https://example.com/.")
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority, tail := rest, ""
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		authority, tail = rest[:end], rest[end:]
	}
	if err := a.authority(authority); err != nil {
		return Address{}, err
	}
	path, query, asks := strings.Cut(tail, "?")
	if path == "" {
		path = "/"
	}
	a.path = escape(path, pathSafe)
	if asks {
		a.query = "?" + escape(query, querySafe)
	}
	if len(a.String()) > MaxAddress {
		return Address{}, badAddress("An address has at most %d bytes, counted as it is sent.", MaxAddress)
	}
	if _, err := url.PathUnescape(a.path); err != nil {
		return Address{}, badAddress("The path has a percent sign that no two hexadecimal digits follow. Write it as %%25.")
	}
	return a, nil
}

// authority reads host and port.
func (a *Address) authority(text string) error {
	if strings.Contains(text, "@") {
		return badAddress("An address has no user name and no password in it. Send them in a header.")
	}
	if strings.Contains(text, "%") {
		return badAddress("The host has a percent sign in it: neither escapes nor zones are possible there.")
	}
	host, port := text, ""
	if inner, after, ok := cutBrackets(text); ok {
		if after != "" && after[0] != ':' {
			return badAddress("After the brackets comes a port or nothing.")
		}
		host, port = "["+inner+"]", strings.TrimPrefix(after, ":")
	} else if at := strings.IndexByte(text, ':'); at >= 0 {
		host, port = text[:at], text[at+1:]
	}
	if port != "" {
		n, err := parsePort(port)
		if err != nil {
			return err
		}
		a.Port = n
	}
	return a.host(host)
}

func cutBrackets(text string) (inner, after string, ok bool) {
	if !strings.HasPrefix(text, "[") {
		return "", "", false
	}
	return strings.Cut(text[1:], "]")
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || text[0] == '0' || text[0] == '+' {
		return 0, badAddress("A port is a number from 1 to 65535.")
	}
	if badPorts[uint16(n)] {
		return 0, badAddress("Port %d belongs to another service than the web, so Alcove does not connect to it.", n)
	}
	return uint16(n), nil
}

// host reads a host: an IPv6 address in brackets, an IPv4 address of four
// decimal numbers, or a name.
func (a *Address) host(text string) error {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return badAddress("What stands in the brackets is no IPv6 address.")
		}
		if ip.Is4In6() {
			return badAddress("The address is an IPv4 address in another form. Write it as %s.", ip.Unmap())
		}
		a.IP, a.Host = ip, ip.String()
		return nil
	}
	for i := range len(text) {
		if text[i] >= 0x80 {
			return foreignHost(text)
		}
	}
	name := strings.TrimSuffix(spelling.LowerASCII(text), ".")
	if !validName(name) {
		return badAddress("The host %q is neither a name nor an address.", text)
	}
	a.Host = name
	if !endsInNumber(name) {
		return nil
	}
	ip, err := netip.ParseAddr(name)
	if err != nil || !ip.Is4() {
		return badAddress("The host %q is a number, and no IPv4 address of four decimal numbers, like 192.0.2.1.", text)
	}
	a.IP = ip
	return nil
}

// foreignHost refuses a host with letters that are not ASCII, and names its
// ASCII form: many letters look like others.
func foreignHost(text string) error {
	ascii, err := idna.Lookup.ToASCII(text)
	if err != nil || !validName(ascii) {
		return badAddress("The host has letters that no name can have.")
	}
	return badAddress("The host has letters that are not ASCII, and that can look like others. Write it as %s.", ascii)
}

// validName reports whether name is labels of letters, digits, "-" and "_".
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", rune(label[i])) {
				return false
			}
		}
	}
	return true
}

// endsInNumber reports whether somebody might read a host as an IPv4 address:
// its last label is digits, or "0x" and hexadecimal ones (URL Standard,
// "ends in a number").
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// Local reports whether an address can be seen not to lead outside: an IP
// address that is not public, or a name kept for one's own network (RFC 6761,
// 6762, 8375 and the reservation of "internal").
func (a Address) Local() bool {
	if a.IP.IsValid() {
		return reachOf(a.IP) != public
	}
	if !strings.Contains(a.Host, ".") {
		return true
	}
	for _, suffix := range []string{".localhost", ".local", ".internal", ".home.arpa", ".lan"} {
		if strings.HasSuffix(a.Host, suffix) {
			return true
		}
	}
	return false
}

// Secure reports whether TLS protects what is sent.
func (a Address) Secure() bool { return a.Scheme == "https" || a.Scheme == "wss" }

// Origin returns scheme, host and port.
func (a Address) Origin() string { return a.Scheme + "://" + a.hostPort() }

func (a Address) hostPort() string {
	host := a.Host
	if a.IP.Is6() {
		host = "[" + host + "]"
	}
	if a.Port == defaultPort(a.Scheme) {
		return host
	}
	return host + ":" + strconv.Itoa(int(a.Port))
}

// String returns the canonical text.
func (a Address) String() string { return a.Origin() + a.path + a.query }

// url returns the address for package http.
func (a Address) url() (*url.URL, error) {
	u, err := url.Parse(a.String())
	if err != nil {
		return nil, badAddress("The address cannot be read.")
	}
	switch a.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	}
	return u, nil
}

func defaultPort(scheme string) uint16 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	}
	return 0
}

// What stands for itself in a path and in a query, besides letters and digits.
const (
	pathSafe  = "-._~!$&'()*+,;=:@/%"
	querySafe = pathSafe + "?"
)

// escape writes the bytes that an address cannot have with percent signs.
func escape(s, safe string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c < 0x80 && strings.IndexByte(safe, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
