package web

import (
	"context"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/vault"
)

// policyMethods are about what a vault forbids to every app.
func policyMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"policy.get": bind((*Server).policy),
		"policy.set": bind((*Server).setPolicy),
	}
}

func (s *Server) policy(ctx context.Context, _ none) (map[string][]string, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	p, err := u.Extensions.Policy(ctx)
	return map[string][]string{"forbid": p.Names()}, err
}

// policyChange is all that is forbidden from now on, resources and actions:
// "shell", "net.private". It asks for the passphrase again where it allows what
// was forbidden: a page that is left open is not enough for that.
type policyChange struct {
	Forbid     []string `json:"forbid"`
	Passphrase secret   `json:"passphrase"`
}

func (p *policyChange) wipe() { clear(p.Passphrase) }

var errPolicyConfirm = fault.New("policy.confirm", "Allowing what this vault forbids needs its passphrase. Type it, then try again.")

// setPolicy keeps what the vault forbids. It counts at once in frames that are
// open.
func (s *Server) setPolicy(ctx context.Context, p policyChange) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	before, err := u.Extensions.Policy(ctx)
	if err != nil {
		return none{}, err
	}
	after := make(permission.Policy, len(p.Forbid))
	for _, name := range p.Forbid {
		after[name] = true
	}
	if err := after.Valid(); err != nil {
		return none{}, fault.Wrap("request.malformed", "A vault can forbid what apps can ask for, and nothing else. Reload the page, then choose again.", err)
	}
	if looser(before, after) {
		if u, err = s.confirmed(p.Passphrase); err != nil {
			return none{}, err
		}
	}
	if err := u.Extensions.SetPolicy(ctx, after); err != nil {
		return none{}, err
	}
	u.Bridge.Forbid(after)
	return none{}, nil
}

// confirmed is the open vault, if the passphrase is its own.
func (s *Server) confirmed(passphrase secret) (*vault.Unlocked, error) {
	if len(passphrase) == 0 {
		return nil, errPolicyConfirm
	}
	return s.gate.Confirm(passphrase)
}

// looser reports whether something that before forbids is not forbidden after.
func looser(before, after permission.Policy) bool {
	for _, name := range before.Names() {
		if resource, _, _ := strings.Cut(name, "."); !after[name] && !after[resource] {
			return true
		}
	}
	return false
}
