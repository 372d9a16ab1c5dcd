package permission_test

import (
	"encoding/hex"
	"net/netip"
	"sort"
	"strings"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// A second evaluator, written from docs/design/permissions.md alone. It is slow
// and obvious, keeps no index, and shares no code with the first.

func naiveJudge(policy permission.Policy, declared []manifest.Permission, grants []permission.Grant, call permission.Call, now int64) permission.Ruling {
	picked := false
	if call.Resource == "files" && (call.Action == "read" || call.Action == "readWrite") {
		picked = naivePickedRoot(strings.Split(call.Target, "/")[0])
	}
	if naiveForbids(policy, call.Resource, call.Action) || picked && naiveForbids(policy, "files", "pick") {
		return permission.Ruling{Verdict: permission.Forbidden}
	}
	var live []permission.Grant
	for _, g := range grants {
		if (g.Until == 0 || g.Until > now) && g.UsesLeft >= 0 {
			live = append(live, g)
		}
	}
	if picked {
		return naivePicked(declared, live, call)
	}

	var covering []manifest.Permission
	for _, d := range declared {
		if d.Resource == call.Resource && naiveIncludes(d.Resource, d.Action, call.Action) && naiveMatch(d.Target, call, false) && naiveFits(d.Constraints, call) {
			covering = append(covering, d)
		}
	}
	if len(covering) == 0 {
		return permission.Ruling{Verdict: permission.Undeclared}
	}
	if no := naiveDeny(live, call); no != nil {
		return naiveRuling(permission.Denied, covering[0], no)
	}
	type pair struct {
		rank  int
		grant permission.Grant
	}
	var pairs []pair
	for _, g := range live {
		if g.Decision != permission.Allow || !naiveAllows(g, call) {
			continue
		}
		own := false
		for _, d := range declared {
			own = own || d.Resource == g.Resource && d.Action == g.Action && d.Target == g.Target
		}
		for rank, d := range covering {
			if own && (d.Action != g.Action || d.Target != g.Target) {
				continue
			}
			pairs = append(pairs, pair{rank, g})
			break
		}
	}
	if len(pairs) == 0 || call.Fresh {
		return naiveRuling(permission.Ask, covering[0], nil)
	}
	sort.SliceStable(pairs, func(i, j int) bool {
		a, b := pairs[i], pairs[j]
		if a.rank != b.rank {
			return a.rank < b.rank
		}
		return naiveFirst(a.grant, b.grant)
	})
	return naiveRuling(permission.Allowed, covering[pairs[0].rank], &pairs[0].grant)
}

func naivePicked(declared []manifest.Permission, live []permission.Grant, call permission.Call) permission.Ruling {
	root, _, inside := strings.Cut(call.Target, "/")
	var may []manifest.Permission
	for _, d := range declared {
		if d.Resource == "files" && d.Action == "pick" && (d.Target == "folder" || d.Target == "file" && !inside) && naiveFits(d.Constraints, call) {
			may = append(may, d)
		}
	}
	if len(may) == 0 {
		return permission.Ruling{Verdict: permission.Undeclared}
	}
	if no := naiveDeny(live, call); no != nil {
		return naiveRuling(permission.Denied, may[0], no)
	}
	for _, d := range may {
		denied := false
		for _, g := range live {
			denied = denied || g.Resource == "files" && g.Action == "pick" && g.Target == d.Target && g.Decision != permission.Allow && g.Decision != permission.Ask
		}
		if denied {
			continue
		}
		target := root
		if d.Target == "folder" {
			target += "/**"
		}
		var list []permission.Grant
		for _, g := range live {
			if g.Decision == permission.Allow && g.Target == target && naiveAllows(g, call) {
				list = append(list, g)
			}
		}
		if len(list) > 0 {
			sort.SliceStable(list, func(i, j int) bool { return naiveFirst(list[i], list[j]) })
			return naiveRuling(permission.Allowed, d, &list[0])
		}
	}
	return naiveRuling(permission.Denied, may[0], nil)
}

func naiveRuling(v permission.Verdict, d manifest.Permission, g *permission.Grant) permission.Ruling {
	r := permission.Ruling{Verdict: v, Reason: d.Reason, Bounds: permission.Bounds{Rule: permission.Key{Resource: d.Resource, Action: d.Action, Target: d.Target}}}
	all := []*manifest.Constraints{d.Constraints}
	if g != nil {
		r.Grant = &g.Key
		if v == permission.Allowed {
			all = append(all, g.Constraints)
		}
	}
	limited := false
	for _, c := range all {
		if c == nil {
			continue
		}
		if c.MaxFileSize != 0 && (r.Bounds.MaxFileSize == 0 || c.MaxFileSize < r.Bounds.MaxFileSize) {
			r.Bounds.MaxFileSize = c.MaxFileSize
		}
		if c.MaxResponse != 0 && (r.Bounds.MaxResponse == 0 || c.MaxResponse < r.Bounds.MaxResponse) {
			r.Bounds.MaxResponse = c.MaxResponse
		}
		if c.Rate != nil {
			now, other := r.Bounds.Rate, permission.Rate{Requests: c.Rate.Requests, Seconds: c.Rate.Seconds}
			if now.Seconds != 0 {
				fewest := now.Requests
				if other.Requests < fewest {
					fewest = other.Requests
				}
				// The first number of seconds in which neither rate is exceeded.
				seconds := 1
				for fewest*now.Seconds > now.Requests*seconds || fewest*other.Seconds > other.Requests*seconds {
					seconds++
				}
				other = permission.Rate{Requests: fewest, Seconds: seconds}
			}
			r.Bounds.Rate = other
		}
		if c.Extensions != nil {
			if !limited {
				r.Bounds.Extensions = append([]string{}, c.Extensions...)
			} else {
				kept := []string{}
				for _, e := range r.Bounds.Extensions {
					for _, other := range c.Extensions {
						if e == other {
							kept = append(kept, e)
						}
					}
				}
				r.Bounds.Extensions = kept
			}
			limited = true
		}
	}
	return r
}

// naiveFirst orders grants that go with the same declared permission.
func naiveFirst(a, b permission.Grant) bool {
	if a.UsesLeft == 0 && b.UsesLeft != 0 || a.UsesLeft != 0 && b.UsesLeft == 0 {
		return a.UsesLeft == 0
	}
	if a.Target != b.Target {
		return a.Target < b.Target
	}
	return a.Action < b.Action
}

func naiveForbids(policy permission.Policy, resource, action string) bool {
	if policy[resource] || policy[resource+"."+action] {
		return true
	}
	if naiveReads(resource) && action == "readWrite" && policy[resource+".read"] {
		return true
	}
	if (resource == "mail" || resource == "storage") && policy["net"] {
		return true
	}
	return resource == "shell" && action == "terminal" && policy["shell.run"]
}

func naiveReads(resource string) bool {
	return resource == "db" || resource == "files" || resource == "passwords" || resource == "spaces" || resource == "storage"
}

func naiveIncludes(resource, has, wants string) bool {
	return has == wants || naiveReads(resource) && has == "readWrite" && wants == "read"
}

func naiveAllows(g permission.Grant, call permission.Call) bool {
	return g.Resource == call.Resource && naiveIncludes(g.Resource, g.Action, call.Action) && naiveMatch(g.Target, call, false) && naiveFits(g.Constraints, call)
}

func naiveDeny(live []permission.Grant, call permission.Call) *permission.Grant {
	for _, g := range live {
		if g.Decision == permission.Allow || g.Decision == permission.Ask || g.Resource != call.Resource {
			continue
		}
		touches := naiveIncludes(g.Resource, g.Action, call.Action) ||
			naiveReads(g.Resource) && g.Action == "read" && call.Action == "readWrite"
		if touches && naiveMatch(g.Target, call, true) && naiveFits(g.Constraints, call) {
			return &g
		}
	}
	return nil
}

func naiveFits(c *manifest.Constraints, call permission.Call) bool {
	if c == nil {
		return true
	}
	if call.Resource == "net" && c.Methods != nil {
		method := call.Method
		if method == "" {
			method = "GET"
		}
		found := false
		for _, m := range c.Methods {
			found = found || m == method
		}
		if !found {
			return false
		}
	}
	if call.Resource == "shell" && c.Arguments != nil {
		found := false
		for _, pattern := range c.Arguments {
			found = found || naiveArguments(pattern, call.Arguments)
		}
		if !found {
			return false
		}
	}
	if call.Resource == "files" {
		if c.Recursive != nil && *c.Recursive == false && call.Recursive {
			return false
		}
		if c.Extensions != nil && call.Action != "pick" && !call.Folder {
			parts := strings.Split(call.Target, "/")
			pieces := strings.Split(parts[len(parts)-1], ".")
			if len(pieces) < 2 || len(pieces) == 2 && pieces[0] == "" {
				return false
			}
			found := false
			for _, e := range c.Extensions {
				found = found || e == naiveSmall(pieces[len(pieces)-1])
			}
			return found
		}
	}
	return true
}

func naiveArguments(pattern, arguments []string) bool {
	if len(pattern) == 0 {
		return len(arguments) == 0
	}
	if len(pattern) == 1 && pattern[0] == "**" {
		return true
	}
	return len(arguments) > 0 && naiveWild(pattern[0], arguments[0]) && naiveArguments(pattern[1:], arguments[1:])
}

// naiveWild tries every length for every star.
func naiveWild(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		for i := 0; i <= len(text); i++ {
			if naiveWild(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	return text != "" && pattern[0] == text[0] && naiveWild(pattern[1:], text[1:])
}

// naiveSmall is for ASCII only.
func naiveSmall(s string) string {
	out := []byte(s)
	for i := range out {
		if out[i] >= 'A' && out[i] <= 'Z' {
			out[i] += 32
		}
	}
	return string(out)
}

func naiveFold(s string) string { return strings.ToLower(strings.ToUpper(norm.NFKC.String(s))) }

func naivePart(pattern, part string, loose bool) bool {
	if loose {
		return naiveWild(naiveFold(pattern), naiveFold(part))
	}
	return naiveWild(norm.NFC.String(pattern), norm.NFC.String(part))
}

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
