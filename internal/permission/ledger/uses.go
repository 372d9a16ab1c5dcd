package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
)

// Uses is what became of calls. Times are Unix milliseconds, 0 for never.
type Uses struct {
	Done        int64 `json:"done"`    // calls that succeeded
	Failed      int64 `json:"failed"`  // that were allowed, and failed
	Refused     int64 `json:"refused"` // that were not allowed
	Asked       int64 `json:"asked"`   // prompts
	Took        int64 `json:"took"`    // microseconds, in all
	In          int64 `json:"in"`      // bytes that the app got
	Out         int64 `json:"out"`     // bytes that it gave
	LastUsed    int64 `json:"last_used"`
	LastRefused int64 `json:"last_refused"`
	LastAsked   int64 `json:"last_asked"`
}

// Add adds what became of other calls.
func (u *Uses) Add(o Uses) {
	u.Done += o.Done
	u.Failed += o.Failed
	u.Refused += o.Refused
	u.Asked += o.Asked
	u.Took += o.Took
	u.In += o.In
	u.Out += o.Out
	u.LastUsed, u.LastRefused, u.LastAsked = max(u.LastUsed, o.LastUsed), max(u.LastRefused, o.LastRefused), max(u.LastAsked, o.LastAsked)
}

// Sum is what an app did with one resource and action.
type Sum struct {
	Extension int64 // row
	Resource  string
	Action    string
	Targets   int64 // how many it was let reach that are known by name
	Uses
}

// Key names the resource and the action, with no target.
func (s Sum) Key() permission.Key { return permission.Key{Resource: s.Resource, Action: s.Action} }

// TargetUses is what an app did with one target. Others stands for many.
type TargetUses struct {
	permission.Key
	Uses
}

const usesColumns = `done, failed, refused, asked, took, bytes_in, bytes_out, last_used, last_refused, last_asked`

const usesSums = `sum(done), sum(failed), sum(refused), sum(asked), sum(took), sum(bytes_in), sum(bytes_out),
	max(last_used), max(last_refused), max(last_asked)`

func (u *Uses) fields() []any {
	return []any{&u.Done, &u.Failed, &u.Refused, &u.Asked, &u.Took, &u.In, &u.Out, &u.LastUsed, &u.LastRefused, &u.LastAsked}
}

// patience is how long a query waits until what was counted last is written.
const patience = 250 * time.Millisecond

// fresh writes what was counted, so that a query finds it, unless somebody else
// is writing for long.
func (l *Ledger) fresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = l.Flush(ctx) // the goroutine tries again, and says so
}

// Sums returns what every app ever did, of each resource and action.
func (l *Ledger) Sums(ctx context.Context) ([]Sum, error) { return l.sums(ctx, 0) }

// Of is Sums of one app.
func (l *Ledger) Of(ctx context.Context, extension int64) ([]Sum, error) {
	return l.sums(ctx, extension)
}

func (l *Ledger) sums(ctx context.Context, only int64) (list []Sum, err error) {
	l.fresh(ctx)
	err = l.each(ctx, func(scan func(...any) error) error {
		var s Sum
		err := scan(append([]any{&s.Extension, &s.Resource, &s.Action, &s.Targets}, s.fields()...)...)
		list = append(list, s)
		return err
	}, `SELECT extension, resource, action, sum(target <> ? AND done + failed > 0), `+usesSums+` FROM alcove_call_target
		WHERE ? IN (0, extension) GROUP BY extension, resource, action ORDER BY extension, resource, action`, Others, only)
	return list, err
}

// Search returns the rows of the apps that reached for a target with a text in
// it, small letters and great ones alike.
func (l *Ledger) Search(ctx context.Context, text string) (map[int64]bool, error) {
	found := map[int64]bool{}
	if text == "" {
		return found, nil
	}
	err := l.each(ctx, func(scan func(...any) error) error {
		var row int64
		err := scan(&row)
		found[row] = true
		return err
	}, `SELECT DISTINCT extension FROM alcove_call_target WHERE instr(lower(target), lower(?)) > 0`, text)
	return found, err
}

// Targets returns what one app did with each target of a resource and action,
// the last met first, at most limit.
func (l *Ledger) Targets(ctx context.Context, extension int64, resource, action string, limit int) (list []TargetUses, err error) {
	l.fresh(ctx)
	err = l.each(ctx, func(scan func(...any) error) error {
		t := TargetUses{Key: permission.Key{Resource: resource, Action: action}}
		err := scan(append([]any{&t.Target}, t.fields()...)...)
		list = append(list, t)
		return err
	}, `SELECT target, `+usesColumns+` FROM alcove_call_target WHERE extension = ? AND resource = ? AND action = ?
		ORDER BY last_at DESC, id DESC LIMIT ?`, extension, resource, action, limit)
	return list, err
}

// OnTarget returns what one app did with one target.
func (l *Ledger) OnTarget(ctx context.Context, extension int64, k permission.Key) (u Uses, err error) {
	l.fresh(ctx)
	err = l.st.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT `+usesColumns+` FROM alcove_call_target
			WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
			extension, k.Resource, k.Action, cut(Target(k), maxTarget)).Scan(u.fields()...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Uses{}, nil
	}
	return u, err
}

// Since returns what one app did from a time on, Unix milliseconds, of each
// resource and action: exact to the minute for two days, before that to the day.
func (l *Ledger) Since(ctx context.Context, extension, from int64) (list []Sum, err error) {
	l.fresh(ctx)
	err = l.each(ctx, func(scan func(...any) error) error {
		s := Sum{Extension: extension}
		err := scan(append([]any{&s.Resource, &s.Action, &s.Targets}, s.fields()[:7]...)...)
		list = append(list, s)
		return err
	}, `SELECT t.resource, t.action, count(DISTINCT c.target), sum(c.done), sum(c.failed), sum(c.refused), sum(c.asked),
		sum(c.took), sum(c.bytes_in), sum(c.bytes_out)
		FROM alcove_call_target t JOIN alcove_call_count c ON c.target = t.id
		WHERE t.extension = ? AND c.at + c.span > ? GROUP BY t.resource, t.action`, extension, from)
	return list, err
}

// errEnough ends each without an error.
var errEnough = errors.New("enough")

// each calls fn for the rows of a query.
func (l *Ledger) each(ctx context.Context, fn func(scan func(...any) error) error, text string, params ...any) error {
	err := l.st.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, text, params...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := fn(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("read what apps did: %w", err)
	}
	return nil
}
