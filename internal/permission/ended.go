package permission

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// UnusedTime is after how long a grant that nobody used ends.
const UnusedTime = 60 * 24 * time.Hour

// Why a grant ended.
const (
	EndedByDate = "date"
	EndedUnused = "unused"
)

// Ended is a grant that ended by itself.
type Ended struct {
	Extension int64
	Grant
	Picked *Picked // what it was about, if that was picked
	Why    string  // EndedByDate or EndedUnused
}

// End removes the grants that have ended at now, in Unix milliseconds, and
// returns them: those whose date has come, and what was allowed and not used
// for UnusedTime, unless it is to be kept. What they were about is asked again.
func End(ctx context.Context, tx *sql.Tx, now int64) ([]Ended, error) {
	unused := now - UnusedTime.Milliseconds()
	list, err := ended(ctx, tx, now, unused)
	if err != nil {
		return nil, err
	}
	for i := range list {
		e := &list[i]
		if pickKind(e.Target) != "" {
			picked, err := LoadPicked(ctx, tx, e.Extension)
			if err != nil {
				return nil, err
			}
			e.Picked = PickedFor(picked, e.Key)
		}
		if err := Remove(ctx, tx, e.Extension, e.Key); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SetKeep says whether a grant stays however long it is unused.
func SetKeep(ctx context.Context, tx *sql.Tx, extension int64, key Key, keep bool) error {
	if _, err := tx.ExecContext(ctx,
		`UPDATE alcove_grant SET keep = ? WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
		keep, extension, key.Resource, key.Action, key.Target); err != nil {
		return fmt.Errorf("keep grant: %w", err)
	}
	return nil
}

func ended(ctx context.Context, tx *sql.Tx, now, unused int64) ([]Ended, error) {
	rows, err := tx.QueryContext(ctx,
		`SELECT extension, `+grantColumns+` FROM alcove_grant
		 WHERE until <> 0 AND until <= ? OR decision = 'allow' AND keep = 0 AND max(decided_at, last_used) <= ?
		 ORDER BY extension, resource, action, target`, now, unused)
	if err != nil {
		return nil, fmt.Errorf("end grants: %w", err)
	}
	defer rows.Close()
	var list []Ended
	for rows.Next() {
		e := Ended{Why: EndedUnused}
		e.Grant, err = scanGrant(func(into ...any) error { return rows.Scan(append([]any{&e.Extension}, into...)...) })
		if err != nil {
			return nil, fmt.Errorf("end grants: %w", err)
		}
		if e.Until != 0 && e.Until <= now {
			e.Why = EndedByDate
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("end grants: %w", err)
	}
	return list, nil
}
