package permission_test

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/alcove-vault/alcove/internal/permission"
)

func naiveMatch(pattern string, call permission.Call, loose bool) bool {
	switch call.Resource {
	case "db":
		return naiveTable(naiveSmall(pattern), naiveSmall(call.Target))
	case "files":
		if call.Action == "pick" {
			return pattern == call.Target
		}
		return naivePath(pattern, call.Target, loose)
	case "net":
		return naiveAddress(pattern, call.Target, loose)
	case "shell", "secrets", "passwords", "storage":
		return pattern == "*" || pattern == call.Target || loose && naiveFold(pattern) == naiveFold(call.Target)
	case "mail":
		return naiveMail(pattern, call.Target, loose)
	case "peers":
		want, ok := naivePeer(call.Target)
		if !ok || strings.Contains(call.Target, "*") {
			return false
		}
		rule, ok := naivePeer(pattern)
		if !ok {
			return pattern == "*"
		}
		for i := range rule {
			if rule[i] != "*" && rule[i] != want[i] {
				return false
			}
		}
		return true
	}
	return pattern == call.Target
}

// naiveMail looks at every name above the host.
func naiveMail(pattern, host string, loose bool) bool {
	if loose {
		pattern, host = naiveFold(pattern), naiveFold(host)
	}
	if pattern == "*" || pattern == host {
		return true
	}
	if pattern == "" || strings.Contains(host, "*") {
		return false
	}
	labels := strings.Split(host, ".")
	for i := 1; i < len(labels); i++ {
		above := strings.Join(labels[i:], ".")
		if above != pattern {
			continue
		}
		suffix, _ := publicsuffix.PublicSuffix(above)
		return loose || suffix != above && !naiveNumber(above)
	}
	return false
}

func naivePeer(s string) (out [3]string, ok bool) {
	slash := strings.IndexByte(s, '/')
	if slash < 0 {
		return out, false
	}
	dot := strings.IndexByte(s[:slash], '.')
	if dot < 0 {
		return out, false
	}
	out = [3]string{s[:dot], s[dot+1 : slash], s[slash+1:]}
	return out, out[0] != "" && out[1] != "" && out[2] != ""
}

// naiveTable tries each kind of pattern there is.
func naiveTable(pattern, table string) bool {
	parts := strings.SplitN(table, "__", 3)
	if len(parts) < 3 || len(parts[0]) != 64 || parts[1] == "" || parts[2] == "" || strings.Contains(table, "*") {
		return false
	}
	if pattern == table {
		return true
	}
	for i := range parts[2] {
		if pattern == parts[0]+"__"+parts[1]+"__"+parts[2][:i]+"*" {
			return true
		}
	}
	return pattern == table+"*" || pattern == parts[0]+"__*"
}

func naivePickedRoot(root string) bool {
	if len(root) != len("{picked-0123456789abcdef}") || root[:8] != "{picked-" || root[24] != '}' {
		return false
	}
	for _, r := range root[8:24] {
		if !strings.ContainsRune("0123456789abcdef", r) {
			return false
		}
	}
	return true
}

func naivePath(pattern, path string, loose bool) bool {
	want := strings.Split(path, "/")
	if want[0] == "" || want[0][0] != '{' || want[0][len(want[0])-1] != '}' {
		return false
	}
	for _, part := range want {
		if part == "" || part == "." || part == ".." || strings.Contains(part, "\\") || strings.Contains(part, "*") || strings.Contains(part, "\x00") {
			return false
		}
	}
	return naiveParts(strings.Split(pattern, "/"), want, loose)
}

// naiveParts tries every number of parts for every "**".
func naiveParts(pattern, want []string, loose bool) bool {
	if len(pattern) == 0 {
		return len(want) == 0
	}
	if pattern[0] == "**" {
		for i := 0; i <= len(want); i++ {
			if naiveParts(pattern[1:], want[i:], loose) {
				return true
			}
		}
		return false
	}
	return len(want) > 0 && naivePart(pattern[0], want[0], loose) && naiveParts(pattern[1:], want[1:], loose)
}
