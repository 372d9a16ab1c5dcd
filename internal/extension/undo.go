package extension

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Span is a span of an app's past: what came after From, until Upto.
type Span struct {
	From Moment `json:"from"`
	Upto Moment `json:"upto"`
}

// SpanOf is what was written from one time of the clock until another, both to
// the millisecond and inclusive. Errors: request.malformed.
func SpanOf(first, last time.Time) (Span, error) {
	from, err := MomentAt(first.Add(-time.Millisecond))
	if err != nil {
		return Span{}, err
	}
	upto, err := MomentAt(last)
	if err != nil {
		return Span{}, err
	}
	return Span{from, upto}, Span{from, upto}.check()
}

func (s Span) check() error {
	if s.From < 0 || s.Upto < s.From {
		return fault.New("request.malformed", "This span of time ends before it begins. Choose another.")
	}
	return nil
}

// Undoing is what undoing a span would change.
type Undoing struct {
	Span
	Tables []TableChange `json:"tables"`
	// Kept is how many rows would stay as they are, because they were changed
	// after the span.
	Kept int `json:"kept"`
	Lost int `json:"lost"` // old values of columns that are not there any more, or not yet
}

// Undone says what was undone.
type Undone struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
	Kept    int `json:"kept"`
	Lost    int `json:"lost"`
	// Again is the span to undo if this was not meant.
	Again Span `json:"again"`
}

// UndoPreview says what Undo would do, as far as nothing is in its way. Errors:
// extension.not_found; request.malformed; crdt.history_gone with oldest_at in
// Unix milliseconds.
func (r *Registry) UndoPreview(ctx context.Context, id manifest.ID, s Span) (Undoing, error) {
	if err := s.check(); err != nil {
		return Undoing{}, err
	}
	if _, err := r.data(ctx, id, findRow); err != nil {
		return Undoing{}, err
	}
	d, err := r.tracked.DifferenceSpan(ctx, crdt.Scope{App: id.TablePrefix()}, int64(s.From), int64(s.Upto))
	if err != nil {
		return Undoing{}, goneSince(err)
	}
	out := Undoing{Span: s, Tables: []TableChange{}, Kept: d.Kept, Lost: d.Lost}
	for _, t := range d.Tables {
		out.Tables = append(out.Tables, TableChange{shortName(id, t.Table), t.Inserted, t.Updated, t.Deleted})
	}
	return out, nil
}

// Undo takes back what was written to an app's tables in a span of time, by
// whichever device, all or nothing; rows and values that were changed later
// stay. Otherwise it is like PutBack.
//
// Errors: request.malformed and those of PutBack.
func (r *Registry) Undo(ctx context.Context, id manifest.ID, s Span) (Undone, error) {
	if err := s.check(); err != nil {
		return Undone{}, err
	}
	data, err := r.data(ctx, id, findRow)
	if err != nil {
		return Undone{}, err
	}
	app := id.TablePrefix()
	before, err := r.tracked.Present(ctx, app)
	if err != nil {
		return Undone{}, err
	}
	done, err := r.tracked.UndoSpan(ctx, crdt.Scope{App: app}, int64(s.From), int64(s.Upto))
	if f := fault.Of(err); err != nil && f.Code == "crdt.restore_conflict" {
		return Undone{}, f.With("rows", inTheWay(id, done.Conflicts))
	}
	if err != nil {
		return Undone{}, goneSince(err)
	}
	r.recount(ctx, data)
	r.noteDone(ctx, id, "undone", time.UnixMilli(s.From.At()).UTC().Format(time.RFC3339)+" "+time.UnixMilli(s.Upto.At()).UTC().Format(time.RFC3339))
	after, err := r.tracked.Present(ctx, app)
	if err != nil {
		return Undone{}, err
	}
	return Undone{
		Added: done.Inserted, Changed: done.Updated, Removed: done.Deleted, Kept: done.Kept, Lost: done.Lost,
		Again: Span{Moment(before), Moment(after)},
	}, nil
}
