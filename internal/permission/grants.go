package permission

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// MaxGrants is how many grants one extension can have. What is beyond it is
// refused, and asked again each time.
const MaxGrants = 5_000

// ErrTooManyGrants is the error for one more than MaxGrants.
var ErrTooManyGrants = errors.New("too many grants")

// ErrSpent is the error for the use of a grant that has none left, or is gone.
var ErrSpent = errors.New("the grant is used up")

const grantColumns = `resource, action, target, decision, decided_at, until, uses_left, how, last_used, used, denied, keep, terms`

// Load reads the stored grants of one extension, in the order of their keys.
// Extension is the id of its row.
func Load(ctx context.Context, tx *sql.Tx, extension int64) ([]Grant, error) {
	rows, err := tx.QueryContext(ctx,
		`SELECT `+grantColumns+` FROM alcove_grant WHERE extension = ? ORDER BY resource, action, target`, extension)
	if err != nil {
		return nil, fmt.Errorf("load grants: %w", err)
	}
	defer rows.Close()
	var list []Grant
	for rows.Next() {
		g, err := scanGrant(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("load grants: %w", err)
		}
		list = append(list, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("load grants: %w", err)
	}
	return list, nil
}

func scanGrant(scan func(...any) error) (Grant, error) {
	g := Grant{Scope: ScopeAlways}
	var terms sql.NullString
	err := scan(&g.Resource, &g.Action, &g.Target, &g.Decision, &g.DecidedAt, &g.Until, &g.UsesLeft, &g.How, &g.LastUsed, &g.Used, &g.Denied, &g.Keep, &terms)
	if err != nil || !terms.Valid {
		return g, err
	}
	g.Constraints = &manifest.Constraints{}
	if err := json.Unmarshal([]byte(terms.String), g.Constraints); err != nil {
		return g, fmt.Errorf("terms of a grant: %w", err)
	}
	return g, nil
}

// Set stores a grant in the place of one with the same key. How often that one
// was used and refused goes on counting.
func Set(ctx context.Context, tx *sql.Tx, extension int64, g Grant) error {
	switch {
	case !g.Decision.Valid():
		return fmt.Errorf("set grant: decision %q is none of allow, ask, deny", g.Decision)
	case g.Scope == ScopeSession:
		return errors.New("set grant: one that ends with the session is not stored")
	case g.Until < 0 || g.UsesLeft < 0:
		return fmt.Errorf("set grant: until %d, %d uses", g.Until, g.UsesLeft)
	case g.UsesLeft > 0 && g.Resource == "db":
		return errors.New("set grant: the uses of a table are not numbered, since one statement uses several")
	}
	terms, err := g.Constraints.Check(g.Resource, g.Action)
	if err != nil {
		return err
	}
	var stored int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove_grant WHERE extension = ? AND NOT (resource = ? AND action = ? AND target = ?)`,
		extension, g.Resource, g.Action, g.Target).Scan(&stored)
	if err != nil {
		return fmt.Errorf("set grant: %w", err)
	}
	if stored >= MaxGrants {
		return ErrTooManyGrants
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO alcove_grant (extension, `+grantColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		 ON CONFLICT (extension, resource, action, target) DO UPDATE SET
		 decision = excluded.decision, decided_at = excluded.decided_at, until = excluded.until, uses_left = excluded.uses_left,
		 how = excluded.how, keep = excluded.keep, terms = excluded.terms`,
		extension, g.Resource, g.Action, g.Target, string(g.Decision), g.DecidedAt, g.Until, g.UsesLeft, how(g), g.LastUsed, g.Used, g.Denied, g.Keep,
		sql.NullString{String: string(terms.JSON()), Valid: terms != nil})
	if err != nil {
		return fmt.Errorf("set grant: %w", err)
	}
	return nil
}

func how(g Grant) string {
	if g.How == "" {
		return HowSettings
	}
	return g.How
}

// Replace makes grants all there is for one extension. One that is among them
// as it is stored keeps its counts.
func Replace(ctx context.Context, tx *sql.Tx, extension int64, grants []Grant) error {
	held, err := Load(ctx, tx, extension)
	if err != nil {
		return err
	}
	next := make(map[Key]bool, len(grants))
	for _, g := range grants {
		next[g.Key] = true
	}
	for _, g := range held {
		if !next[g.Key] {
			if err := Remove(ctx, tx, extension, g.Key); err != nil {
				return err
			}
		}
	}
	for _, g := range grants {
		if err := Set(ctx, tx, extension, g); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes a grant back, so that what it was about is asked again. What was
// picked is forgotten with its last grant. One that is not there is no error.
func Remove(ctx context.Context, tx *sql.Tx, extension int64, key Key) error {
	if _, err := tx.ExecContext(ctx,
		`DELETE FROM alcove_grant WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
		extension, key.Resource, key.Action, key.Target); err != nil {
		return fmt.Errorf("take back grant: %w", err)
	}
	return forgetPicked(ctx, tx, extension, key)
}

// Use counts one use of a stored grant, in the transaction: a number of uses is
// counted down, and with the last one the grant goes. Left is how many remain,
// 0 where they are not counted or this was the last.
//
// Errors: ErrSpent if there is no such grant that allows, or no use left.
func Use(ctx context.Context, tx *sql.Tx, extension int64, key Key, now int64) (left int64, err error) {
	err = tx.QueryRowContext(ctx,
		`UPDATE alcove_grant SET used = used + 1, last_used = max(last_used, ?), uses_left = uses_left - (uses_left > 0)
		 WHERE extension = ? AND resource = ? AND action = ? AND target = ? AND decision = 'allow' AND uses_left <> 1 AND (until = 0 OR until > ?)
		 RETURNING uses_left`,
		now, extension, key.Resource, key.Action, key.Target, now).Scan(&left)
	if err == nil {
		return left, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("use grant: %w", err)
	}
	done, err := tx.ExecContext(ctx,
		`DELETE FROM alcove_grant
		 WHERE extension = ? AND resource = ? AND action = ? AND target = ? AND decision = 'allow' AND uses_left = 1 AND (until = 0 OR until > ?)`,
		extension, key.Resource, key.Action, key.Target, now)
	if err != nil {
		return 0, fmt.Errorf("use grant: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return 0, errors.Join(err, ErrSpent)
	}
	return 0, forgetPicked(ctx, tx, extension, key)
}
