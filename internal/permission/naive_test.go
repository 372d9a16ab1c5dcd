package permission_test

import (
	"sort"
	"strings"

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
