package items

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// List returns the items in scope that are not deleted, by title.
func (s *Items) List(ctx context.Context, scope Scope) ([]Summary, error) {
	return s.list(ctx, `deleted_at = 0`, scope)
}

// Deleted returns what was deleted and can still be had back, by title.
func (s *Items) Deleted(ctx context.Context) ([]Summary, error) {
	return s.list(ctx, `deleted_at <> 0`, nil)
}

// Tags returns the tags of all items that are not deleted, by name.
func (s *Items) Tags(ctx context.Context) ([]Tag, error) {
	list, err := s.List(ctx, nil)
	return TagsOf(list), err
}

func (s *Items) list(ctx context.Context, where string, scope Scope) ([]Summary, error) {
	list := []Summary{}
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM alcove__items__item WHERE `+where)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			i, err := scanItem(rows.Scan)
			if err != nil {
				return err
			}
			if scope.has(i.Tags) {
				list = append(list, i.summary())
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	slices.SortFunc(list, func(a, b Summary) int {
		if c := compareText(a.Title, b.Title); c != 0 {
			return c
		}
		return compareText(a.Username+"\x00"+a.ID, b.Username+"\x00"+b.ID)
	})
	return list, nil
}

// Get returns one item in scope with everything in it. Error: items.not_found.
func (s *Items) Get(ctx context.Context, id string, scope Scope) (i Item, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		i, err = find(ctx, tx, id, scope)
		return err
	})
	return i, err
}

// Code returns the present one-time code of an item in scope.
// Errors: items.not_found, items.no_codes.
func (s *Items) Code(ctx context.Context, id string, scope Scope) (Code, error) {
	i, err := s.Get(ctx, id, scope)
	switch {
	case err != nil:
		return Code{}, err
	case i.TOTP == nil:
		return Code{}, errNoCodes
	}
	return i.TOTP.Code(s.now()), nil
}

// find reads an item in scope that is not deleted.
func find(ctx context.Context, tx *sql.Tx, id string, scope Scope) (Item, error) {
	i, err := lookUp(ctx, tx, id)
	if err == nil && (i.Deleted != 0 || !scope.has(i.Tags)) {
		return Item{}, errNotFound
	}
	return i, err
}

func lookUp(ctx context.Context, tx *sql.Tx, id string) (Item, error) {
	if !isID(id) {
		return Item{}, errNotFound
	}
	i, err := scanItem(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM alcove__items__item WHERE id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Item{}, errNotFound
	}
	return i, err
}
