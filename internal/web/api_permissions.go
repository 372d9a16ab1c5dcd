package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/vault"
)

// permissionMethods are about what every app may do, did and tried.
func permissionMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"permissions.matrix":        bind((*Server).accessOfAll),
		"permissions.cell":          bind((*Server).inspect),
		"permissions.activity":      bind((*Server).activityOf),
		"permissions.revoke":        bind((*Server).revoke),
		"permissions.keep":          bind((*Server).keepGrant),
		"permissions.again":         bind((*Server).grantAgain),
		"permissions.dismiss_ended": bind((*Server).dismissEnded),
		"permissions.undo_preview":  bind((*Server).previewUndo),
		"permissions.undo":          bind((*Server).undo),
	}
}

type accessSearch struct {
	Search string `json:"search"`
}

// access is the permissions page. Ended are grants that ended by themselves and
// that the person was not told of yet.
type access struct {
	Apps      []extension.Access     `json:"apps"`
	Forbidden []string               `json:"forbidden"`
	Ended     []extension.EndedGrant `json:"ended"`
}

func (s *Server) accessOfAll(ctx context.Context, p accessSearch) (access, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return access{}, err
	}
	apps, err := u.Extensions.Access(ctx, u.Ledger, p.Search)
	if err != nil {
		return access{}, err
	}
	policy, err := u.Extensions.Policy(ctx)
	if err != nil {
		return access{}, err
	}
	ended, err := u.Ended(ctx)
	return access{Apps: apps, Forbidden: policy.Names(), Ended: ended}, err
}

type cell struct {
	ID         manifest.ID `json:"id"`
	Capability string      `json:"capability"` // "": all of them
	Midnight   int64       `json:"midnight"`   // when today began, Unix milliseconds
}

func (s *Server) inspect(ctx context.Context, p cell) (extension.Inspection, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Inspection{}, err
	}
	return u.Extensions.Inspect(ctx, u.Ledger, p.ID, p.Capability, p.Midnight)
}

func (s *Server) activityOf(ctx context.Context, p extension.ActivityQuery) (extension.Activity, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Activity{}, err
	}
	return u.Extensions.Activity(ctx, u.Ledger, p)
}

// revocation is about one thing, with a resource and an action, or about all
// that an app may do with a capability, or at all.
type revocation struct {
	ID         manifest.ID         `json:"id"`
	Capability string              `json:"capability"`
	Resource   string              `json:"resource"`
	Action     string              `json:"action"`
	Target     string              `json:"target"` // as declared or granted, or exact, as the ledger has it
	Decision   permission.Decision `json:"decision"`
}

// revoke lowers decisions to deny or ask. It counts at once in frames that are
// open, which are told.
func (s *Server) revoke(ctx context.Context, p revocation) (none, error) {
	if p.Decision != permission.Deny && p.Decision != permission.Ask {
		return none{}, fault.New("request.malformed", "What is taken back is denied or asked from then on. Choose one of the two.")
	}
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if p.Resource != "" {
		return none{}, lower(ctx, u, p.ID, permission.Key{Resource: p.Resource, Action: p.Action, Target: p.Target}, p.Decision)
	}
	in, err := u.Extensions.Inspect(ctx, u.Ledger, p.ID, p.Capability, 0)
	if err != nil {
		return none{}, err
	}
	for _, rule := range in.Rules {
		if rule.Fixed || rule.Decision == permission.Deny || rule.Decision == p.Decision {
			continue
		}
		err = errors.Join(err, lower(ctx, u, p.ID, rule.Key(), p.Decision))
	}
	for _, g := range u.Bridge.Temporary(p.ID) {
		if p.Capability == "" || permission.CapabilityOf(g.Key) == p.Capability {
			err = errors.Join(err, u.Bridge.Decide(ctx, p.ID, g.Key))
		}
	}
	return none{}, err
}

// lower keeps one decision and makes it count. What is to be asked again is a
// grant less: what is declared is asked then.
func lower(ctx context.Context, u *vault.Unlocked, id manifest.ID, key permission.Key, d permission.Decision) error {
	if key.Resource == "net" && strings.Count(key.Target, "/") == 2 {
		key.Target += "/*" // an origin, as the ledger has it
	}
	if d == permission.Ask {
		return u.Bridge.Revoke(ctx, id, key)
	}
	g := permission.Grant{Key: key, Decision: d, How: permission.HowSettings}
	if err := u.Extensions.Grant(ctx, id, g); err != nil {
		return err
	}
	return u.Bridge.Decide(ctx, id, key)
}

type keeping struct {
	ID       manifest.ID `json:"id"`
	Resource string      `json:"resource"`
	Action   string      `json:"action"`
	Target   string      `json:"target"`
	Keep     bool        `json:"keep"`
}

func (p keeping) key() permission.Key {
	return permission.Key{Resource: p.Resource, Action: p.Action, Target: p.Target}
}

// keepGrant says whether a grant stays however long it is unused.
func (s *Server) keepGrant(ctx context.Context, p keeping) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Extensions.Keep(ctx, p.ID, p.key(), p.Keep)
}

// giving is a grant that is to be given again. The passphrase is needed where
// it lets the app run programs.
type giving struct {
	keeping
	Passphrase secret `json:"passphrase"`
}

func (p *giving) wipe() { clear(p.Passphrase) }

// grantAgain gives back a grant that ended because it was unused.
func (s *Server) grantAgain(ctx context.Context, p giving) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if err := s.confirmGrant(p.Resource == "shell", p.Passphrase); err != nil {
		return none{}, err
	}
	return none{}, u.GrantAgain(ctx, p.ID, p.key())
}

func (s *Server) dismissEnded(ctx context.Context, _ none) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.DismissEnded(ctx)
}

// timeSpan is from the first to the last millisecond of what was chosen.
type timeSpan struct {
	ID    manifest.ID `json:"id"`
	First int64       `json:"first"`
	Last  int64       `json:"last"`
}

func (s *Server) previewUndo(ctx context.Context, p timeSpan) (extension.Undoing, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Undoing{}, err
	}
	span, err := extension.SpanOf(time.UnixMilli(p.First), time.UnixMilli(p.Last))
	if err != nil {
		return extension.Undoing{}, err
	}
	return u.Extensions.UndoPreview(ctx, p.ID, span)
}

type undoing struct {
	ID manifest.ID `json:"id"`
	extension.Span
}

// undo takes back what an app wrote in a span that previewUndo has told of, or
// what an undo has done.
func (s *Server) undo(ctx context.Context, p undoing) (extension.Undone, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Undone{}, err
	}
	defer s.without(u, p.ID)()
	return u.Extensions.Undo(ctx, p.ID, p.Span)
}
