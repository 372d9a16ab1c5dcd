package bridge

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// grantedTerms is what the permissions that cover a call leave to the
// capability to enforce: one for each thing the call wants, in order.
type grantedTerms []permission.Bounds

// rights are what a session may do, as the person has decided until now.
type rights struct {
	held     atomic.Pointer[permission.Held]
	numbered atomic.Pointer[map[permission.Key]bool] // grants for a number of uses

	mu     sync.Mutex         // orders changes
	stored []permission.Grant // of the extension
	own    []permission.Grant // of this session only
}

// judge holds one thing that a call wants against the vault's policy, the
// manifest and the person's decisions as they are now.
func (s *Session) judge(want permission.Call) permission.Ruling {
	return permission.Judge(s.bridge.forbidden(), s.Running.Manifest.Permissions, s.rights.held.Load(), want, s.bridge.now().UnixMilli())
}

// Forbid makes a vault's policy count at once.
func (b *Bridge) Forbid(policy permission.Policy) {
	b.policy.Store(&policy)
	for _, s := range b.all() {
		s.change(func(*rights) {})
	}
	b.prompts.review()
}

func (b *Bridge) forbidden() permission.Policy {
	if policy := b.policy.Load(); policy != nil {
		return *policy
	}
	return nil
}

// Decide makes a decision of the person about key, which is stored already,
// count at once in the open sessions of an extension. What runs or is open
// without being allowed any more is ended with permission.revoked.
func (b *Bridge) Decide(ctx context.Context, id manifest.ID, key permission.Key) error {
	return b.regrant(ctx, id, func(r *rights) {
		if allows(r.stored, key) {
			return
		}
		about := []manifest.Permission{{Resource: key.Resource, Action: key.Action, Target: key.Target}}
		r.own = slices.DeleteFunc(r.own, func(g permission.Grant) bool { return permission.Declared(about, g.Key) >= 0 })
	})
}

// Revoke takes a grant back, also one that lasts as long as the app is open.
func (b *Bridge) Revoke(ctx context.Context, id manifest.ID, key permission.Key) error {
	if err := b.apps.Revoke(ctx, id, key); err != nil {
		return err
	}
	return b.Decide(ctx, id, key)
}

// Temporary are the grants of an extension that last as long as it is open.
func (b *Bridge) Temporary(id manifest.ID) (list []permission.Grant) {
	for _, s := range b.of(id) {
		s.rights.mu.Lock()
		list = append(list, s.rights.own...)
		s.rights.mu.Unlock()
	}
	return list
}

// regrant reads the stored grants of an extension again.
func (b *Bridge) regrant(ctx context.Context, id manifest.ID, then func(*rights)) error {
	sessions := b.of(id)
	if len(sessions) == 0 {
		return nil
	}
	held, err := b.apps.Held(ctx, sessions[0].Running.Row)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		s.change(func(r *rights) {
			r.stored = held.Grants()
			then(r)
		})
	}
	b.prompts.review()
	return nil
}

// give adds a grant that lasts as long as the session.
func (s *Session) give(g permission.Grant) {
	s.change(func(r *rights) {
		r.own = append(slices.DeleteFunc(r.own, func(o permission.Grant) bool { return o.Key == g.Key }), g)
	})
}

// change changes the session's grants, drops those whose date has come, and
// ends what is not allowed by them any more.
func (s *Session) change(edit func(*rights)) {
	now := s.bridge.now().UnixMilli()
	s.rights.mu.Lock()
	before := s.rights.held.Load()
	edit(&s.rights)
	live := slices.DeleteFunc(slices.Clone(s.rights.stored), func(g permission.Grant) bool { return !g.Live(now) })
	dropped := len(live) < len(s.rights.stored)
	s.rights.stored = live
	after := s.rights.set()
	s.rights.mu.Unlock()
	s.tables.Regrant(permission.TableGrants(s.bridge.forbidden(), s.Running.Manifest.Permissions, after, now))
	s.endRevoked(lost(before, after))
	s.rest()
	s.awaitDates()
	if dropped {
		s.bridge.tellDate()
	}
}

