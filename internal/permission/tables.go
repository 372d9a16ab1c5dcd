package permission

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// Tables are the decisions about other extensions' tables, in the form the
// store judges statements by: what the manifest covers and the person allows,
// and what the person denies. What has to be asked is not allowed. For each
// table and action the store then says yes exactly where Evaluate says Allowed.
func Tables(declared []manifest.Permission, grants map[Key]Decision) []store.Grant {
	var list []store.Grant
	for key, decision := range grants {
		if key.Resource != "db" {
			continue
		}
		switch decision {
		case Ask:
		case Allow:
			for _, p := range declared {
				if g, ok := both(KeyOf(p), key); ok {
					list = append(list, g)
				}
			}
		default:
			list = append(list, store.Grant{Action: store.Action(key.Action), Target: key.Target, Deny: true})
		}
	}
	return list
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
