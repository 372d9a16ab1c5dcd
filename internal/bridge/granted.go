package bridge

import (
	"context"
	"sync"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// granted lets pass what the vault's policy and the person allow. What the
// person wants to be asked about waits for the answer.
func (c *call) granted(ctx context.Context) error {
	allowed := make([]bool, len(c.wants)) // by the person, this once
	spent := make([]bool, len(c.wants))   // it took a use of a grant, which may be the last
	if c.session.haex != nil {
		if err := c.ahead(allowed); err != nil {
			return err
		}
	}
	for i := 0; i < len(c.wants); {
		switch ruling := c.rulings[i]; ruling.Verdict {
		case permission.Allowed:
			spent[i] = c.session.numbered(ruling)
			ok, err := c.session.spend(ctx, ruling)
			switch {
			case err != nil:
				return err
			case !ok && !allowed[i]:
				c.rulings[i] = c.session.judge(c.wants[i])
				continue
			}
		case permission.Ask:
			if allowed[i] || c.wants[i].Chosen {
				break
			}
			if err := c.question(ctx, i); err != nil {
				return err
			}
			allowed[i] = c.answer == yes
			// Others may have been decided while this one waited. What was let
			// pass before stays so, and has spent its use.
			for j := i; j < len(c.wants); j++ {
				c.rulings[j] = c.session.judge(c.wants[j])
			}
			continue
		case permission.Forbidden:
			return c.forbidden(i)
		case permission.Undeclared:
			return errUndeclared.With("permission", nameOfWant(c.wants[i]))
		default:
			if ruling.Grant != nil {
				c.session.bridge.apps.CountUse(c.session.Running.Row, *ruling.Grant, ruling.Verdict)
			}
			return errDenied.With("permission", nameOfWant(c.wants[i]))
		}
		c.terms = append(c.terms, c.rulings[i].Bounds)
		i++
	}
	c.session.running.pass(c)
	if c.session.haex != nil {
		c.spendPasses(allowed)
	}
	return c.stillGranted(allowed, spent)
}

// stillGranted looks once more, now that whoever takes a permission back ends
// the call: what was taken back between the judgement and that is not used.
func (c *call) stillGranted(allowed, spent []bool) error {
	for i, want := range c.wants {
		now := c.session.judge(want).Verdict
		open := now == permission.Ask && (allowed[i] || spent[i] || want.Chosen)
		if now != permission.Allowed && !open {
			return errRevoked.With("permission", nameOfWant(want))
		}
	}
	return nil
}

// forbidden says which policy of the vault is against what the call wants.
func (c *call) forbidden(i int) error {
	by := c.bridge.forbidden().By(c.wants[i])
	if by == "" {
		return errForbidden // it has changed meanwhile
	}
	return fault.New(errForbidden.Code, permission.ForbiddenBy(by)).With("permission", nameOfWant(c.wants[i])).With("policy", by)
}

// question asks the person about one thing that the call wants.
func (c *call) question(ctx context.Context, i int) (err error) {
	if c.session.sight.hidden.Load() {
		return errUnseen.With("permission", nameOfWant(c.wants[i]))
	}
	if c.session.haex != nil {
		return c.askMeanwhile(i)
	}
	if err := c.wait(); err != nil {
		return err
	}
	c.bridge.recall(ctx, c.session, c.wants[i], c.rulings[i])
	w := c.bridge.prompts.ask(c.session, c.wants[i], c.rulings[i])
	c.asked.Do(func() { close(c.asks) })
	c.answer, err = c.bridge.prompts.await(ctx, w)
	switch {
	case err != nil:
		return err
	case c.answer == no:
		return errDenied.With("permission", nameOfWant(c.wants[i]))
	case c.answer == dismissed:
		return errDismissed.With("permission", nameOfWant(c.wants[i]))
	}
	return nil
}

// used are the resources that a session has used.
type used struct {
	mu        sync.Mutex
	resources map[string]bool
}

// note adds what a call has used.
func (u *used) note(wants []permission.Call) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.resources == nil {
		u.resources = make(map[string]bool)
	}
	for _, want := range wants {
		u.resources[want.Resource] = true
	}
}

// nameOfWant is the permission a call wants, as a manifest names it: a method
// may want another besides its own.
func nameOfWant(want permission.Call) string { return want.Resource + "." + want.Action }
