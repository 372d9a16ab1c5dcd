// Package spelling says which names count as one, and which of them systems keep
// for themselves. Who judges a name and who uses it have to agree about that.
package spelling

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// LowerASCII makes A to Z small, as SQLite does when it compares names. Unlike
// strings.ToLower it takes no other letter for one of them, and leaves every
// other byte as it is.
func LowerASCII(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// OwnTable reports whether the full name of a table, or of another object of the
// schema, is one of the app's own, and what it is called without prefix, which
// is what all their names begin with. SQLite takes capital and small letters of
// ASCII for one, and no others.
func OwnTable(prefix, full string) (short string, own bool) {
	if len(full) <= len(prefix) {
		return "", false
	}
	begin, short := full[:len(prefix)], full[len(prefix):]
	if begin != prefix && LowerASCII(begin) != LowerASCII(prefix) {
		return "", false
	}
	return short, true
}

// Fold maps spellings that a file system may hold for equal to one.
func Fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return LowerASCII(s)
	}
	return strings.ToLower(strings.ToUpper(norm.NFKC.String(s)))
}

var port = regexp.MustCompile(`^(COM|LPT)[0-9¹²³]$`)

// IsDevice reports whether Windows would open a device instead of a file of this
// name, whatever follows the first dot.
func IsDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	return port.MatchString(stem)
}
