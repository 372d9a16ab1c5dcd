package extension

import (
	"context"
	"database/sql"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// ActivityQuery asks for a page of what apps did. Without a filter it is about
// everything.
type ActivityQuery struct {
	ID         *manifest.ID `json:"id"`         // nil: every app
	Capability string       `json:"capability"` // "": every one
	Show       string       `json:"show"`       // one of the Show constants of ledger; "": everything
	// One of these says where the page begins; none is the first page. Seen asks
	// for what came since, in the order it was written.
	After   *ledger.Cursor        `json:"after"`
	Earlier *ledger.EarlierCursor `json:"earlier"`
	Seen    *ledger.Newest        `json:"seen"`
	Limit   int                   `json:"limit"`
}

// ActivityLine is a line with the app it is about, "" for the vault itself.
type ActivityLine struct {
	ID string `json:"app"`
	ledger.Line
}

// ActivityCount is a minute or a day with the app it is about.
type ActivityCount struct {
	ID string `json:"app"`
	ledger.Counted
}

// Activity is a page of what apps did. Once there are no more lines the pages
// go on with what was only counted.
type Activity struct {
	Lines   []ActivityLine  `json:"lines"`
	Counted []ActivityCount `json:"counted"`
	Newest  ledger.Newest   `json:"newest"` // for Seen
	More    bool            `json:"more"`
}

// Activity returns a page of what apps did. Errors: extension.not_found.
func (r *Registry) Activity(ctx context.Context, l *ledger.Ledger, q ActivityQuery) (out Activity, err error) {
	names, err := r.names(ctx)
	if err != nil {
		return Activity{}, err
	}
	f := ledger.Filter{Capability: q.Capability, Show: q.Show}
	if q.ID != nil {
		for row, id := range names {
			if id == q.ID.String() {
				f.Extension = row
			}
		}
		if f.Extension == 0 {
			return Activity{}, errNotFound
		}
	}
	limit := min(max(q.Limit, 1), ledger.MaxPage)
	// First, so that what comes meanwhile is asked for again.
	if out.Newest, err = l.Newest(ctx); err != nil {
		return Activity{}, err
	}
	var lines []ledger.Line
	var counted []ledger.Counted
	switch {
	case q.Seen != nil:
		lines, err = l.After(ctx, f, *q.Seen, limit)
	case q.Earlier == nil:
		var after ledger.Cursor
		if q.After != nil {
			after = *q.After
		}
		lines, err = l.Activity(ctx, f, after, limit)
	}
	if err != nil {
		return Activity{}, err
	}
	out.More = len(lines) == limit
	if q.Seen == nil && !out.More {
		var from ledger.EarlierCursor
		if q.Earlier != nil {
			from = *q.Earlier
		}
		rest := limit - len(lines)
		if counted, err = l.Earlier(ctx, f, from, rest); err != nil {
			return Activity{}, err
		}
		out.More = len(counted) == rest
	}
	out.Lines, out.Counted = []ActivityLine{}, []ActivityCount{}
	for _, line := range lines {
		out.Lines = append(out.Lines, ActivityLine{names[line.Extension], line})
	}
	for _, c := range counted {
		out.Counted = append(out.Counted, ActivityCount{names[c.Extension], c})
	}
	return out, nil
}

// names are the identities of all rows, also of removed extensions.
func (r *Registry) names(ctx context.Context) (map[int64]string, error) {
	names := map[int64]string{}
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		rows, err := allRows(ctx, tx)
		for _, w := range rows {
			names[w.id] = w.ext.String()
		}
		return err
	})
	return names, err
}
