package permission

import (
	"iter"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// Held is an immutable set of grants, indexed so that a call is judged by the
// few that can be about it, however many there are. Nil holds none. It is safe
// for use by several goroutines.
type Held struct {
	grants []Grant // by resource, action and target
	roots  map[string]*node
}

// node is a place in the tree of one resource: below it are the grants whose
// targets begin with the same plain components.
type node struct {
	rules []*rule
	below map[string]*node
}

// rule is a grant whose target was taken apart once.
type rule struct {
	grant Grant
	url   address // net, unless the target is "*"
	ok    bool    // net: url is one
}

// NewHeld makes a set of grants. There may be several with the same key, such
// as one that is stored and one of the session; all of them count.
func NewHeld(grants []Grant) *Held {
	h := &Held{grants: slices.Clone(grants), roots: map[string]*node{}}
	slices.SortStableFunc(h.grants, func(a, b Grant) int { return compareKeys(a.Key, b.Key) })
	for _, g := range h.grants {
		r := &rule{grant: g}
		if g.Resource == "net" {
			r.url, r.ok = parsePattern(g.Target)
		}
		n := h.roots[g.Resource]
		if n == nil {
			n = &node{}
			h.roots[g.Resource] = n
		}
		for _, part := range r.plainParts() {
			n = n.child(part)
		}
		n.rules = append(n.rules, r)
	}
	return h
}

// refuses reports whether a decision is a deny: whatever is none of the others.
func refuses(d Decision) bool { return d != Allow && d != Ask }

func compareKeys(a, b Key) int {
	if c := strings.Compare(a.Resource, b.Resource); c != 0 {
		return c
	}
	if c := strings.Compare(a.Action, b.Action); c != 0 {
		return c
	}
	return strings.Compare(a.Target, b.Target)
}

// Grants returns all of them, in the order of their keys.
func (h *Held) Grants() []Grant { return slices.Clone(h.all()) }

func (h *Held) all() []Grant {
	if h == nil {
		return nil
	}
	return h.grants
}

// Get returns the first grant with exactly this key.
func (h *Held) Get(k Key) (Grant, bool) {
	if h == nil {
		return Grant{}, false
	}
	at, found := slices.BinarySearchFunc(h.grants, k, func(g Grant, k Key) int { return compareKeys(g.Key, k) })
	if !found {
		return Grant{}, false
	}
	return h.grants[at], true
}

func (n *node) child(part string) *node {
	next := n.below[part]
	if next == nil {
		next = &node{}
		if n.below == nil {
			n.below = map[string]*node{}
		}
		n.below[part] = next
	}
	return next
}

// plainParts are the components that a target begins with, down to the first
// that is a pattern, in the form they are looked up by.
func (r *rule) plainParts() []string {
	target := r.grant.Target
	switch r.grant.Resource {
	case "net":
		return r.addressParts()
	case "files":
		return untilStar(strings.Split(target, "/"), spelling.Fold)
	case "db":
		return untilStar(strings.SplitN(target, "__", 3), spelling.LowerASCII)
	case "peers":
		if parts, ok := splitPeer(target); ok {
			return untilStar(parts[:], func(s string) string { return s })
		}
		return nil
	case "mail":
		return nil // a name covers those under it, and there are few
	}
	if named(r.grant.Resource) {
		return untilStar([]string{target}, spelling.Fold)
	}
	return []string{target}
}

func untilStar(parts []string, form func(string) string) []string {
	var out []string
	for _, part := range parts {
		if strings.Contains(part, "*") {
			break
		}
		out = append(out, form(part))
	}
	return out
}

// addressParts are the host, and then the beginning of the path.
func (r *rule) addressParts() []string {
	if !r.ok || r.url.host == "*" {
		return nil
	}
	host := []string{r.url.host}
	if r.url.odd {
		return host
	}
	return append(host, untilStar(r.url.segments, spelling.Fold)...)
}

// near yields every grant that can be about a call, and few others.
func (h *Held) near(w *wanted) iter.Seq[*rule] {
	return func(yield func(*rule) bool) {
		if h == nil {
			return
		}
		root := h.roots[w.call.Resource]
		if root == nil {
			return
		}
		if w.call.Resource == "net" {
			root.nearAddress(w, yield)
			return
		}
		root.along(w.parts, yield)
	}
}

// along yields the rules on the way that parts lead.
func (n *node) along(parts []string, yield func(*rule) bool) bool {
	for i := 0; ; i++ {
		for _, r := range n.rules {
			if !yield(r) {
				return false
			}
		}
		if i == len(parts) {
			return true
		}
		if n = n.below[parts[i]]; n == nil {
			return true
		}
	}
}

// whole yields every rule at n and below.
func (n *node) whole(yield func(*rule) bool) bool {
	for _, r := range n.rules {
		if !yield(r) {
			return false
		}
	}
	for _, next := range n.below {
		if !next.whole(yield) {
			return false
		}
	}
	return true
}

// nearAddress looks under the host and each name above it. If servers may
// disagree about which path is meant, every path counts.
func (n *node) nearAddress(w *wanted, yield func(*rule) bool) {
	for _, r := range n.rules {
		if !yield(r) {
			return
		}
	}
	if !w.ok {
		return
	}
	below := func(host string) bool {
		switch at := n.below[host]; {
		case at == nil:
			return true
		case w.url.odd:
			return at.whole(yield)
		default:
			return at.along(w.parts, yield)
		}
	}
	host := w.url.host
	if !below(host) {
		return
	}
	for {
		_, rest, more := strings.Cut(host, ".")
		if !more {
			return
		}
		if !below("*." + rest) {
			return
		}
		host = rest
	}
}

// covers reports whether the grant gives what is wanted. In doubt it does not.
func (r *rule) covers(w *wanted) bool {
	return coversAction(r.grant.Key, w.call.Key) && r.matches(w, false)
}

// touches reports whether the grant, a deny, refuses what is wanted. In doubt
// it does.
func (r *rule) touches(w *wanted) bool {
	return touchesAction(r.grant.Key, w.call.Key) && r.matches(w, true)
}

func (r *rule) matches(w *wanted, loose bool) bool {
	if r.grant.Resource == "net" && r.grant.Target != "*" {
		return r.ok && w.ok && matchAddress(r.url, w.url, loose)
	}
	return matchTarget(r.grant.Key, w, loose)
}

// picked finds what a person decided about a picked root, as far as it goes
// with this permission to pick: the grant that gives it, and the one that
// denies it or all picking of this kind.
func (h *Held) picked(w *wanted, pick Key, now int64) (by, no *Grant) {
	for r := range h.near(w) {
		g := &r.grant
		switch {
		case !g.Live(now) || g.Decision == Ask || !fits(g.Constraints, w.call):
		case refuses(g.Decision):
			if r.touches(w) {
				return nil, g
			}
		case pickKind(g.Target) == pick.Target && r.covers(w):
			if by == nil || before(g, by) {
				by = g
			}
		}
	}
	if h == nil {
		return nil, nil
	}
	at, _ := slices.BinarySearchFunc(h.grants, pick, func(g Grant, k Key) int { return compareKeys(g.Key, k) })
	for ; at < len(h.grants) && h.grants[at].Key == pick; at++ {
		if g := &h.grants[at]; refuses(g.Decision) && g.Live(now) {
			return by, g
		}
	}
	return by, nil
}
