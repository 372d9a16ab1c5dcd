// Package passwords lets an app reach the vault's password items by their tags.
// Which tags it may reach was decided before; what it gets here is the items
// that have one of them.
package passwords

import (
	"context"
	"errors"
	"slices"

	"github.com/alcove-vault/alcove/internal/items"
)

// Every stands for every item, also one without a tag. No tag is called so.
const Every = "*"

// Scope is what one call may reach. The zero value is nothing.
type Scope struct {
	// Tags are those of which an item has to have one; Every is in the place of
	// any.
	Tags []string
	// Refused says that an item with this tag is out of reach, whatever else it
	// is tagged with; nil refuses none. It is asked about Every for an item
	// without tags.
	Refused func(tag string) bool
}

// Has reports whether an item with these tags is in reach.
func (s Scope) Has(tags []string) bool {
	about := tags
	if len(about) == 0 {
		about = []string{Every}
	}
	if s.Refused != nil && slices.ContainsFunc(about, s.Refused) {
		return false
	}
	return slices.ContainsFunc(s.Tags, func(tag string) bool { return tag == Every || slices.Contains(tags, tag) })
}

// Space is the items of a vault as apps reach them.
type Space struct{ all *items.Items }

// New returns the items that all keeps.
func New(all *items.Items) *Space { return &Space{all} }

// Tags returns the names of all tags there are. They are for judging, not for
// the app.
func (s *Space) Tags(ctx context.Context) (names []string, err error) {
	list, err := s.all.Tags(ctx)
	for _, t := range list {
		names = append(names, t.Name)
	}
	return names, err
}

// TagsOf returns the tags of an item, and none where there is no such item.
// They are for judging, not for the app.
func (s *Space) TagsOf(ctx context.Context, id string) (tags []string, found bool, err error) {
	i, err := s.all.Get(ctx, id, nil)
	switch {
	case errors.Is(err, items.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	return i.Tags, true, nil
}

// List returns what is in reach, without anything that opens something.
func (s *Space) List(ctx context.Context, scope Scope) ([]items.Summary, error) {
	return s.all.List(ctx, scope.Has)
}

// Get returns an item with everything in it. Error: items.not_found, also for
// one that is out of reach.
func (s *Space) Get(ctx context.Context, id string, scope Scope) (items.Item, error) {
	return s.all.Get(ctx, id, scope.Has)
}

// Code returns the present one-time code of an item. Errors: items.not_found,
// items.no_codes.
func (s *Space) Code(ctx context.Context, id string, scope Scope) (items.Code, error) {
	return s.all.Code(ctx, id, scope.Has)
}

// Create keeps a new item, which has to be in reach. Errors: items.scope and
// the others of items.Create.
func (s *Space) Create(ctx context.Context, c items.Change, scope Scope) (id string, err error) {
	return s.all.Create(ctx, c, scope.Has)
}

// Update changes an item, which has to be in reach before and after. Errors:
// items.not_found, items.scope and the others of items.Update.
func (s *Space) Update(ctx context.Context, id string, c items.Change, scope Scope) error {
	return s.all.Update(ctx, id, c, scope.Has)
}

// Replace makes an item what c says, and empties what c leaves out, for apps that
// know an item as a whole. What they have no words for stays: the addresses
// after the first, which fields are hidden, and whose the one-time codes are.
// Errors: those of Update.
func (s *Space) Replace(ctx context.Context, id string, c items.Change, scope Scope) error {
	was, err := s.Get(ctx, id, scope)
	if err != nil {
		return err
	}
	return s.Update(ctx, id, whole(c, was), scope)
}

// whole is the change that makes an item what c says.
func whole(c items.Change, was items.Item) items.Change {
	for _, text := range []**string{&c.Title, &c.Username, &c.Password, &c.Note} {
		if *text == nil {
			*text = new(string)
		}
	}
	urls, tags, codes, fields := value(c.URLs), value(c.Tags), value(c.TOTP), slices.Clone(value(c.Fields))
	if len(was.URLs) > 1 {
		urls = append(slices.Clone(urls), was.URLs[1:]...)
	}
	if codes != nil && was.TOTP != nil && codes.Issuer == "" && codes.Account == "" {
		codes.Issuer, codes.Account = was.TOTP.Issuer, was.TOTP.Account
	}
	for i := range fields {
		hidden := func(f items.Field) bool { return f.Name == fields[i].Name && f.Hidden }
		fields[i].Hidden = fields[i].Hidden || slices.ContainsFunc(was.Fields, hidden)
	}
	c.URLs, c.Tags, c.TOTP, c.Fields = &urls, &tags, &codes, &fields
	return c
}

// value is what p points to, or nothing.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Delete puts an item where the person can have it back. Error:
// items.not_found.
func (s *Space) Delete(ctx context.Context, id string, scope Scope) error {
	return s.all.Delete(ctx, id, scope.Has)
}
