package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Limit is one limit of an extension as a person sees and changes it. Sizes are
// in bytes, times in milliseconds, the others are numbers.
type Limit struct {
	Name    string `json:"name"` // statement, params, rows, bytes, time, waiting, storage, calls, traffic, network, files or handles
	Value   int64  `json:"value"`
	Default int64  `json:"default"`
	Min     int64  `json:"min"`
	Max     int64  `json:"max"`
}

// limitNames are the limits in the order they are shown, with what they may be
// set to, and where they are in Limits. The least of bytes is above the most of
// statement: SQLite reads the schema under it, with every table as it was made.
var limitNames = []struct {
	name     string
	min, max int64
	get      func(Limits) int64
	set      func(*Limits, int64)
}{
	{"storage", 1_000_000, 1_000_000_000_000, func(l Limits) int64 { return l.Storage }, func(l *Limits, v int64) { l.Storage = v }},
	{"time", 100, 60_000, func(l Limits) int64 { return l.Time.Milliseconds() }, func(l *Limits, v int64) { l.Time = time.Duration(v) * time.Millisecond }},
	{"rows", 100, 1_000_000, func(l Limits) int64 { return int64(l.Rows) }, func(l *Limits, v int64) { l.Rows = int(v) }},
	{"bytes", 2 << 20, 32 << 20, func(l Limits) int64 { return l.Bytes }, func(l *Limits, v int64) { l.Bytes = v }},
	{"statement", 1 << 10, 1 << 20, func(l Limits) int64 { return int64(l.Statement) }, func(l *Limits, v int64) { l.Statement = int(v) }},
	{"params", 10, maxParams, func(l Limits) int64 { return int64(l.Params) }, func(l *Limits, v int64) { l.Params = int(v) }},
	{"waiting", 1, 64, func(l Limits) int64 { return int64(l.Waiting) }, func(l *Limits, v int64) { l.Waiting = int(v) }},
	{"calls", 60, 10_000_000, func(l Limits) int64 { return l.Calls }, func(l *Limits, v int64) { l.Calls = v }},
	{"network", 1_000_000, 1_000_000_000_000, func(l Limits) int64 { return l.Network }, func(l *Limits, v int64) { l.Network = v }},
	{"files", 1_000_000, 1_000_000_000_000, func(l Limits) int64 { return l.Files }, func(l *Limits, v int64) { l.Files = v }},
	{"traffic", 1_000_000, 1_000_000_000_000, func(l Limits) int64 { return l.Traffic }, func(l *Limits, v int64) { l.Traffic = v }},
	{"handles", 1, MaxHandles, func(l Limits) int64 { return int64(l.Handles) }, func(l *Limits, v int64) { l.Handles = int(v) }},
}

// MaxHandles is how many things the session of any extension may be allowed to
// have open.
const MaxHandles = 10_000

// MaxTime is the longest that a call of any extension may be allowed to take.
const MaxTime = time.Minute

// LoadLimits returns the limits of an extension: the defaults, but for what a
// person has changed. A number beyond what is possible counts as the nearest
// that is.
func LoadLimits(ctx context.Context, tx *sql.Tx, extension int64) (Limits, error) {
	l := DefaultLimits()
	rows, err := tx.QueryContext(ctx, "SELECT name, value FROM alcove_limit WHERE extension = ?", extension)
	if err != nil {
		return l, fmt.Errorf("load limits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return l, fmt.Errorf("load limits: %w", err)
		}
		for _, n := range limitNames {
			if n.name == name {
				n.set(&l, min(max(value, n.min), n.max))
			}
		}
	}
	return l, rows.Err()
}

// SetLimit keeps a limit of an extension. The default is not kept: it may be
// another one in a later version.
//
// request.malformed for a name that is none and a value that is not between
// the limit's Min and Max.
func SetLimit(ctx context.Context, tx *sql.Tx, extension int64, name string, value int64) error {
	for _, n := range limitNames {
		if n.name != name {
			continue
		}
		if value < n.min || value > n.max {
			return fault.New("request.malformed", fmt.Sprintf("This limit can be between %d and %d. Choose a number between these.", n.min, n.max))
		}
		text, args := "INSERT OR REPLACE INTO alcove_limit (extension, name, value) VALUES (?, ?, ?)", []any{extension, name, value}
		if value == n.get(DefaultLimits()) {
			text, args = "DELETE FROM alcove_limit WHERE extension = ? AND name = ?", args[:2]
		}
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return fmt.Errorf("set limit: %w", err)
		}
		return nil
	}
	return fault.New("request.malformed", "There is no limit of this name. See which there are with alcove ext limits.")
}

// List is the limits one by one, those that a person cares about first.
func (l Limits) List() []Limit {
	list := make([]Limit, len(limitNames))
	for i, n := range limitNames {
		list[i] = Limit{Name: n.name, Value: n.get(l), Default: n.get(DefaultLimits()), Min: n.min, Max: n.max}
	}
	return list
}

// StorageUsed is how many bytes the tables of an extension take with what is kept
// for them, by its meter: what its limit is compared with.
func StorageUsed(ctx context.Context, tx *sql.Tx, extension int64) (int64, error) {
	var pages int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(sum(pages), 0) FROM alcove_usage WHERE extension = ?", extension).Scan(&pages); err != nil {
		return 0, fmt.Errorf("load usage: %w", err)
	}
	return pages * pageBytes, nil
}
