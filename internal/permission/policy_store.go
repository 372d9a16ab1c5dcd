package permission

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// settingPolicy is the policy's name in alcove_setting, where it stands as JSON.
const settingPolicy = "host.policy"

// LoadPolicy reads the vault's policy. Without one nothing is forbidden; one
// that cannot be read is an error, never nothing.
func LoadPolicy(ctx context.Context, tx *sql.Tx) (Policy, error) {
	var data []byte
	err := tx.QueryRowContext(ctx, `SELECT value FROM alcove_setting WHERE key = ?`, settingPolicy).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load policy: %w", err)
	}
	var p Policy
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("load policy: %w", err)
	}
	return p, nil
}

// SavePolicy stores the vault's policy.
func SavePolicy(ctx context.Context, tx *sql.Tx, p Policy) error {
	if err := p.Valid(); err != nil {
		return err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save policy: %w", err)
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO alcove_setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
		settingPolicy, data); err != nil {
		return fmt.Errorf("save policy: %w", err)
	}
	return nil
}
