package extension

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Bounds of what a person may let a history take, and of a page of it.
const (
	maxHistoryDays  = 3650
	maxHistoryShare = 200
	maxMoments      = 100
)

// HistoryBounds are what an app's history may take: days, and percent of the
// app's data. It may always take 1 MiB.
type HistoryBounds struct {
	On    bool `json:"on"`
	Days  int  `json:"days"`
	Share int  `json:"share"`
}

// History is when an app's tables were changed, newest first, as far as its
// history goes. Values by key have none.
type History struct {
	HistoryBounds
	UsualDays  int `json:"usual_days"`
	UsualShare int `json:"usual_share"`
	// Oldest is the time before which nothing can be told, in Unix
	// milliseconds; 0 if it goes back to the beginning.
	Oldest  int64    `json:"oldest"`
	Bytes   int64    `json:"bytes"` // about what it takes
	Moments []Change `json:"moments"`
	More    bool     `json:"more"` // there are earlier ones
}

// Change is what was written at one moment, or a moment before an update, or one
// before the tables were put back.
type Change struct {
	Moment Moment `json:"moment"`
	At     int64  `json:"at"`     // Unix milliseconds
	Before string `json:"before"` // the version that an update replaced then, or ""
	// PutBackTo is when the moment was that the tables were put back to then, in
	// Unix milliseconds, or 0.
	PutBackTo int64         `json:"put_back_to"`
	Tables    []TableChange `json:"tables"`
}

// TableChange is how many rows of a table changed.
type TableChange struct {
	Name    string `json:"name"` // without the prefix
	Added   int    `json:"added"`
	Changed int    `json:"changed"`
	Removed int    `json:"removed"`
}

// History lists at most limit moments of an app before the moment before, which
// is 0 for the first page; also of an app that was removed and whose data was
// kept. Each page reads the app's tables as a whole. Errors: extension.not_found.
func (r *Registry) History(ctx context.Context, id manifest.ID, before Moment, limit int) (History, error) {
	if _, err := r.data(ctx, id, findRow); err != nil {
		return History{}, err
	}
	app := id.TablePrefix()
	b, oldest, err := r.tracked.History(ctx, app)
	if err != nil {
		return History{}, err
	}
	h := History{
		HistoryBounds: HistoryBounds{On: !b.Off, Days: b.Days, Share: b.Share},
		UsualDays:     crdt.DefaultHistoryDays, UsualShare: crdt.DefaultHistoryShare,
		Moments: []Change{},
	}
	if b.Off {
		return h, nil
	}
	h.Oldest = Moment(oldest).At()
	if h.Bytes, err = r.tracked.HistorySize(ctx, app); err != nil {
		return History{}, err
	}
	limit = min(max(limit, 1), maxMoments)
	list, err := r.tracked.Moments(ctx, app, int64(before), limit+1)
	if err != nil {
		return History{}, err
	}
	marks, err := r.tracked.Marks(ctx, app)
	if err != nil {
		return History{}, err
	}
	for _, m := range list {
		c := Change{Moment: Moment(m.Moment), At: Moment(m.Moment).At(), Tables: []TableChange{}}
		for _, t := range m.Tables {
			c.Tables = append(c.Tables, TableChange{shortName(id, t.Table), t.Inserted, t.Updated, t.Deleted})
		}
		h.Moments = append(h.Moments, c)
	}
	for _, m := range marks {
		if m.Moment > oldest && (before <= 0 || m.Moment < int64(before)) {
			c := Change{Moment: Moment(m.Moment), At: Moment(m.Moment).At(), Before: m.Version, Tables: []TableChange{}}
			if m.Version == "" {
				c.PutBackTo = Moment(m.To).At()
			}
			h.Moments = append(h.Moments, c)
		}
	}
	slices.SortFunc(h.Moments, func(a, b Change) int { return int(max(-1, min(1, b.Moment-a.Moment))) })
	if h.More = len(h.Moments) > limit; h.More {
		h.Moments = h.Moments[:limit]
	}
	return h, nil
}

func shortName(id manifest.ID, table string) string {
	return strings.TrimPrefix(table, id.TablePrefix())
}

// SetHistory sets what an app's history may take. One that is switched off is
// forgotten, and so is at once what is beyond narrower bounds. Errors: extension.not_found; request.malformed.
func (r *Registry) SetHistory(ctx context.Context, id manifest.ID, b HistoryBounds) error {
	if b.Days < 1 || b.Days > maxHistoryDays || b.Share < 1 || b.Share > maxHistoryShare {
		return fault.New("request.malformed", fmt.Sprintf("A history keeps between 1 and %d days, and takes between 1 and %d %% of the data. Choose numbers between these.", maxHistoryDays, maxHistoryShare))
	}
	if _, err := r.data(ctx, id, findRow); err != nil {
		return err
	}
	if err := r.tracked.SetHistory(ctx, id.TablePrefix(), crdt.HistoryBounds{Off: !b.On, Days: b.Days, Share: b.Share}); err != nil {
		return err
	}
	detail := "off"
	if b.On {
		detail = fmt.Sprintf("%d days, %d %%", b.Days, b.Share)
	}
	r.noteDone(ctx, id, "history", detail)
	return nil
}