// set makes the changed grants count. The caller holds mu.
func (r *rights) set() *permission.Held {
	all := slices.Concat(r.stored, r.own)
	numbered := make(map[permission.Key]bool)
	for _, g := range all {
		if g.UsesLeft > 0 {
			numbered[g.Key] = true
		}
	}
	held := permission.NewHeld(all)
	r.numbered.Store(&numbered)
	r.held.Store(held)
	return held
}

// lost are the grants that allowed something and do not any more.
func lost(before, after *permission.Held) (list []permission.Grant) {
	now := make(map[permission.Key]bool)
	for _, g := range after.Grants() {
		now[g.Key] = now[g.Key] || g.Decision == permission.Allow
	}
	for _, g := range before.Grants() {
		if g.Decision == permission.Allow && !now[g.Key] {
			list = append(list, g)
		}
	}
	return list
}

func allows(grants []permission.Grant, key permission.Key) bool {
	return slices.ContainsFunc(grants, func(g permission.Grant) bool { return g.Key == key && g.Decision == permission.Allow })
}

// endRevoked ends what runs and what is open that is refused now, or that one
// of the grants allowed which are gone. What a person allowed once goes on.
func (s *Session) endRevoked(gone []permission.Grant) {
	by := permission.NewHeld(gone)
	over := func(wants []permission.Call) bool {
		return slices.ContainsFunc(wants, func(want permission.Call) bool {
			switch s.judge(want).Verdict {
			case permission.Allowed:
				return false
			case permission.Ask:
				return permission.Judge(nil, s.Running.Manifest.Permissions, by, want, 0).Verdict == permission.Allowed
			default:
				return true
			}
		})
	}
	s.running.end(errRevoked, func(c *call) bool { return c.passed && (over(c.wants) || over(c.later)) })
	s.handles.endWhere(errRevoked, over)
	for _, g := range gone {
		s.Emit("permission.revoked", g.Key)
	}
}

// numbered reports whether the grant that allows a call has a number of uses.
func (s *Session) numbered(ruling permission.Ruling) bool {
	return ruling.Grant != nil && (*s.rights.numbered.Load())[*ruling.Grant]
}

// spend takes a use of the grant that allows a call, if its uses are numbered,
// and counts it otherwise. It is not ok where others were quicker.
func (s *Session) spend(ctx context.Context, ruling permission.Ruling) (ok bool, err error) {
	if ruling.Grant == nil {
		return true, nil
	}
	key := *ruling.Grant
	if !s.numbered(ruling) {
		s.bridge.apps.CountUse(s.Running.Row, key, ruling.Verdict)
		return true, nil
	}
	left, err := s.bridge.apps.Spend(ctx, s.Running.Row, key)
	if err != nil && !errors.Is(err, permission.ErrSpent) {
		return false, err
	}
	if left == 0 {
		s.bridge.usedUp(s.Running.ID, key)
	}
	return err == nil, nil
}

// usedTable counts what a statement did with another app's table as a use of
// the grant that allows it.
func (s *Session) usedTable(action store.Action, table string) {
	key := permission.Key{Resource: "db", Action: string(action), Target: table}
	s.recordTable(key)
	ruling := s.judge(permission.Call{Key: key})
	if ruling.Verdict == permission.Allowed && ruling.Grant != nil {
		s.bridge.apps.CountUse(s.Running.Row, *ruling.Grant, ruling.Verdict)
	}
}

// usedUp takes a grant without uses out of the open sessions. Nobody took it
// back, so nothing ends.
func (b *Bridge) usedUp(id manifest.ID, key permission.Key) {
	for _, s := range b.of(id) {
		s.rights.mu.Lock()
		s.rights.stored = slices.DeleteFunc(slices.Clone(s.rights.stored), func(g permission.Grant) bool { return g.Key == key })
		s.rights.set()
		s.rights.mu.Unlock()
	}
}

// learned are the resources that the session has used, for the person who is
// asked about one that leads outside.
func (s *Session) learned() (list []string) {
	s.used.mu.Lock()
	defer s.used.mu.Unlock()
	for _, g := range s.rights.held.Load().Grants() {
		if g.Resource == "db" && g.Decision == permission.Allow {
			list = append(list, "db")
			break
		}
	}
	return append(list, slices.Sorted(maps.Keys(s.used.resources))...)
}
