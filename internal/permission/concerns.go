package permission

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
