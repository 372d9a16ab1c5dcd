// Package secrets keeps sealed values for one extension: tokens and passwords
// that no other extension reads, no statement shows and no export contains. The
// format is in SPEC.md.
package secrets

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// What one extension can keep.
const (
	MaxName  = 128      // bytes of a name
	MaxValue = 16 << 10 // bytes of a value
	MaxCount = 200      // secrets
)

// Faults an extension's author meets.
var (
	errName    = fault.New("secrets.name", "A secret's name is 1 to 128 bytes of text without control characters. Choose another one.")
	errValue   = fault.New("quota.value", "The secret is over 16 KiB. Keep larger things in a table of the app's own.")
	errCount   = fault.New("quota.secrets", "The app keeps 200 secrets already. Delete one that is no longer needed.")
	errChanged = fault.New("secrets.changed", "The secret was changed while it was read. Read it again.")
	errDamaged = fault.New("secrets.damaged", "The secret cannot be opened: what is stored is not what was sealed for it. Set it anew.")
)

// Value is what a secret holds. It is written nowhere but into the reply of the
// call that reads it.
type Value struct {
	Data []byte
	Text bool // it is text; otherwise bytes
}

// String keeps a value out of logs and errors.
func (Value) String() string { return "[redacted]" }

// GoString does so too.
func (Value) GoString() string { return "[redacted]" }

// Info is what is told of a secret without opening it.
type Info struct {
	Name      string `json:"name"`
	Ask       bool   `json:"ask"`       // the person is asked each time it is read
	UpdatedAt int64  `json:"updatedAt"` // Unix milliseconds
}

// Space is the secrets of one extension.
type Space struct {
	store     *store.Store
	keys      Keys
	extension int64
	owner     string
	now       func() time.Time
}

// New returns the secrets of the extension whose row and id,
// "<lineage hex>.<name>", are given.
func New(st *store.Store, keys Keys, extension int64, id string) *Space {
	return &Space{store: st, keys: keys, extension: extension, owner: id, now: time.Now}
}

// CheckName reports whether name can name a secret.
func CheckName(name string) error {
	if name == "" || len(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) {
		return errName
	}
	return nil
}

// CheckValue reports whether a value is small enough.
func CheckValue(v Value) error {
	if len(v.Data) > MaxValue {
		return errValue
	}
	return nil
}

// Asks reports whether the person is to be asked before name is read. It is
// false where there is no such secret.
func (s *Space) Asks(ctx context.Context, name string) (ask bool, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT ask FROM alcove_secret WHERE extension = ? AND name = ?`, s.extension, name).Scan(&ask)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look at a secret: %w", err)
	}
	return ask, nil
}

// Get opens the secret with this name, and reports whether there is one. Asked
// says that the person has just been asked about it.
//
// Errors: secrets.changed for one that wants the person to be asked, and was
// not when Asks looked; secrets.damaged.
func (s *Space) Get(ctx context.Context, name string, asked bool) (v Value, found bool, err error) {
	var sealed []byte
	var ask bool
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT sealed, ask FROM alcove_secret WHERE extension = ? AND name = ?`, s.extension, name).Scan(&sealed, &ask)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	switch {
	case err != nil:
		return Value{}, false, fmt.Errorf("get a secret: %w", err)
	case !found:
		return Value{}, false, nil
	case ask && !asked:
		return Value{}, false, errChanged
	}
	v, err = s.open(name, sealed)
	if errors.Is(err, errSealed) {
		return Value{}, false, errDamaged
	}
	return v, err == nil, err
}

// Set keeps v under name. It is durable when Set returns. Ask says that the
// person is asked each time it is read.
func (s *Space) Set(ctx context.Context, name string, v Value, ask bool) error {
	if err := errors.Join(CheckName(name), CheckValue(v)); err != nil {
		return err
	}
	sealed, err := s.seal(name, v)
	if err != nil {
		return fmt.Errorf("seal a secret: %w", err)
	}
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove_secret WHERE extension = ? AND name <> ?`, s.extension, name).Scan(&others); err != nil {
			return err
		}
		if others >= MaxCount {
			return errCount
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO alcove_secret (extension, name, sealed, ask, updated_at) VALUES (?, ?, ?, ?, ?)
			 ON CONFLICT (extension, name) DO UPDATE SET sealed = excluded.sealed, ask = excluded.ask, updated_at = excluded.updated_at`,
			s.extension, name, sealed, ask, s.now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("set a secret: %w", err)
	}
	return nil
}

// Delete forgets name and reports whether there was something to forget.
func (s *Space) Delete(ctx context.Context, name string) (deleted bool, err error) {
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		outcome, err := tx.ExecContext(ctx, `DELETE FROM alcove_secret WHERE extension = ? AND name = ?`, s.extension, name)
		if err != nil {
			return err
		}
		n, err := outcome.RowsAffected()
		deleted = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("delete a secret: %w", err)
	}
	return deleted, nil
}

// List returns what there is, by name. It opens nothing.
func (s *Space) List(ctx context.Context) ([]Info, error) {
	list := []Info{}
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT name, ask, updated_at FROM alcove_secret WHERE extension = ? ORDER BY name`, s.extension)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i Info
			if err := rows.Scan(&i.Name, &i.Ask, &i.UpdatedAt); err != nil {
				return err
			}
			list = append(list, i)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	return list, nil
}
