package extension

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// Difference is what putting an app's tables back to a moment would change.
type Difference struct {
	Moment Moment        `json:"moment"`
	At     int64         `json:"at"` // Unix milliseconds
	Tables []TableChange `json:"tables"`
	// Lost is how many old values belong to columns that are not there any more, or
	// not yet.
	Lost int `json:"lost"`
	// Gone is how many rows of then were in tables that are not there any more, or
	// have another key.
	Gone int `json:"gone"`
}

// Difference says what PutBack would do, as far as nothing is in its way.
// Errors: extension.not_found; extension.moment_future; crdt.history_gone with
// oldest_at in Unix milliseconds.
func (r *Registry) Difference(ctx context.Context, id manifest.ID, to Moment) (Difference, error) {
	if _, err := r.data(ctx, id, findRow); err != nil {
		return Difference{}, err
	}
	if err := r.inThePast(to); err != nil {
		return Difference{}, err
	}
	d, err := r.tracked.Difference(ctx, crdt.Scope{App: id.TablePrefix()}, int64(to))
	if err != nil {
		return Difference{}, goneSince(err)
	}
	out := Difference{Moment: to, At: to.At(), Tables: []TableChange{}, Lost: d.Lost, Gone: d.Gone}
	for _, t := range d.Tables {
		out.Tables = append(out.Tables, TableChange{shortName(id, t.Table), t.Inserted, t.Updated, t.Deleted})
	}
	return out, nil
}

// PutBack says what was put back.
type PutBack struct {
	At      int64 `json:"at"` // of the moment, in Unix milliseconds
	Added   int   `json:"added"`
	Changed int   `json:"changed"`
	Removed int   `json:"removed"`
	Lost    int   `json:"lost"`
	Gone    int   `json:"gone"` // as in Difference
	// Undo is the moment to go back to if this was not meant.
	Undo Moment `json:"undo"`
}

// InTheWay is how many rows of a table cannot be as they were, and why: see
// crdt.RestoreConflict.
type InTheWay struct {
	Table string `json:"table"` // without the prefix
	Why   string `json:"why"`
	Rows  int    `json:"rows"`
}

// PutBack makes an app's tables what they were at a moment, all or nothing. The
// app does not run meanwhile: whoever runs it ends that first. Values by key
// stay as they are. The storage limit does not hold a person back.
//
// Once it is done, what the tables take is counted anew and a line goes into the
// ledger, each in a transaction of its own. If one of these fails, that is
// logged and no error: the data is back.
//
// Errors: extension.not_found; extension.moment_future; crdt.history_gone with
// oldest_at in Unix milliseconds; crdt.restore_conflict with rows, a list of InTheWay.
func (r *Registry) PutBack(ctx context.Context, id manifest.ID, to Moment) (PutBack, error) {
	data, err := r.data(ctx, id, findRow)
	if err != nil {
		return PutBack{}, err
	}
	if err := r.inThePast(to); err != nil {
		return PutBack{}, err
	}
	app := id.TablePrefix()
	undo, err := r.tracked.Present(ctx, app)
	if err != nil {
		return PutBack{}, err
	}
	done, err := r.tracked.PutBack(ctx, app, int64(to))
	if f := fault.Of(err); err != nil && f.Code == "crdt.restore_conflict" {
		return PutBack{}, f.With("rows", inTheWay(id, done.Conflicts))
	}
	if err != nil {
		return PutBack{}, goneSince(err)
	}
	r.recount(ctx, data)
	r.noteDone(ctx, id, "put_back", time.UnixMilli(to.At()).UTC().Format(time.RFC3339))
	return PutBack{At: to.At(), Added: done.Inserted, Changed: done.Updated, Removed: done.Deleted, Lost: done.Lost, Gone: done.Gone, Undo: Moment(undo)}, nil
}

// inThePast refuses a moment that is yet to come. A second is taken to its end,
// so the present one counts as past.
func (r *Registry) inThePast(m Moment) error {
	if m.At() < r.millis()+time.Second.Milliseconds() {
		return nil
	}
	return fault.New("extension.moment_future", "This time is yet to come, so nothing can be put back to it. Choose one in the past.")
}

// recount counts what an app's tables take after the host wrote into them. If it
// cannot, the meter is off; the store counts anew before it first refuses the app
// after the vault was opened.
func (r *Registry) recount(ctx context.Context, data store.Data) {
	if err := r.st.Recount(context.WithoutCancel(ctx), data); err != nil {
		r.log.Warn("what an app's tables take could not be counted", "extension", data.App.ID, "error", err)
	}
}

// inTheWay counts rows by table and cause.
func inTheWay(id manifest.ID, list []crdt.RestoreConflict) []InTheWay {
	counts := map[InTheWay]int{}
	for _, c := range list {
		counts[InTheWay{Table: shortName(id, c.Table), Why: c.Why}]++
	}
	out := []InTheWay{}
	for k, n := range counts {
		k.Rows = n
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b InTheWay) int { return strings.Compare(a.Table+"\x00"+a.Why, b.Table+"\x00"+b.Why) })
	return out
}

// goneSince adds the oldest time there is to an error about one before it.
func goneSince(err error) error {
	f := fault.Of(err)
	if oldest, ok := f.Data["oldest"].(int64); ok && f.Code == "crdt.history_gone" {
		gone := fault.Wrap(f.Code, f.Message, err)
		return gone.With("oldest_at", Moment(oldest).At())
	}
	return err
}
