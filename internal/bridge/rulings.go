package bridge

import "github.com/alcove-vault/alcove/internal/permission"

// grantedTerms is what the permissions that cover a call leave to the
// capability to enforce: one for each thing the call wants, in order.
type grantedTerms []struct{}

// judge holds one thing that a call wants against the manifest and the
// person's decisions as they are now.
func (s *Session) judge(want permission.Key) permission.Verdict {
	return permission.Evaluate(s.Running.Manifest.Permissions, *s.grants.Load(), want)
}

func (c *call) terms() grantedTerms { return make(grantedTerms, len(c.wants)) }
