package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Bounds and defaults of the idle time, in minutes.
const (
	DefaultIdleMinutes = 10
	MaxIdleMinutes     = 240
)

// Names in alcove_setting. They are part of the vault's format.
const (
	settingTabs = "host.tabs"
	settingIdle = "host.idle_minutes"

	settingAutoLock = "host.auto_lock"
)

// maxTabs bounds what Tabs keeps.
const maxTabs = 64

// Tabs is which extensions are open in the window.
type Tabs struct {
	Open   []string `json:"open" msgpack:"open"`     // extension ids, in their order
	Active string   `json:"active" msgpack:"active"` // one of Open, or empty for home
}

// Tabs returns what SetTabs kept, nothing at first.
func (u *Unlocked) Tabs(ctx context.Context) (Tabs, error) {
	t := Tabs{Open: []string{}}
	err := u.setting(ctx, settingTabs, &t)
	return t, err
}

// SetTabs keeps t in the vault.
func (u *Unlocked) SetTabs(ctx context.Context, t Tabs) error {
	size := len(t.Active)
	for _, id := range t.Open {
		size += len(id)
	}
	if len(t.Open) > maxTabs || size > maxTabs*256 {
		return fault.New("request.too_large", fmt.Sprintf("At most %d tabs can be open. Close one first.", maxTabs))
	}
	if t.Open == nil {
		t.Open = []string{}
	}
	return u.setSetting(ctx, settingTabs, t)
}

// IdleMinutes is after how many minutes without activity this vault locks.
func (u *Unlocked) IdleMinutes(ctx context.Context) (int, error) {
	minutes := DefaultIdleMinutes
	if err := u.setting(ctx, settingIdle, &minutes); err != nil {
		return DefaultIdleMinutes, err
	}
	if minutes < 1 || minutes > MaxIdleMinutes {
		return DefaultIdleMinutes, nil
	}
	return minutes, nil
}

func (u *Unlocked) setIdleMinutes(ctx context.Context, minutes int) error {
	if minutes < 1 || minutes > MaxIdleMinutes {
		return fault.New("request.malformed", fmt.Sprintf("The time until Alcove locks is between 1 and %d minutes. Choose one of these.", MaxIdleMinutes))
	}
	return u.setSetting(ctx, settingIdle, minutes)
}

// setting decodes the setting called key into into, which stays as it is if
// there is none.
func (u *Unlocked) setting(ctx context.Context, key string, into any) error {
	return u.readSetting(ctx, key, into, msgpack.Unmarshal)
}

// jsonSetting is setting for what has JSON names only.
func (u *Unlocked) jsonSetting(ctx context.Context, key string, into any) error {
	return u.readSetting(ctx, key, into, json.Unmarshal)
}

func (u *Unlocked) readSetting(ctx context.Context, key string, into any, decode func([]byte, any) error) error {
	var value []byte
	err := u.Store.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT value FROM alcove_setting WHERE key = ?`, key).Scan(&value)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || value == nil {
		return err
	}
	if err := decode(value, into); err != nil {
		return fmt.Errorf("setting %s: %w", key, err)
	}
	return nil
}

func (u *Unlocked) setSetting(ctx context.Context, key string, value any) error {
	return u.writeSetting(ctx, key, value, msgpack.Marshal)
}

func (u *Unlocked) setJSONSetting(ctx context.Context, key string, value any) error {
	return u.writeSetting(ctx, key, value, json.Marshal)
}

func (u *Unlocked) writeSetting(ctx context.Context, key string, value any, encode func(any) ([]byte, error)) error {
	data, err := encode(value)
	if err != nil {
		return fmt.Errorf("setting %s: %w", key, err)
	}
	return u.Store.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO alcove_setting (key, value) VALUES (?, ?)
			 ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, data)
		return err
	})
}
