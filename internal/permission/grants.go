package permission

import (
	"context"
	"database/sql"
	"fmt"
)

// Load reads the grants of one extension. Extension is the id of its row.
func Load(ctx context.Context, tx *sql.Tx, extension int64) (map[Key]Decision, error) {
	rows, err := tx.QueryContext(ctx,
		`SELECT resource, action, target, decision FROM alcove_grant WHERE extension = ?`, extension)
	if err != nil {
		return nil, fmt.Errorf("load grants: %w", err)
	}
	defer rows.Close()
	grants := map[Key]Decision{}
	for rows.Next() {
		var key Key
		var decision Decision
		if err := rows.Scan(&key.Resource, &key.Action, &key.Target, &decision); err != nil {
			return nil, fmt.Errorf("load grants: %w", err)
		}
		grants[key] = decision
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("load grants: %w", err)
	}
	return grants, nil
}

// Save makes grants all there is for one extension: others are removed, and a
// decision that stays the same keeps the time it was made. At is in Unix
// milliseconds.
func Save(ctx context.Context, tx *sql.Tx, extension int64, grants map[Key]Decision, at int64) error {
	held, err := Load(ctx, tx, extension)
	if err != nil {
		return err
	}
	for key := range held {
		if _, keep := grants[key]; keep {
			continue
		}
		if _, err := tx.ExecContext(ctx,
			`DELETE FROM alcove_grant WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
			extension, key.Resource, key.Action, key.Target); err != nil {
			return fmt.Errorf("take back grant: %w", err)
		}
	}
	for key, decision := range grants {
		if held[key] == decision {
			continue
		}
		if err := Set(ctx, tx, extension, key, decision, at); err != nil {
			return err
		}
	}
	return nil
}

// Set stores one decision. At is in Unix milliseconds.
func Set(ctx context.Context, tx *sql.Tx, extension int64, key Key, decision Decision, at int64) error {
	if !decision.Valid() {
		return fmt.Errorf("set grant: decision %q is none of allow, ask, deny", decision)
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO alcove_grant (extension, resource, action, target, decision, decided_at)
		 VALUES (?, ?, ?, ?, ?, ?)
		 ON CONFLICT (extension, resource, action, target)
		 DO UPDATE SET decision = excluded.decision, decided_at = excluded.decided_at`,
		extension, key.Resource, key.Action, key.Target, string(decision), at)
	if err != nil {
		return fmt.Errorf("set grant: %w", err)
	}
	return nil
}
