package permission

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// TableGrants are the decisions about other extensions' tables, in the form the
// store judges statements by: what the manifest covers and the person allows,
// and what the person denies. What has to be asked is not allowed. For each
// table and action the store then says yes exactly where Judge says Allowed.
// Now is in Unix milliseconds; a grant that ends later is in the list with its
// date.
func TableGrants(policy Policy, declared []manifest.Permission, held *Held, now int64) []store.Grant {
	var list []store.Grant
	for _, g := range held.all() {
		if g.Resource != "db" || !g.Live(now) || g.Decision == Ask {
			continue
		}
		if refuses(g.Decision) {
			list = append(list, store.Grant{Action: store.Action(g.Action), Target: g.Target, Deny: true, Until: g.Until})
			continue
		}
		own := slices.ContainsFunc(declared, func(p manifest.Permission) bool { return KeyOf(p) == g.Key })
		for _, p := range declared {
			rule := KeyOf(p)
			if own && rule != g.Key {
				continue
			}
			one, ok := both(rule, g.Key)
			one.Until = g.Until
			one.Columns, one.MaxRows = tableTerms(p.Constraints, g.Constraints)
			if ok && one.Action == store.ActionReadWrite && policy.Forbids(Key{"db", string(one.Action), ""}) {
				one.Action = store.ActionRead // which it includes, and may be left
			}
			if ok && !policy.Forbids(Key{"db", string(one.Action), ""}) {
				list = append(list, one)
			}
		}
	}
	return list
}

// tableTerms are the columns and rows that both constraints leave.
func tableTerms(declared, own *manifest.Constraints) (columns []string, rows int) {
	for _, c := range []*manifest.Constraints{declared, own} {
		if c == nil {
			continue
		}
		columns = common(columns, c.Columns)
		rows = int(tighter(int64(rows), c.MaxRows))
	}
	return columns, rows
}

// both is what two rules about tables have in common. Of two patterns that
// match a same table, one is part of the other.
func both(a, b Key) (store.Grant, bool) {
	if a.Resource != b.Resource {
		return store.Grant{}, false
	}
	action := a.Action
	switch {
	case a.Action == b.Action:
	case a.Action == "readWrite" && b.Action == "read", a.Action == "read" && b.Action == "readWrite":
		action = "read"
	default:
		return store.Grant{}, false
	}
	target := a.Target
	switch {
	case within(a.Target, b.Target):
	case within(b.Target, a.Target):
		target = b.Target
	default:
		return store.Grant{}, false
	}
	return store.Grant{Action: store.Action(action), Target: target}, true
}

// within reports whether every table that pattern matches is matched by wider.
func within(pattern, wider string) bool {
	if pattern == wider {
		return true
	}
	begin, open := strings.CutSuffix(wider, "*")
	return open && strings.HasPrefix(strings.TrimSuffix(pattern, "*"), begin)
}
