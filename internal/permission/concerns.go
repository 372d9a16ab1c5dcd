package permission

import "github.com/alcove-vault/alcove/internal/manifest"

// Concerns reports whether a rule, declared or granted, is what a target of the
// ledger falls under. Of an address the ledger knows the origin only, so paths
// do not count.
func Concerns(rule, target Key) bool {
	w := newWanted(&Call{Key: target})
	if rule.Resource == "net" && rule.Target != "*" {
		p, ok := parsePattern(rule.Target)
		return ok && w.ok && coversAction(rule, target) && p.scheme == w.url.scheme &&
			(p.port == "*" || p.port == w.url.port) && matchHost(p.host, w.url.host, false)
	}
	if w.picked && rule.Resource == "files" && rule.Action == "pick" {
		return w.inside == (rule.Target == "folder")
	}
	return covers(rule, w)
}

// LineOf is how a person reads one permission, whether it is declared so or was
// granted more narrowly. Its decision is that of a review's start.
func LineOf(p manifest.Permission, title string) Line {
	t := english()
	line := t.describe(p, title)
	line.Decision = start(line)
	return line
}
