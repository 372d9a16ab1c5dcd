package extension

import (
	"context"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// Inspection is one cell in full.
type Inspection struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	Cell  AccessCell `json:"cell"`
	// Leave is the worst the app could do as it is, with all it may do and not
	// only this: what could leave, and where to.
	Leave []permission.Segment `json:"leave"`
	Rules []Rule               `json:"rules"`
	// Others are targets that fall under none of the rules: it tried them.
	Others []ledger.TargetUses `json:"others"`
	// Today is what it did since midnight, as the caller's clock has it.
	Today ledger.Uses `json:"today"`
}

// maxTargets is how many targets of each resource and action are shown.
const maxTargets = 200

// Inspect returns what one app may do with one capability, and did; without one
// what it may do at all. Midnight is
// when today began, in Unix milliseconds. Errors: extension.not_found.
func (r *Registry) Inspect(ctx context.Context, l *ledger.Ledger, id manifest.ID, capability string, midnight int64) (Inspection, error) {
	apps, policy, err := r.readApps(ctx, &id)
	if err != nil {
		return Inspection{}, err
	}
	if len(apps) == 0 {
		return Inspection{}, errNotFound
	}
	a := apps[0]
	out := Inspection{ID: a.item.ID, Title: a.item.Title, Rules: []Rule{}, Others: []ledger.TargetUses{}}
	rules := a.rules(policy)
	about := func(k permission.Key) bool { return capability == "" || permission.CapabilityOf(k) == capability }
	out.Cell, _ = cellOf(capability, rules)
	var lines []permission.Line
	for _, rule := range rules {
		line := rule.Line
		if rule.Forbidden {
			line.Decision = permission.Deny
		}
		lines = append(lines, line)
		if about(rule.Key()) {
			out.Rules = append(out.Rules, rule)
		}
	}
	out.Leave = permission.Threat(out.Title, lines)
	sums, err := l.Of(ctx, a.id)
	if err != nil {
		return Inspection{}, err
	}
	for _, s := range sums {
		if !about(s.Key()) {
			continue
		}
		out.Cell.Add(s.Uses)
		out.Cell.Names += s.Targets
		targets, err := l.Targets(ctx, a.id, s.Resource, s.Action, maxTargets)
		if err != nil {
			return Inspection{}, err
		}
		for _, t := range targets {
			out.sort(t)
		}
	}
	for i := range out.Rules {
		if rule := &out.Rules[i]; len(rule.Targets) == 0 {
			rule.Done, rule.Refused = rule.used, rule.denied
		}
	}
	today, err := l.Since(ctx, a.id, midnight)
	for _, s := range today {
		if about(s.Key()) {
			out.Today.Add(s.Uses)
		}
	}
	return out, err
}

// sort puts a target under the narrowest rule that it falls under: a decision
// before what is declared.
func (in *Inspection) sort(t ledger.TargetUses) {
	found := -1
	for i := range in.Rules {
		rule := &in.Rules[i]
		if !concerns(rule, t.Key) {
			continue
		}
		if found < 0 || in.Rules[found].Declared && !rule.Declared {
			found = i
		}
	}
	if found < 0 {
		if t.Action != permission.Own { // the session itself, which is no rule
			in.Others = append(in.Others, t)
		}
		return
	}
	rule := &in.Rules[found]
	rule.Targets = append(rule.Targets, t)
	rule.Add(t.Uses)
}

// concerns is permission.Concerns, and what an app keeps for itself.
func concerns(rule *Rule, target permission.Key) bool {
	if rule.Fixed {
		return target.Action == permission.Own && target.Resource == rule.Resource
	}
	return permission.Concerns(rule.Key(), target)
}
