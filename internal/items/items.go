// Package items keeps what a person has to prove who they are elsewhere:
// password items with tags, one-time codes and fields of their own, mail
// accounts, and storages on S3. It is the vault's own data, encrypted and tracked
// like that of any app; apps reach it through capabilities only. Format and rules
// are in SPEC.md.
package items

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// prefix begins the names of the tables. It stands for the lineage and the name
// that tables of apps have.
const prefix = "alcove__items__"

// KeptDeleted is how long a deleted item can be had back.
const KeptDeleted = 30 * 24 * time.Hour

// Faults that a person or the author of an app meets.
var (
	errNotFound = fault.New("items.not_found", "There is no such item, or it was deleted. Look at the list again.")
	errNoCodes  = fault.New("items.no_codes", "The item has no one-time codes. Add their secret to it in Passwords.")
	errAccount  = fault.New("items.no_account", "There is no such mail account, or it was removed. Look at the list again.")
	errStorage  = fault.New("items.no_storage", "There is no such storage, or it was removed. Look at the list again.")
	errFull     = fault.New("quota.items", "This vault keeps as many items as it can. Delete some that are no longer needed for good.")
)

// ErrNotFound, ErrNoAccount and ErrNoStorage are the errors for what is not there,
// or not for who asks.
var (
	ErrNotFound  = errNotFound
	ErrNoAccount = errAccount
	ErrNoStorage = errStorage
)

// Items is what one vault keeps. It is safe for use by several goroutines.
type Items struct {
	store *store.Store
	now   func() time.Time
}

// New returns the items of an open vault, without tracking their changes.
func New(st *store.Store) *Items { return &Items{store: st, now: time.Now} }

// Open returns the items of an open vault whose changes are tracked from now on,
// and takes out what was deleted long ago. No old values are kept: what is
// deleted for good is meant to be gone.
func Open(ctx context.Context, st *store.Store, tracked *crdt.Engine) (*Items, error) {
	s := New(st)
	if err := tracked.AdoptHost(ctx, prefix); err != nil {
		return nil, fmt.Errorf("open items: %w", err)
	}
	return s, s.sweep(ctx)
}

// sweep takes out what was deleted long enough ago.
func (s *Items) sweep(ctx context.Context) error {
	before := s.now().Add(-KeptDeleted).UnixMilli()
	const due = `deleted_at <> 0 AND deleted_at < ?`
	var any bool
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alcove__items__item WHERE `+due+`)`, before).Scan(&any)
	})
	if err == nil && any {
		err = s.store.Update(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM alcove__items__item WHERE `+due, before)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("take out deleted items: %w", err)
	}
	return nil
}

// newID names a new row on every device.
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// isID reports whether id can name a row, so that nothing else is looked up.
func isID(id string) bool { return uuid.Validate(id) == nil && len(id) == 36 }
