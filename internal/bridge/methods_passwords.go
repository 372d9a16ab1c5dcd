package bridge

import (
	"context"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

const (
	deadlineItems = 10 * time.Second // for items, accounts and storages in the vault itself

	readItems   = "read"
	changeItems = "readWrite"
)

// passwordMethods work on the vault's password items that have a tag the app
// may reach.
func passwordMethods() []method {
	return []method{
		{name: "passwords.list", deadline: deadlineItems, parse: parsePasswordList},
		{name: "passwords.get", deadline: deadlineItems, parse: parsePasswordGet},
		{name: "passwords.totp", deadline: deadlineItems, parse: parsePasswordCode},
		{name: "passwords.create", deadline: deadlineItems, parse: parsePasswordCreate},
		{name: "passwords.update", deadline: deadlineItems, parse: parsePasswordUpdate},
		{name: "passwords.delete", deadline: deadlineItems, parse: parsePasswordDelete},
	}
}

// parsePasswordList answers {items}: those with the given tag, or else those
// with any that the app may reach.
func parsePasswordList(s *Session, a *args) work {
	r := s.reaching(readItems)
	tag := a.optionalText("tag", MaxEnvelope)
	if tag != "" {
		clean, err := items.CleanTag(tag)
		if tag = clean; err != nil {
			a.refuse(err)
		}
	}
	return work{
		wants: func(ctx context.Context) ([]permission.Call, error) {
			if tag != "" {
				return r.want(tag), nil
			}
			return r.wantAll(ctx)
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			list, err := s.passwords.List(ctx, r.scope())
			return tree(map[string]any{"items": list}), err
		},
	}
}

// parsePasswordGet answers {item}.
func parsePasswordGet(s *Session, a *args) work {
	r, id := s.reaching(readItems), a.text("id", maxItemID)
	return work{wants: r.wantItem(id), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		item, err := s.passwords.Get(ctx, id, r.scope())
		return tree(map[string]any{"item": item}), err
	}}
}

// parsePasswordCode answers {code, period, until}.
func parsePasswordCode(s *Session, a *args) work {
	r, id := s.reaching(readItems), a.text("id", maxItemID)
	return work{wants: r.wantItem(id), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		code, err := s.passwords.Code(ctx, id, r.scope())
		return tree(code), err
	}}
}

// parsePasswordCreate answers {id}.
func parsePasswordCreate(s *Session, a *args) work {
	r, c := s.reaching(changeItems), readItemChange(a)
	var tags []string
	if c.Tags != nil {
		tags = *c.Tags
	}
	return work{
		wants: func(context.Context) ([]permission.Call, error) {
			if key, ok := r.best(tags); ok {
				return r.want(key), nil
			}
			return r.want(keysOf(tags)[0]), nil
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			id, err := s.passwords.Create(ctx, c, r.scope())
			return tree(map[string]any{"id": id}), err
		},
	}
}

// parsePasswordUpdate changes what is given, and leaves the rest.
func parsePasswordUpdate(s *Session, a *args) work {
	r, id, c := s.reaching(changeItems), a.text("id", maxItemID), readItemChange(a)
	return work{wants: r.wantChange(id, c), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		return empty, s.passwords.Update(ctx, id, c, r.scope())
	}}
}

// parsePasswordReplace changes what is given, and empties the rest. What apps of
// another dialect have no words for stays: see passwords.Replace.
func parsePasswordReplace(s *Session, a *args) work {
	r, id, c := s.reaching(changeItems), a.text("id", maxItemID), readItemChange(a)
	return work{wants: r.wantChange(id, c), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		return empty, s.passwords.Replace(ctx, id, c, r.scope())
	}}
}

func parsePasswordDelete(s *Session, a *args) work {
	r, id := s.reaching(changeItems), a.text("id", maxItemID)
	return work{wants: r.wantItem(id), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		return empty, s.passwords.Delete(ctx, id, r.scope())
	}}
}

// maxItemID is how many bytes the name of an item can have in a call.
const maxItemID = 64

// readItemChange reads what an item is to be. What is left out, or null, is not
// touched; empty codes are taken away.
func readItemChange(a *args) (c items.Change) {
	texts := func(key string) *[]string {
		if _, ok := a.value(key); !ok {
			return nil
		}
		list := a.optionalTexts(key, maxItemTexts, MaxEnvelope)
		return &list
	}
	line := func(key string) *string {
		if _, ok := a.value(key); !ok {
			return nil
		}
		text := a.text(key, MaxEnvelope)
		return &text
	}
	c.Title, c.Username, c.Password, c.Note = line("title"), line("username"), line("password"), line("note")
	if c.URLs = texts("urls"); c.URLs != nil {
		*c.URLs = slices.DeleteFunc(*c.URLs, func(url string) bool { return url == "" })
	}
	if c.Tags = texts("tags"); c.Tags != nil {
		tags, err := items.CleanTags(*c.Tags)
		if c.Tags = &tags; err != nil {
			a.refuse(err)
		}
	}
	if text := line("totp"); text != nil {
		var codes *items.TOTP
		if *text != "" {
			var err error
			if codes, err = items.ParseTOTP(*text); err != nil {
				a.refuse(err)
			}
		}
		c.TOTP = &codes
	}
	if _, ok := a.value("fields"); ok {
		list := []items.Field{}
		a.maps("fields", maxItemTexts, func(f *args) {
			list = append(list, items.Field{Name: f.text("name", MaxEnvelope), Value: f.text("value", MaxEnvelope), Hidden: f.optionalTruth("hidden")})
		})
		c.Fields = &list
	}
	return c
}

// maxItemTexts is how long a list in a call about an item may be. What an item
// can hold is less, and refused with its own words.
const maxItemTexts = 100
