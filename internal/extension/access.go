package extension

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// Access is what one installed app may do, did and tried.
type Access struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Icon  string `json:"icon"` // data URL, "" if it has none
	Hold  string `json:"hold"`
	// Cells are the capabilities that it asks for or reached for, in the order
	// of permission.Capabilities. What it keeps for itself is always the first.
	Cells []AccessCell `json:"cells"`
}

// The states of a cell besides the decisions. That of several rules is the most
// that one of them gives.
const (
	StateUndeclared = "undeclared" // it reached for what it does not ask for
	StateForbidden  = "forbidden"  // by the vault's policy
)

// AccessCell is what one app may do with one capability, and did. Times are Unix
// milliseconds, 0 for none.
type AccessCell struct {
	Capability string `json:"capability"`
	State      string `json:"state"`
	// Allowed, Ask and Denied are how many rules are decided so.
	Allowed int `json:"allowed"`
	Ask     int `json:"ask"`
	Denied  int `json:"denied"`
	// Names are how many exact targets it was let reach that are known by name.
	Names int64 `json:"names"`
	// DecidedAt and How are of the last decision that gave the state.
	DecidedAt int64  `json:"decided_at"`
	How       string `json:"how"`
	ledger.Uses
}

// app is what Access and Inspect read of one installed app.
type app struct {
	row
	item     Installed
	manifest *manifest.Manifest // nil if it is damaged
	grants   []permission.Grant
	picked   []permission.Picked
}

func (r *Registry) readApps(ctx context.Context, only *manifest.ID) (list []app, policy permission.Policy, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		rows, err := allRows(ctx, tx)
		if err != nil {
			return err
		}
		if policy, err = permission.LoadPolicy(ctx, tx); err != nil {
			return err
		}
		for _, w := range rows {
			if w.release == nil || only != nil && w.ext != *only {
				continue
			}
			a := app{row: w}
			if a.item, a.manifest, err = describeRow(ctx, tx, w); err != nil {
				return err
			}
			if a.grants, err = permission.Load(ctx, tx, w.id); err != nil {
				return err
			}
			if a.picked, err = permission.LoadPicked(ctx, tx, w.id); err != nil {
				return err
			}
			list = append(list, a)
		}
		return nil
	})
	return list, policy, err
}

// Access returns what the installed apps may do, did and tried, in the order
// they were installed. With a search only those whose title has it, or something
// they ask for or reached for.
func (r *Registry) Access(ctx context.Context, l *ledger.Ledger, search string) ([]Access, error) {
	sums, err := l.Sums(ctx)
	if err != nil {
		return nil, err
	}
	search = strings.ToLower(strings.TrimSpace(search))
	reached, err := l.Search(ctx, search)
	if err != nil {
		return nil, err
	}
	apps, policy, err := r.readApps(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := []Access{}
	for _, a := range apps {
		item := Access{ID: a.item.ID, Title: a.item.Title, Icon: a.item.Icon, Hold: a.item.Hold}
		rules := a.rules(policy)
		if !reached[a.id] && !a.has(search, rules) {
			continue
		}
		for _, capability := range permission.Capabilities() {
			c, known := cellOf(capability, rules)
			for _, s := range sums {
				if s.Extension != a.id || permission.CapabilityOf(s.Key()) != capability {
					continue
				}
				known = true
				c.Add(s.Uses)
				c.Names += s.Targets
			}
			if known {
				item.Cells = append(item.Cells, c)
			}
		}
		out = append(out, item)
	}
	return out, nil
}

// has reports whether the title or a rule has a text in small letters.
func (a app) has(text string, rules []Rule) bool {
	return strings.Contains(strings.ToLower(a.item.Title), text) || slices.ContainsFunc(rules, func(rule Rule) bool {
		return strings.Contains(strings.ToLower(rule.Target), text)
	})
}

// Rule is one permission that an app asks for, or a narrower one that was
// decided within it.
type Rule struct {
	permission.Line
	Declared bool `json:"declared"`
	// Forbidden says that the vault's policy refuses it, whatever was decided.
	Forbidden bool   `json:"forbidden"`
	Decided   bool   `json:"decided"` // otherwise it is asked because nobody decided
	How       string `json:"how"`
	DecidedAt int64  `json:"decided_at"`
	Until     int64  `json:"until"`     // 0: no date
	UsesLeft  int64  `json:"uses_left"` // 0: no number
	Keep      bool   `json:"keep"`      // it does not end when it is unused for long
	// EndsAt is when it ends if it is not used until then; 0: it does not.
	EndsAt int64 `json:"ends_at"`
	// Targets are those it was used or refused for, the last first, and Uses
	// their sum. Where there is none, Uses are the grant's own.
	Targets []ledger.TargetUses `json:"targets"`
	ledger.Uses

	used, denied int64 // of the grant
}

// rules are what an app asks for and what was decided more narrowly.
func (a app) rules(policy permission.Policy) []Rule {
	lines := []permission.Line{{Resource: "db", Action: permission.Own, Decision: permission.Allow, Fixed: true}}
	if a.manifest != nil {
		lines = permission.Describe(a.manifest, a.item.Title, decided(a.manifest, a.grants), nil)
	}
	var out []Rule
	declared := map[permission.Key]bool{}
	for _, line := range lines {
		declared[line.Key()] = true
		out = append(out, Rule{Line: line, Declared: true})
	}
	for _, g := range a.grants {
		if declared[g.Key] {
			continue
		}
		out = append(out, Rule{Line: permission.DescribeGrant(g, a.item.Title, permission.PickedFor(a.picked, g.Key))})
	}
	for i := range out {
		rule := &out[i]
		rule.Targets = []ledger.TargetUses{}
		rule.Forbidden = policy.Forbids(rule.Key()) && !rule.Fixed
		at := slices.IndexFunc(a.grants, func(g permission.Grant) bool { return g.Key == rule.Key() })
		if at < 0 {
			continue
		}
		g := a.grants[at]
		rule.Decided, rule.How, rule.DecidedAt = true, g.How, g.DecidedAt
		rule.Until, rule.UsesLeft, rule.Keep = g.Until, g.UsesLeft, g.Keep
		rule.LastUsed, rule.used, rule.denied = g.LastUsed, g.Used, g.Denied
		if g.Decision == permission.Allow && !g.Keep {
			rule.EndsAt = max(g.DecidedAt, g.LastUsed) + permission.UnusedTime.Milliseconds()
		}
	}
	return out
}

// cellOf adds up the rules about a capability.
func cellOf(capability string, rules []Rule) (c AccessCell, some bool) {
	c = AccessCell{Capability: capability, State: StateUndeclared}
	rank := map[string]int{StateUndeclared: 0, StateForbidden: 1, string(permission.Deny): 2, permission.Ask: 3, string(permission.Allow): 4}
	for _, rule := range rules {
		if permission.CapabilityOf(rule.Key()) != capability {
			continue
		}
		some = true
		state := string(rule.Decision)
		switch {
		case rule.Forbidden:
			state = StateForbidden
		case rule.Decision == permission.Allow:
			c.Allowed++
		case rule.Decision == permission.Ask:
			c.Ask++
		default:
			c.Denied++
		}
		if rank[state] > rank[c.State] {
			c.State, c.DecidedAt, c.How = state, 0, ""
		}
		if state == c.State && rule.DecidedAt > c.DecidedAt {
			c.DecidedAt, c.How = rule.DecidedAt, rule.How
		}
	}
	return c, some
}
