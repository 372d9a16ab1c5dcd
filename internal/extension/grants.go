package extension

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// SetGrant stores one decision about an installed extension, for good. Whoever
// runs it has to be told.
//
// Errors: extension.not_found; extension.choice_unknown for what its manifest
// does not ask for.
func (r *Registry) SetGrant(ctx context.Context, id manifest.ID, c Choice) error {
	return r.Grant(ctx, id, permission.Grant{Key: c.key(), Decision: c.Decision, How: permission.HowSettings})
}

// Grant stores a person's decision about an installed extension; its DecidedAt
// is now. The target may be narrower than what the manifest declares, and the
// terms too. Whoever runs the extension has to be told, see Held.
//
// Errors: extension.not_found; extension.choice_unknown for what its manifest
// does not ask for; extension.too_many_grants; manifest.permission_constraint
// for terms that cannot be.
func (r *Registry) Grant(ctx context.Context, id manifest.ID, g permission.Grant) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := r.asked(ctx, tx, id, g)
		if err != nil {
			return err
		}
		held, err := permission.Load(ctx, tx, w.id)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(held, func(h permission.Grant) bool { return h.Key == g.Key }); at >= 0 {
			g = permission.Join(held[at], g)
			g.Keep = g.Keep || held[at].Keep
		}
		g.DecidedAt = r.millis()
		if err := permission.Set(ctx, tx, w.id, g); err != nil {
			return explainGrant(err)
		}
		return writeLedger(ctx, tx, w.id, "granted", aboutGrant(g.Key, string(g.Decision)), g.DecidedAt)
	})
}

// asked returns the row of an extension whose manifest covers a decision.
func (r *Registry) asked(ctx context.Context, tx *sql.Tx, id manifest.ID, g permission.Grant) (*row, error) {
	w, err := installedRow(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(ctx, tx, w.release)
	if err != nil {
		return nil, err
	}
	if m == nil || !g.Decision.Valid() || g.Scope == permission.ScopeSession || permission.Declared(m.Permissions, g.Key) < 0 {
		return nil, errChoiceUnknown(Choice{Resource: g.Resource, Action: g.Action, Target: g.Target, Decision: g.Decision})
	}
	return w, nil
}

// Picked remembers what a person picked for an extension, with its grant.
//
// Errors: as those of Grant.
func (r *Registry) Picked(ctx context.Context, id manifest.ID, p permission.Picked) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		p.PickedAt = r.millis()
		w, err := r.asked(ctx, tx, id, p.Grant())
		if err != nil {
			return err
		}
		if err := permission.KeepPicked(ctx, tx, w.id, p); err != nil {
			return explainGrant(err)
		}
		return writeLedger(ctx, tx, w.id, "granted", aboutGrant(p.Grant().Key, string(permission.Allow)), p.PickedAt)
	})
}

// PickedFiles returns what is remembered for an extension, by its row.
func (r *Registry) PickedFiles(ctx context.Context, extension int64) (list []permission.Picked, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		list, err = permission.LoadPicked(ctx, tx, extension)
		return err
	})
	return list, err
}

// Revoke takes a grant back; what it was about is asked again. Whoever runs the
// extension has to be told. One that is not there is no error.
func (r *Registry) Revoke(ctx context.Context, id manifest.ID, key permission.Key) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := permission.Remove(ctx, tx, w.id, key); err != nil {
			return err
		}
		return writeLedger(ctx, tx, w.id, "revoked", aboutGrant(key, ""), r.millis())
	})
}

// Keep says whether a grant stays however long it is unused.
func (r *Registry) Keep(ctx context.Context, id manifest.ID, key permission.Key, keep bool) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		w, err := installedRow(ctx, tx, id)
		if err != nil {
			return err
		}
		return permission.SetKeep(ctx, tx, w.id, key, keep)
	})
}

// Held returns the grants of an extension as they are now, by its row, for
// whoever runs it. A number of uses in it is as of now.
func (r *Registry) Held(ctx context.Context, extension int64) (*permission.Held, error) {
	var list []permission.Grant
	err := r.st.View(ctx, func(tx *sql.Tx) (err error) {
		list, err = permission.Load(ctx, tx, extension)
		return err
	})
	return permission.NewHeld(list), err
}

// CountUse counts a call that a stored grant allowed or denied, without waiting.
// Extension is the row. Where uses are numbered, Spend counts them.
func (r *Registry) CountUse(extension int64, key permission.Key, verdict permission.Verdict) {
	r.uses.Note(extension, key, verdict, r.millis())
}

// Spend takes one of a numbered grant's uses before a call runs by it, for
// good. Extension is the row. Left is how many remain; with none, the grant is
// gone. Of calls at once only as many succeed as there are uses.
//
// Errors: permission.ErrSpent where no use is left: the person has to be asked.
func (r *Registry) Spend(ctx context.Context, extension int64, key permission.Key) (left int64, err error) {
	err = r.st.Update(ctx, func(tx *sql.Tx) error {
		left, err = permission.Use(ctx, tx, extension, key, r.millis())
		return err
	})
	return left, err
}

