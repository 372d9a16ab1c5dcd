package items

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
)

// errScope: who changes an item has to see it afterwards.
var errScope = fault.New("items.scope", "None of the item's tags would be one that is allowed here. Keep at least one of them.")

// Create keeps a new item and returns its id. Of what it would be, at least one
// tag has to be in scope.
//
// Errors: items.too_long, items.too_many, items.text, items.title, items.url,
// items.tag, items.totp, items.scope, quota.items.
func (s *Items) Create(ctx context.Context, c Change, scope Scope) (id string, err error) {
	var i Item
	if err := c.apply(&i); err != nil {
		return "", err
	}
	if !scope.has(i.Tags) {
		return "", errScope
	}
	if i.ID, err = newID(); err != nil {
		return "", fmt.Errorf("create an item: %w", err)
	}
	i.Created = s.now().UnixMilli()
	i.Changed = i.Created
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove__items__item`).Scan(&have); err != nil {
			return err
		}
		if have >= MaxItems {
			return errFull
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO alcove__items__item (id, created_at) VALUES (?, ?)`, i.ID, i.Created); err != nil {
			return err
		}
		return save(ctx, tx, Item{}, i)
	})
	if err != nil {
		return "", fmt.Errorf("create an item: %w", err)
	}
	return i.ID, nil
}

// Update changes an item. It has to be in scope before and after.
// Errors: those of Create, items.not_found.
func (s *Items) Update(ctx context.Context, id string, c Change, scope Scope) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		was, err := find(ctx, tx, id, scope)
		if err != nil || !c.touches() {
			return err
		}
		i := was
		if err := c.apply(&i); err != nil {
			return err
		}
		if !scope.has(i.Tags) {
			return errScope
		}
		i.Changed = s.now().UnixMilli()
		return save(ctx, tx, was, i)
	})
	return about(err, "update an item")
}

// save writes the columns that differ.
func save(ctx context.Context, tx *sql.Tx, was, now Item) error {
	names := []string{"title", "username", "password", "urls", "note", "tags", "totp", "fields"}
	return saveColumns(ctx, tx, "alcove__items__item", now.ID, names, &was, &now, now.Changed)
}

// stored is a row as the texts of the columns that are saved one by one.
type stored interface{ stored() ([]string, error) }

// saveColumns writes the columns of a row that differ, each by itself, so that
// what another device changes of the others stays.
func saveColumns(ctx context.Context, tx *sql.Tx, table, id string, names []string, was, now stored, changed int64) error {
	before, err := was.stored()
	if err != nil {
		return err
	}
	after, err := now.stored()
	if err != nil {
		return err
	}
	for n, name := range names {
		if before[n] == after[n] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET `+name+` = ? WHERE id = ?`, after[n], id); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE `+table+` SET changed_at = ? WHERE id = ?`, changed, id)
	return err
}

// stored are the texts of the columns that save writes.
func (i *Item) stored() (out []string, err error) {
	urls, err1 := writeList(i.URLs)
	tags, err2 := writeList(i.Tags)
	fields, err3 := writeList(i.Fields)
	return []string{i.Title, i.Username, i.Password, urls, i.Note, tags, i.TOTP.URI(), fields}, errors.Join(err1, err2, err3)
}

// Delete puts an item in scope where it can be had back for KeptDeleted.
// Error: items.not_found.
func (s *Items) Delete(ctx context.Context, id string, scope Scope) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		if _, err := find(ctx, tx, id, scope); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE alcove__items__item SET deleted_at = ? WHERE id = ?`, s.now().UnixMilli(), id)
		return err
	})
	if err != nil {
		return about(err, "delete an item")
	}
	return s.sweep(ctx)
}

// Restore takes back that an item was deleted. Error: items.not_found.
func (s *Items) Restore(ctx context.Context, id string) error {
	return s.deleted(ctx, id, `UPDATE alcove__items__item SET deleted_at = 0 WHERE id = ?`, "restore an item")
}

// Remove takes out a deleted item for good. Error: items.not_found.
func (s *Items) Remove(ctx context.Context, id string) error {
	return s.deleted(ctx, id, `DELETE FROM alcove__items__item WHERE id = ?`, "remove an item")
}

// deleted runs a statement about a deleted item.
func (s *Items) deleted(ctx context.Context, id, statement, what string) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		i, err := lookUp(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case i.Deleted == 0:
			return errNotFound
		}
		_, err = tx.ExecContext(ctx, statement, id)
		return err
	})
	return about(err, what)
}

func about(err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
