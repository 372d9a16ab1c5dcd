package permission

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Declared returns the declared permission that a grant about key goes with:
// that of the same key, otherwise the first that covers all the key is about.
// The index is -1 if there is none.
func Declared(declared []manifest.Permission, key Key) int {
	if i := slices.IndexFunc(declared, func(p manifest.Permission) bool { return KeyOf(p) == key }); i >= 0 {
		return i
	}
	kind := ""
	if key.Resource == "files" && key.Action != "pick" {
		kind = pickKind(key.Target)
	}
	return slices.IndexFunc(declared, func(p manifest.Permission) bool {
		if kind != "" {
			return KeyOf(p) == Key{Resource: "files", Action: "pick", Target: kind}
		}
		rule := KeyOf(p)
		return coversAction(rule, key) && targetWithin(key, rule.Target)
	})
}

// targetWithin reports whether everything that key's target matches is matched
// by wide. In doubt it is not.
func targetWithin(key Key, wide string) bool {
	target := key.Target
	switch {
	case target == wide:
		return true
	case named(key.Resource):
		return matchName(wide, target, false)
	}
	switch key.Resource {
	case "net":
		return addressWithin(target, wide)
	case "files":
		return key.Action != "pick" && pathWithin(target, wide)
	case "db":
		return within(target, wide)
	case "mail":
		return matchMail(wide, target, false)
	case "peers":
		return peerWithin(target, wide)
	}
	return false
}

func pathWithin(target, wide string) bool {
	plain := strings.TrimSuffix(strings.TrimSuffix(target, "/**"), "/*")
	if plain != target && !strings.HasSuffix(wide, "/**") {
		return false
	}
	return matchFile(wide, plain, false)
}

func addressWithin(target, wide string) bool {
	t, ok := parsePattern(target)
	if !ok || t.host == "*" {
		return false
	}
	if wide == "*" {
		return t.scheme == "https"
	}
	w, ok := parsePattern(wide)
	if !ok || w.odd || t.odd || t.scheme != w.scheme || w.port != "*" && t.port != w.port {
		return false
	}
	base, wild := strings.CutPrefix(t.host, "*.")
	switch {
	case wild && t.host != w.host && !matchHost(w.host, base, false):
		return false
	case !wild && !matchHost(w.host, t.host, false):
		return false
	}
	parts, got := w.segments, t.segments
	last := len(parts) - 1
	if parts[last] != "*" {
		return slices.Equal(parts, got)
	}
	return len(got) >= len(parts) && slices.Equal(parts[:last], got[:last])
}

func peerWithin(target, wide string) bool {
	w, ok := splitPeer(wide)
	if !ok {
		return wide == "*"
	}
	t, ok := splitPeer(target)
	if !ok {
		return false
	}
	for i, part := range w {
		if part != "*" && part != t[i] {
			return false
		}
	}
	return true
}

// Wider reports whether a permits a call that b does not. In doubt it does.
func Wider(a, b *manifest.Constraints) bool {
	if b == nil {
		return false
	}
	if a == nil {
		a = &manifest.Constraints{}
	}
	return moreOf(a.Columns, b.Columns) || moreOf(a.Extensions, b.Extensions) || moreOf(a.Methods, b.Methods) ||
		greater(a.MaxRows, b.MaxRows) || greater(a.MaxFileSize, b.MaxFileSize) || greater(a.MaxResponse, b.MaxResponse) ||
		b.Recursive != nil && !*b.Recursive && (a.Recursive == nil || *a.Recursive) ||
		faster(a.Rate, b.Rate) || moreArguments(a.Arguments, b.Arguments)
}

// moreOf compares lists of which nil is everything.
func moreOf(a, b []string) bool {
	return b != nil && (a == nil || slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) }))
}

// greater compares bounds of which 0 is none.
func greater(a, b int64) bool { return b != 0 && (a == 0 || a > b) }

// faster compares rates of which nil is none. Both what may come at once and
// what may come in the long run count.
func faster(a, b *manifest.Rate) bool {
	if b == nil || a == nil {
		return b != nil
	}
	return a.Requests > b.Requests || int64(a.Requests)*int64(b.Seconds) > int64(b.Requests)*int64(a.Seconds)
}

func moreArguments(a, b [][]string) bool {
	if b == nil || a == nil {
		return b != nil
	}
	return slices.ContainsFunc(a, func(pattern []string) bool {
		open := slices.ContainsFunc(pattern, func(s string) bool { return strings.Contains(s, "*") })
		return !slices.ContainsFunc(b, func(wide []string) bool {
			return slices.Equal(pattern, wide) || !open && matchArguments(wide, pattern)
		})
	})
}

// Carry returns the grants that an installed extension has after another
// manifest takes the place of previous, besides those about exactly what the
// new one declares: narrower ones, as long as what they go with is declared
// with the same key and no wider constraints. A denial stays as long as
// anything declared covers it.
func Carry(previous, next []manifest.Permission, held []Grant) []Grant {
	var out []Grant
	for _, g := range held {
		now := Declared(next, g.Key)
		if now < 0 || KeyOf(next[now]) == g.Key {
			continue
		}
		before := Declared(previous, g.Key)
		same := before >= 0 && KeyOf(previous[before]) == KeyOf(next[now]) && !Wider(next[now].Constraints, previous[before].Constraints)
		if same || refuses(g.Decision) {
			out = append(out, g)
		}
	}
	return out
}
