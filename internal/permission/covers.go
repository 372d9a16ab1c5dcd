package permission

import "github.com/alcove-vault/alcove/internal/store"

// named reports whether the targets of a resource are one name each, which only
// the same name and "*" cover.
func named(resource string) bool {
	switch resource {
	case "shell", "secrets", "passwords", "storage":
		return true
	}
	return false
}

// covers reports whether a declared permission is about what is wanted. In
// doubt it is not.
func covers(rule Key, w *wanted) bool {
	return coversAction(rule, w.call.Key) && matchTarget(rule, w, false)
}

// coversAction reports whether a rule is about the action that is wanted. Where
// there is a readWrite it includes read.
func coversAction(rule, want Key) bool {
	if rule.Resource != want.Resource {
		return false
	}
	return rule.Action == want.Action || rule.Action == "readWrite" && want.Action == "read"
}

func touchesAction(rule, want Key) bool {
	return coversAction(rule, want) ||
		rule.Resource == want.Resource && rule.Action == "read" && want.Action == "readWrite"
}

// matchTarget compares targets of the same resource, component by component.
// With loose, spellings that another system may take for the same thing match
// too; that is for denies.
func matchTarget(rule Key, w *wanted, loose bool) bool {
	target := w.call.Target
	if named(rule.Resource) {
		return matchName(rule.Target, target, loose)
	}
	switch rule.Resource {
	case "db":
		return store.MatchTable(rule.Target, target)
	case "files":
		if w.call.Action == "pick" {
			return rule.Target == target
		}
		return matchFile(rule.Target, target, loose)
	case "net":
		return w.ok && matchPattern(rule.Target, w.url, loose)
	case "mail":
		return matchMail(rule.Target, target, loose)
	case "peers":
		return matchPeer(rule.Target, target)
	default:
		return rule.Target == target
	}
}
