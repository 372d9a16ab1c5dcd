package items

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

const storageColumns = `id, CAST(name AS TEXT), CAST(endpoint AS TEXT), CAST(region AS TEXT), CAST(bucket AS TEXT), CAST(prefix AS TEXT),
	CAST(path_style AS TEXT), CAST(access_key AS TEXT), CAST(secret AS TEXT), CAST(token AS TEXT), CAST(owner AS TEXT),
	CAST(created_at AS INTEGER), CAST(changed_at AS INTEGER)`

// scanStorage reads a row. Where what says where it is does not read as it
// should, it is left out, and nothing connects there.
func scanStorage(scan func(...any) error) (Storage, error) {
	var s Storage
	var style string
	if err := scan(&s.ID, &s.Name, &s.Endpoint, &s.Region, &s.Bucket, &s.Prefix, &style, &s.AccessKey, &s.Secret, &s.Token, &s.Owner, &s.Created, &s.Changed); err != nil {
		return Storage{}, fmt.Errorf("read a storage: %w", err)
	}
	s.PathStyle = style == pathStyle
	if app, shared := strings.CutPrefix(s.Owner, sharedBy); shared {
		s.Owner, s.From = "", app
	}
	if s.checkPlace() != nil {
		s.Endpoint, s.Region, s.Bucket, s.Prefix = "", "", "", ""
	}
	return s, nil
}

// pathStyle is what the column of that name has where it is so.
const pathStyle = "1"

// sharedBy begins what the column of the owner has where the storage is the
// person's and its address an app's.
const sharedBy = "shared "

// Storages returns the storages, by name.
func (s *Items) Storages(ctx context.Context) ([]StorageSummary, error) {
	list := []StorageSummary{}
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+storageColumns+` FROM alcove__items__storage`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			one, err := scanStorage(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, one.Summary())
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list storages: %w", err)
	}
	slices.SortFunc(list, func(a, b StorageSummary) int { return compareText(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID) })
	return list, nil
}

// Storage returns one storage with what opens it. Error: items.no_storage.
func (s *Items) Storage(ctx context.Context, id string) (one Storage, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		one, err = findStorage(ctx, tx, id)
		return err
	})
	return one, err
}

func findStorage(ctx context.Context, tx *sql.Tx, id string) (Storage, error) {
	if !isID(id) {
		return Storage{}, errStorage
	}
	s, err := scanStorage(tx.QueryRowContext(ctx, `SELECT `+storageColumns+` FROM alcove__items__storage WHERE id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Storage{}, errStorage
	}
	return s, err
}

// CheckStorage brings a storage into its one form and holds it against the
// limits. Errors: those of AddStorage, without the quota.
func CheckStorage(one Storage) (Storage, error) {
	one.tidy()
	return one, one.check()
}

// AddStorage keeps a new storage and returns its id.
//
// Errors: items.name, items.endpoint, items.bucket, items.prefix, items.region,
// items.access_key, items.secret, items.too_long, items.text, quota.storages.
func (s *Items) AddStorage(ctx context.Context, one Storage) (id string, err error) {
	if one, err = CheckStorage(one); err != nil {
		return "", err
	}
	if one.ID, err = newID(); err != nil {
		return "", fmt.Errorf("add a storage: %w", err)
	}
	one.Created = s.now().UnixMilli()
	one.Changed = one.Created
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove__items__storage`).Scan(&have); err != nil {
			return err
		}
		if have >= MaxStorages {
			return fault.New("quota.storages", fmt.Sprintf("This vault keeps %d storages already. Remove one first.", MaxStorages))
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO alcove__items__storage (id, created_at) VALUES (?, ?)`, one.ID, one.Created); err != nil {
			return err
		}
		return saveStorage(ctx, tx, Storage{}, one)
	})
	if err != nil {
		return "", about(err, "add a storage")
	}
	return one.ID, nil
}

// Draft is what the storage one.ID would be with other values, or a new one
// where that is empty. Nothing is kept. Errors: those of ChangeStorage.
func (s *Items) Draft(ctx context.Context, one Storage) (Storage, error) {
	if one.ID == "" {
		return CheckStorage(one)
	}
	was, err := s.Storage(ctx, one.ID)
	if err != nil {
		return Storage{}, err
	}
	return one.onto(was)
}

// ChangeStorage gives the storage one.ID other values; whose it is stays. An
// empty secret leaves the one there is. Errors: those of AddStorage,
// items.no_storage.
func (s *Items) ChangeStorage(ctx context.Context, one Storage) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		was, err := findStorage(ctx, tx, one.ID)
		if err != nil {
			return err
		}
		one, err := one.onto(was)
		if err != nil {
			return err
		}
		one.Changed = s.now().UnixMilli()
		return saveStorage(ctx, tx, was, one)
	})
	return about(err, "change a storage")
}

// onto is what a storage becomes with these values: whose it is stays, and where
// no new secret is given, what opens it. A session token goes with its secret. Who
// writes another address to what is theirs has typed it.
func (s *Storage) onto(was Storage) (Storage, error) {
	now := *s
	now.Owner, now.From = was.Owner, was.From
	if now.Secret == "" {
		now.Secret = was.Secret
		if now.Token == "" {
			now.Token = was.Token
		}
	}
	now, err := CheckStorage(now)
	if now.Endpoint != was.Endpoint {
		now.From = ""
	}
	return now, err
}

// ShareStorage makes a storage that an app added the person's own, so that every
// app can ask for it. It is kept whose words its address is. Error: items.no_storage.
func (s *Items) ShareStorage(ctx context.Context, id string) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		was, err := findStorage(ctx, tx, id)
		if err != nil {
			return err
		}
		now := was
		if was.Owner != "" {
			now.Owner, now.From = "", was.Owner
		}
		now.Changed = s.now().UnixMilli()
		return saveStorage(ctx, tx, was, now)
	})
	return about(err, "share a storage")
}

// saveStorage writes the columns that differ.
func saveStorage(ctx context.Context, tx *sql.Tx, was, now Storage) error {
	names := []string{"name", "endpoint", "region", "bucket", "prefix", "path_style", "access_key", "secret", "token", "owner"}
	return saveColumns(ctx, tx, "alcove__items__storage", now.ID, names, &was, &now, now.Changed)
}

// stored are the texts of the columns that saveStorage writes.
func (s *Storage) stored() ([]string, error) {
	style := ""
	if s.PathStyle {
		style = pathStyle
	}
	owner := s.Owner
	if s.From != "" {
		owner = sharedBy + s.From
	}
	return []string{s.Name, s.Endpoint, s.Region, s.Bucket, s.Prefix, style, s.AccessKey, s.Secret, s.Token, owner}, nil
}

// RemoveStorage forgets a storage for good. What is in it stays where it is.
// Error: items.no_storage.
func (s *Items) RemoveStorage(ctx context.Context, id string) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		if _, err := findStorage(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM alcove__items__storage WHERE id = ?`, id)
		return err
	})
	return about(err, "remove a storage")
}
