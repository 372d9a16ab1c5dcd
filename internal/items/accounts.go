package items

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/alcove-vault/alcove/internal/fault"
)

const accountColumns = `id, CAST(address AS TEXT), CAST(name AS TEXT), CAST(user AS TEXT), CAST(password AS TEXT),
	CAST(imap AS TEXT), CAST(smtp AS TEXT), CAST(created_at AS INTEGER), CAST(changed_at AS INTEGER)`

// scanAccount reads a row. A server that does not read as it should is left
// empty, and nothing connects to it.
func scanAccount(scan func(...any) error) (Account, error) {
	var a Account
	var imap, smtp string
	if err := scan(&a.ID, &a.Address, &a.Name, &a.User, &a.Password, &imap, &smtp, &a.Created, &a.Changed); err != nil {
		return Account{}, fmt.Errorf("read an account: %w", err)
	}
	a.IMAP, a.SMTP = readServer(imap), readServer(smtp)
	return a, nil
}

func readServer(text string) (s Server) {
	if json.Unmarshal([]byte(text), &s) != nil || s.check() != nil {
		return Server{}
	}
	return s
}

// Accounts returns the mail accounts, by address.
func (s *Items) Accounts(ctx context.Context) ([]AccountSummary, error) {
	list := []AccountSummary{}
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+accountColumns+` FROM alcove__items__account`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			a, err := scanAccount(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, a.summary())
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	slices.SortFunc(list, func(a, b AccountSummary) int { return compareText(a.Address+"\x00"+a.ID, b.Address+"\x00"+b.ID) })
	return list, nil
}

// Account returns one account with its password. Error: items.no_account.
func (s *Items) Account(ctx context.Context, id string) (a Account, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		a, err = findAccount(ctx, tx, id)
		return err
	})
	return a, err
}

func findAccount(ctx context.Context, tx *sql.Tx, id string) (Account, error) {
	if !isID(id) {
		return Account{}, errAccount
	}
	a, err := scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM alcove__items__account WHERE id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, errAccount
	}
	return a, err
}

// AddAccount keeps a new account and returns its id. Without a user name it is
// the address.
//
// Errors: items.address, items.host, items.port, items.security,
// items.too_long, items.text, quota.accounts.
func (s *Items) AddAccount(ctx context.Context, a Account) (id string, err error) {
	a.tidy()
	if err := a.check(); err != nil {
		return "", err
	}
	if a.ID, err = newID(); err != nil {
		return "", fmt.Errorf("add an account: %w", err)
	}
	a.Created = s.now().UnixMilli()
	a.Changed = a.Created
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove__items__account`).Scan(&have); err != nil {
			return err
		}
		if have >= MaxAccounts {
			return fault.New("quota.accounts", fmt.Sprintf("This vault keeps %d mail accounts already. Remove one first.", MaxAccounts))
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO alcove__items__account (id, created_at) VALUES (?, ?)`, a.ID, a.Created); err != nil {
			return err
		}
		return saveAccount(ctx, tx, Account{}, a)
	})
	if err != nil {
		return "", about(err, "add an account")
	}
	return a.ID, nil
}

// ChangeAccount gives the account a.ID other values. An empty password leaves
// the one there is. Errors: those of AddAccount, items.no_account.
func (s *Items) ChangeAccount(ctx context.Context, a Account) error {
	a.tidy()
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		was, err := findAccount(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if a.Password == "" {
			a.Password = was.Password
		}
		if err := a.check(); err != nil {
			return err
		}
		a.Changed = s.now().UnixMilli()
		return saveAccount(ctx, tx, was, a)
	})
	return about(err, "change an account")
}

// saveAccount writes the columns that differ.
func saveAccount(ctx context.Context, tx *sql.Tx, was, now Account) error {
	names := []string{"address", "name", "user", "password", "imap", "smtp"}
	return saveColumns(ctx, tx, "alcove__items__account", now.ID, names, &was, &now, now.Changed)
}

// stored are the texts of the columns that saveAccount writes.
func (a *Account) stored() (out []string, err error) {
	imap, err1 := json.Marshal(a.IMAP)
	smtp, err2 := json.Marshal(a.SMTP)
	return []string{a.Address, a.Name, a.User, a.Password, string(imap), string(smtp)}, errors.Join(err1, err2)
}

// RemoveAccount forgets an account for good. Error: items.no_account.
func (s *Items) RemoveAccount(ctx context.Context, id string) error {
	err := s.store.Update(ctx, func(tx *sql.Tx) error {
		if _, err := findAccount(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM alcove__items__account WHERE id = ?`, id)
		return err
	})
	return about(err, "remove an account")
}