// EndedGrant is a grant that ended by itself, for the person.
type EndedGrant struct {
	Extension string         `json:"extension"` // "<lineage hex>.<name>"
	Title     string         `json:"title"`
	Key       permission.Key `json:"key"`
	Why       string         `json:"why"` // permission.EndedByDate or EndedUnused
	Sentence  string         `json:"sentence"`
	At        int64          `json:"at"` // Unix milliseconds
	// Terms are the person's own constraints, which go with the grant if it is
	// given again; nil: none.
	Terms *manifest.Constraints `json:"terms,omitempty"`
}

// EndGrants ends the grants whose date has come and those that nobody used for
// 60 days, and returns them. It is to be called when a vault is unlocked and
// once a day; whoever runs the extensions has to be told.
func (r *Registry) EndGrants(ctx context.Context) ([]EndedGrant, error) {
	if err := r.uses.Flush(ctx); err != nil {
		return nil, err
	}
	var out []EndedGrant
	err := r.st.Update(ctx, func(tx *sql.Tx) error {
		now := r.millis()
		list, err := permission.End(ctx, tx, now)
		if err != nil || len(list) == 0 {
			return err
		}
		rows, err := allRows(ctx, tx)
		if err != nil {
			return err
		}
		byID := make(map[int64]row, len(rows))
		for _, w := range rows {
			byID[w.id] = w
		}
		for _, e := range list {
			w, ok := byID[e.Extension]
			if !ok || w.release == nil {
				continue
			}
			if err := writeLedger(ctx, tx, w.id, "ended", aboutGrant(e.Key, e.Why), now); err != nil {
				return err
			}
			m, err := readManifest(ctx, tx, w.release)
			if err != nil {
				return err
			}
			title := titleOf(w.ext, m)
			line := permission.DescribeGrant(e.Grant, title, e.Picked)
			out = append(out, EndedGrant{
				Extension: w.ext.String(), Title: title, Key: e.Key, Why: e.Why,
				Sentence: line.Sentence, At: now, Terms: e.Constraints,
			})
		}
		return nil
	})
	return out, err
}

// Policy returns what the vault forbids to every extension.
func (r *Registry) Policy(ctx context.Context) (p permission.Policy, err error) {
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		p, err = permission.LoadPolicy(ctx, tx)
		return err
	})
	return p, err
}

// SetPolicy stores what the vault forbids to every extension. Whoever runs them
// has to be told.
func (r *Registry) SetPolicy(ctx context.Context, p permission.Policy) error {
	return r.st.Update(ctx, func(tx *sql.Tx) error {
		if err := permission.SavePolicy(ctx, tx, p); err != nil {
			return err
		}
		return writeLedger(ctx, tx, 0, "policy", strings.Join(p.Names(), " "), r.millis())
	})
}

// reviewed is every grant after an installation: a person's choices about what
// the manifest asks, where one that did not change keeps its terms and counts,
// and what was granted more narrowly within it.
func reviewed(s *standing, m *manifest.Manifest, lines []permission.Line, now int64) []permission.Grant {
	before := permission.NewHeld(s.grants)
	var out []permission.Grant
	for _, line := range lines {
		if !line.Choosable() {
			continue
		}
		g, had := before.Get(line.Key())
		fresh := line.Change == permission.Added || line.Change == permission.Changed
		if !had || fresh || g.Decision != line.Decision {
			g = permission.Grant{Key: line.Key(), Decision: line.Decision, How: permission.HowReview, DecidedAt: now}
		}
		out = append(out, g)
	}
	if s.previous != nil {
		out = append(out, permission.Carry(s.previous.Permissions, m.Permissions, s.grants)...)
	}
	return out
}

// decided is what was decided about what a manifest declares; what is not, or
// not any more, is asked.
func decided(m *manifest.Manifest, grants []permission.Grant) map[permission.Key]permission.Decision {
	if m == nil {
		return nil
	}
	out := make(map[permission.Key]permission.Decision, len(m.Permissions))
	for _, p := range m.Permissions {
		out[permission.KeyOf(p)] = permission.Ask
	}
	for _, g := range grants {
		out[g.Key] = g.Decision
	}
	return out
}

// maxAbout bounds a line of the ledger about a grant, in characters.
const maxAbout = 300

// aboutGrant names a grant in the ledger: "net.fetch https://h.org/* allow".
func aboutGrant(k permission.Key, what string) string {
	text := []rune(strings.Join(strings.Fields(k.Resource+"."+k.Action+" "+k.Target+" "+what), " "))
	if len(text) > maxAbout {
		text = append(text[:maxAbout-1], '…')
	}
	return string(text)
}

func explainGrant(err error) error {
	if errors.Is(err, permission.ErrTooManyGrants) || errors.Is(err, permission.ErrTooManyPicked) {
		return errTooManyGrants
	}
	return err
}
