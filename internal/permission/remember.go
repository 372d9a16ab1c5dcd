package permission

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Remember returns the grant that decides about a call from now on, as narrow
// as a person would mean it, within the declared permission rule that covers
// it: an address with its whole host, a program with exactly these arguments,
// else exactly the target. What is allowed keeps the declared constraints as
// the terms the person saw. It is not ok where that cannot be said; such a call
// can only be allowed once.
func Remember(declared []manifest.Permission, rule Key, call Call, d Decision) (g Grant, ok bool) {
	g = Grant{Key: call.Key, Decision: d, Scope: ScopeAlways, How: HowPrompt}
	at := slices.IndexFunc(declared, func(p manifest.Permission) bool { return KeyOf(p) == rule })
	if at < 0 || call.Fresh {
		return g, false
	}
	if call.Resource == "net" {
		if g.Target, ok = rememberAddress(rule.Target, call); !ok {
			return g, false
		}
	}
	if refuses(d) {
		return g, true
	}
	g.Constraints = declared[at].Constraints
	if call.Resource == "shell" && call.Action == "run" {
		return g, rememberArguments(&g, call.Arguments)
	}
	return g, true
}

// rememberArguments puts exactly these arguments into the terms. Those that a
// pattern would take for something else cannot be said.
func rememberArguments(g *Grant, arguments []string) bool {
	if slices.ContainsFunc(arguments, func(s string) bool { return strings.Contains(s, "*") }) {
		return false
	}
	c := &manifest.Constraints{Arguments: [][]string{append([]string{}, arguments...)}}
	checked, err := c.Check(g.Resource, g.Action)
	g.Constraints = checked
	return err == nil
}

// Join adds the arguments that a program was allowed with before to those that
// it is allowed with now, the newest of them if they are too many. Any other
// grant takes the place of the earlier one as it is.
func Join(before, now Grant) Grant {
	if before.Key != now.Key || now.Resource != "shell" || before.Decision != Allow || now.Decision != Allow ||
		before.Until != now.Until || before.UsesLeft != 0 || now.UsesLeft != 0 ||
		before.Constraints == nil || now.Constraints == nil {
		return now
	}
	list := slices.Clone(now.Constraints.Arguments)
	for _, pattern := range before.Constraints.Arguments {
		known := slices.ContainsFunc(list, func(p []string) bool { return slices.Equal(p, pattern) })
		if !known && len(list) < manifest.MaxArgumentPatterns {
			list = append(list, pattern)
		}
	}
	now.Constraints = &manifest.Constraints{Arguments: list}
	return now
}

// rememberAddress is the rule with the call's own host and port.
func rememberAddress(rule string, call Call) (string, bool) {
	want, ok := parseAddress(call.Target)
	if !ok {
		return "", false
	}
	scheme, path := "https", "/*"
	if call.Action == "websocket" {
		scheme = "wss"
	}
	if rule != "*" {
		p, ok := parsePattern(rule)
		if !ok {
			return "", false
		}
		if p.host == want.host {
			return rule, true
		}
		scheme, _, _ = strings.Cut(rule, "://")
		path = p.path
	}
	host := want.host
	if want.scheme == "https" && want.port != "443" || want.scheme == "http" && want.port != "80" {
		host += ":" + want.port
	}
	return scheme + "://" + host + path, true
}
