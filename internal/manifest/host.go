package manifest

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// WildcardBase reports whether "*." may stand before a host name: everything
// under it belongs to one owner. That is not so of a public suffix such as
// "com", "co.uk" or "github.io", nor of the end of a number such as "0.0.1".
func WildcardBase(base string) bool {
	base = strings.TrimSuffix(base, ".")
	last := base[strings.LastIndexByte(base, '.')+1:]
	if last == "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") || strings.ContainsAny(base, "[]:") {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(base)
	return suffix != base
}
