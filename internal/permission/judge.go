package permission

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Judge is the one evaluation of a call. It is pure. Now is in Unix
// milliseconds.
//
// What the vault's policy forbids is Forbidden. Then a declared permission must
// cover the call, constraints and all, otherwise it is Undeclared. A deny that
// touches it beats an allow that covers it, which beats asking; what nobody
// decided is asked. A grant that has ended counts as ask, and so does every
// allow for a call that is to be asked about each time.
//
// readWrite includes read, in both directions of a no: who denies reading also
// denies readWrite, and who denies readWrite also denies reading. A decision
// that is none of the three counts as a deny.
//
// An allow goes with the declared permission of its own key, if there is one,
// otherwise with the first that covers the call; that permission's constraints
// and the grant's own are the bounds. Of several such pairs the first in the
// manifest's order decides, and there a grant without a number of uses before
// one that has it, then the lesser target.
func Judge(policy Policy, declared []manifest.Permission, held *Held, call Call, now int64) Ruling {
	w := newWanted(&call)
	if policy.refuses(w) != "" {
		return Ruling{Verdict: Forbidden}
	}
	if w.picked {
		return judgePicked(declared, held, w, now)
	}
	covering := make([]int, 0, 8)
	for i := range declared {
		if covers(KeyOf(declared[i]), w) && fits(declared[i].Constraints, w.call) {
			covering = append(covering, i)
		}
	}
	if len(covering) == 0 {
		return Ruling{Verdict: Undeclared}
	}
	first := &declared[covering[0]]
	at, by := -1, (*Grant)(nil)
	for r := range held.near(w) {
		g := &r.grant
		switch {
		case !g.Live(now) || g.Decision == Ask:
		case g.Decision != Allow:
			if r.touches(w) && fits(g.Constraints, w.call) {
				return ruling(Denied, first, g)
			}
		case r.covers(w) && fits(g.Constraints, w.call):
			i := partner(declared, covering, g.Key)
			if i >= 0 && (by == nil || i < at || i == at && before(g, by)) {
				at, by = i, g
			}
		}
	}
	if by == nil || call.Fresh {
		return ruling(Ask, first, nil)
	}
	return ruling(Allowed, &declared[at], by)
}

// partner is the declared permission that a grant goes with, -1 if it is one
// that does not cover the call.
func partner(declared []manifest.Permission, covering []int, key Key) int {
	for i := range declared {
		if KeyOf(declared[i]) != key {
			continue
		}
		if slices.Contains(covering, i) {
			return i
		}
		return -1
	}
	return covering[0]
}

// before orders grants that go with the same declared permission.
func before(a, b *Grant) bool {
	if (a.UsesLeft == 0) != (b.UsesLeft == 0) {
		return a.UsesLeft == 0
	}
	if a.Target != b.Target {
		return a.Target < b.Target
	}
	return a.Action < b.Action
}

func ruling(v Verdict, p *manifest.Permission, g *Grant) Ruling {
	r := Ruling{Verdict: v, Reason: p.Reason}
	var own *manifest.Constraints
	if g != nil {
		key := g.Key
		r.Grant = &key
		if v == Allowed {
			own = g.Constraints
		}
	}
	r.Bounds = boundsOf(KeyOf(*p), p.Constraints, own)
	return r
}

// judgePicked judges a call below a picked root. The picking was the consent,
// so nobody is asked: what is not picked, or not any more, is Denied. A denial
// of picking counts for what was picked before, too.
func judgePicked(declared []manifest.Permission, held *Held, w *wanted, now int64) Ruling {
	out := Ruling{Verdict: Undeclared}
	for i := range declared {
		p := &declared[i]
		if p.Resource != "files" || p.Action != "pick" || w.inside && p.Target != "folder" || !fits(p.Constraints, w.call) {
			continue
		}
		by, no := held.picked(w, KeyOf(*p), now)
		switch {
		case no != nil && no.Resource == w.call.Resource && no.Action != "pick":
			return ruling(Denied, p, no)
		case no != nil || by == nil:
			if out.Verdict == Undeclared {
				out = ruling(Denied, p, no)
			}
		case out.Verdict != Allowed:
			out = ruling(Allowed, p, by)
		}
	}
	return out
}
