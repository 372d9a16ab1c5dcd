package manifest

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// WildcardBase reports whether "*." may stand before a host name: everything
// under it belongs to one owner. That is not so of a public suffix such as
// "com", "co.uk" or "github.io", nor of the end of a number such as "0.0.1".
func WildcardBase(base string) bool {
	base = strings.TrimSuffix(base, ".")
	if base == "" || spelling.EndsInNumber(base) || strings.ContainsAny(base, "[]:") {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(base)
	return suffix != base
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
	if label := spelling.Unreadable(base); label != "" {
		return fmt.Sprintf("names the host %q, in which %q stands for no letters", base, label)
	}
	switch {
	case wild && !WildcardBase(base) && strings.Contains(base, "."):
		return fmt.Sprintf("is everything under %q, where anyone can have a name. Name the hosts under it that the extension needs", base)
	case !wild && !spelling.PlainHost(base):
		return fmt.Sprintf("names the host %q, which can be read as more than one address. Write a name, four numbers with dots, or the shortest form of an IPv6 address", base)
	}
	return ""
}
