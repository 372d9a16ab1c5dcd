package web

import (
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/vault"
)

var errGrantConfirm = fault.New("grant.confirm", "Letting an app run programs needs the passphrase of the vault, because a program can do everything you can. Type it, then try again.")

// confirmGrant checks the passphrase where a page alone must not be enough:
// what runs programs can do all that the person can.
func (s *Server) confirmGrant(needed bool, passphrase secret) error {
	switch {
	case !needed:
		return nil
	case len(passphrase) == 0:
		return errGrantConfirm
	}
	_, err := s.gate.Confirm(passphrase)
	return err
}

// allowsPrograms reports whether a choice lets an app run programs.
func allowsPrograms(c extension.Choice) bool {
	return c.Resource == "shell" && c.Decision == permission.Allow
}

// reviewAllowsPrograms reports whether accepting a review would let the app run
// programs that it may not run yet.
func reviewAllowsPrograms(u *vault.Unlocked, p choices) (bool, error) {
	for _, c := range p.Choices {
		if !allowsPrograms(c) {
			continue
		}
		review, err := u.Extensions.Review(p.ID)
		if err != nil {
			return false, err
		}
		held := false
		for _, line := range review.Lines {
			held = held || line.Resource == c.Resource && line.Action == c.Action && line.Target == c.Target && line.Decision == permission.Allow
		}
		if !held {
			return true, nil
		}
	}
	return false, nil
}
