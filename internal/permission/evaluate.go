package permission

import (
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// Verdict is the answer to one call: Undeclared, Denied, Ask or Allowed.
type Verdict string

// The verdicts besides Ask, which is a word for both the decision and the
// verdict.
const (
	Undeclared Verdict = "undeclared" // the manifest does not mention it: refused without a prompt
	Denied     Verdict = "denied"     // the person said no
	Allowed    Verdict = "allowed"    // the person said yes
)

// Evaluate judges one call. The manifest must cover it, otherwise it is
// Undeclared. Then a deny that touches it beats an allow that covers it, which
// beats asking; what nobody decided is asked.
//
// readWrite includes read, in both directions of a no: who denies reading also
// denies readWrite, and who denies readWrite also denies reading. A decision
// that is none of the three counts as a deny.
//
// want.Target is exact: a full table name, a path that starts with a folder
// token, an absolute URL, a program, "<lineage>.<name>/<method>". A target that
// is not in its normal form (".." in a path, a user name in a URL) is covered
// by nothing.
func Evaluate(declared []manifest.Permission, grants map[Key]Decision, want Key) Verdict {
	covered := false
	for _, p := range declared {
		if covers(KeyOf(p), want) {
			covered = true
			break
		}
	}
	if !covered {
		return Undeclared
	}
	verdict := Verdict(Ask)
	for key, decision := range grants {
		switch decision {
		case Allow:
			if covers(key, want) {
				verdict = Allowed
			}
		case Ask:
		default:
			if touches(key, want) {
				return Denied
			}
		}
	}
	return verdict
}

// includesRead names the resources whose readWrite includes read.
func includesRead(resource string) bool { return resource == "db" || resource == "files" }

// covers reports whether a rule gives what is wanted. In doubt it does not.
func covers(rule, want Key) bool {
	if rule.Resource != want.Resource {
		return false
	}
	if rule.Action != want.Action &&
		(!includesRead(rule.Resource) || rule.Action != "readWrite" || want.Action != "read") {
		return false
	}
	return matchTarget(rule, want, false)
}

// touches reports whether a deny refuses what is wanted. In doubt it does.
func touches(rule, want Key) bool {
	if rule.Resource != want.Resource {
		return false
	}
	if rule.Action != want.Action {
		pair := rule.Action == "readWrite" && want.Action == "read" ||
			rule.Action == "read" && want.Action == "readWrite"
		if !pair || !includesRead(rule.Resource) {
			return false
		}
	}
	return matchTarget(rule, want, true)
}

// matchTarget compares targets of the same resource, component by component.
// With loose, spellings that another system may take for the same thing match
// too; that is for denies.
func matchTarget(rule, want Key, loose bool) bool {
	switch rule.Resource {
	case "db":
		return store.MatchTable(rule.Target, want.Target)
	case "files":
		if want.Action == "pick" {
			return rule.Target == want.Target
		}
		return matchFile(rule.Target, want.Target, loose)
	case "net":
		return matchURL(rule.Target, want.Target, loose)
	case "shell", "secrets":
		return matchName(rule.Target, want.Target, loose)
	case "peers":
		return matchPeer(rule.Target, want.Target)
	default:
		return rule.Target == want.Target
	}
}
