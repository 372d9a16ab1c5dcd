package bridge

import (
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
)

// grantedTerms is what the permissions that cover a call leave to the
// capability to enforce: one for each thing the call wants, in order.
type grantedTerms []permission.Bounds

// judge holds one thing that a call wants against the vault's policy, the
// manifest and the person's decisions as they are now.
func (s *Session) judge(want permission.Call) permission.Ruling {
	return permission.Judge(s.policy(), s.Running.Manifest.Permissions, s.held.Load(), want, time.Now().UnixMilli())
}

// Forbid makes a vault's policy count from now on.
func (b *Bridge) Forbid(policy permission.Policy) { b.policy.Store(&policy) }

func (b *Bridge) forbidden() permission.Policy {
	if policy := b.policy.Load(); policy != nil {
		return *policy
	}
	return nil
}

// decide replaces one decision of the person while the app runs. What runs or
// is open without being allowed any more is ended.
func (s *Session) decide(key permission.Key, decision permission.Decision) {
	before, _ := s.held.Load().Get(key)
	grants := slices.DeleteFunc(s.held.Load().Grants(), func(g permission.Grant) bool { return g.Key == key })
	s.held.Store(permission.NewHeld(append(grants, permission.Grant{Key: key, Decision: decision})))
	s.tables.Regrant(permission.Tables(s.Running.Manifest.Permissions, s.decisions()))
	if before.Decision != permission.Allow || decision == permission.Allow {
		return
	}
	gone := func(wants []permission.Call) bool {
		return slices.ContainsFunc(wants, func(want permission.Call) bool {
			return s.judge(want).Verdict != permission.Allowed
		})
	}
	s.running.end(errRevoked, func(c *call) bool { return gone(c.wants) })
	s.handles.endWhere(errRevoked, gone)
	s.Emit("permission.revoked", key)
}

// decisions are the person's decisions by what they are about.
func (s *Session) decisions() map[permission.Key]permission.Decision {
	list := s.held.Load().Grants()
	byKey := make(map[permission.Key]permission.Decision, len(list))
	for _, g := range list {
		byKey[g.Key] = g.Decision
	}
	return byKey
}
