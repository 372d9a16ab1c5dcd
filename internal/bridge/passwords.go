package bridge

import (
	"context"
	"slices"

	"github.com/alcove-vault/alcove/internal/capability/passwords"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

// itemReach is which tags one call about password items may reach, found out while
// it is judged. A permission is about one tag, or about all items; an item is
// reached by any of its tags that is allowed, and by none where one of them is
// denied.
type itemReach struct {
	session *Session
	action  string
	tags    []string // that the call wants
}

func (s *Session) reaching(action string) *itemReach { return &itemReach{session: s, action: action} }

func (r *itemReach) call(tag string) permission.Call {
	return permission.Call{Key: permission.Key{Resource: "passwords", Action: r.action, Target: tag}}
}

func (r *itemReach) verdict(tag string) permission.Verdict {
	return r.session.judge(r.call(tag)).Verdict
}

// refused: by the person or by the vault's policy, whatever else is allowed.
func (r *itemReach) refused(tag string) bool {
	v := r.verdict(tag)
	return v == permission.Denied || v == permission.Forbidden
}

// scope is what a call reaches that got what it wanted.
func (r *itemReach) scope() passwords.Scope { return passwords.Scope{Tags: r.tags, Refused: r.refused} }

// want makes the call want tags.
func (r *itemReach) want(tags ...string) (list []permission.Call) {
	for _, tag := range tags {
		if !slices.Contains(r.tags, tag) {
			r.tags = append(r.tags, tag)
		}
		list = append(list, r.call(tag))
	}
	return list
}

// keysOf are what an item with these tags is judged by.
func keysOf(tags []string) []string {
	if len(tags) == 0 {
		return []string{passwords.Every}
	}
	return tags
}

// best is the tag by which an item is reached: one that is refused, or else one
// that is allowed, or else one that the person can be asked about. It is not ok
// where the manifest mentions none.
func (r *itemReach) best(tags []string) (key string, ok bool) {
	keys := keysOf(tags)
	for _, fits := range []func(string) bool{
		r.refused,
		func(tag string) bool { return r.verdict(tag) == permission.Allowed },
		func(tag string) bool { return r.verdict(tag) == permission.Ask },
	} {
		if at := slices.IndexFunc(keys, fits); at >= 0 {
			return keys[at], true
		}
	}
	return "", false
}

// wantItem wants what an item is reached by. An item that the app cannot reach
// is told apart from one that is not there by nothing: both want what a list
// would.
func (r *itemReach) wantItem(id string) func(context.Context) ([]permission.Call, error) {
	return func(ctx context.Context) ([]permission.Call, error) {
		tags, found, err := r.session.passwords.TagsOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if found {
			if key, ok := r.best(tags); ok {
				return r.want(key), nil
			}
		}
		return r.wantAll(ctx)
	}
}

// wantChange wants what an item is reached by, now and once it is changed.
func (r *itemReach) wantChange(id string, c items.Change) func(context.Context) ([]permission.Call, error) {
	return func(ctx context.Context) ([]permission.Call, error) {
		list, err := r.wantItem(id)(ctx)
		if err != nil || c.Tags == nil || r.scope().Has(*c.Tags) {
			return list, err
		}
		// It would leave what the call reaches, so it has to be let in
		// elsewhere. Where it cannot be, items.scope says so.
		if key, ok := r.best(*c.Tags); ok {
			list = append(list, r.want(key)...)
		}
		return list, nil
	}
}

// wantAll wants all that is allowed. If nothing is, it wants all that is
// declared and can be asked about; and if there is nothing of that either, what
// was declared first, so that the call is refused for the right reason.
func (r *itemReach) wantAll(ctx context.Context) ([]permission.Call, error) {
	if r.verdict(passwords.Every) == permission.Allowed {
		return r.want(passwords.Every), nil
	}
	declared := r.declared()
	tags, err := r.session.passwords.Tags(ctx)
	if err != nil {
		return nil, err
	}
	var allowed, asked []string
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(tags, declared)))) {
		if r.verdict(tag) == permission.Allowed {
			allowed = append(allowed, tag)
		}
	}
	for _, tag := range declared {
		if r.verdict(tag) == permission.Ask {
			asked = append(asked, tag)
		}
	}
	switch {
	case len(allowed) > 0:
		return r.want(allowed...), nil
	case len(asked) > 0:
		return r.want(asked...), nil
	case len(declared) > 0:
		return r.want(declared[0]), nil
	}
	return r.want(passwords.Every), nil
}

// declared are the tags of the manifest's permissions that include the action.
func (r *itemReach) declared() (tags []string) {
	for _, p := range r.session.Running.Manifest.Permissions {
		if p.Resource == "passwords" && (p.Action == r.action || p.Action == changeItems) && !slices.Contains(tags, p.Target) {
			tags = append(tags, p.Target)
		}
	}
	return tags
}
