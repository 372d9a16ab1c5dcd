package ledger

import (
	"context"
	"math"

	"github.com/alcove-vault/alcove/internal/permission"
)

// Counted is what an app did with one target in one minute or day of which not
// every call is there in full.
type Counted struct {
	Row       int64 `json:"row"` // of the target, for EarlierCursor
	Span      int64 `json:"span"`
	At        int64 `json:"at"`
	Extension int64 `json:"-"` // row
	permission.Key
	Done    int64 `json:"done"`
	Failed  int64 `json:"failed"`
	Refused int64 `json:"refused"`
	Asked   int64 `json:"asked"`
	In      int64 `json:"in"`
	Out     int64 `json:"out"`
}

// EarlierCursor is where a page of counts ends.
type EarlierCursor struct {
	At   int64 `json:"at"`
	Row  int64 `json:"row"`
	Span int64 `json:"span"`
}

// Earlier returns the minutes and days behind a cursor of which lines are
// missing, the latest first, at most limit.
func (l *Ledger) Earlier(ctx context.Context, f Filter, after EarlierCursor, limit int) (list []Counted, err error) {
	l.fresh(ctx)
	missing, err := l.missing(ctx, f.Extension)
	if err != nil {
		return nil, err
	}
	if after == (EarlierCursor{}) {
		after = EarlierCursor{At: math.MaxInt64}
	}
	limit = min(max(limit, 1), MaxPage)
	list = []Counted{}
	if f.Show == ShowChanges {
		return list, nil
	}
	where, params := "1", []any{after.At, after.Row, after.Span}
	if f.Extension != 0 {
		where, params = where+" AND t.extension = ?", append(params, f.Extension)
	}
	if about, values := f.about(); about != "" {
		where, params = where+" AND "+about, append(params, values...)
	}
	switch f.Show {
	case ShowAllowed:
		where += " AND c.done + c.failed > 0"
	case ShowRefused:
		where += " AND c.refused > 0"
	case ShowAsked:
		where += " AND c.asked > 0"
	}
	err = l.each(ctx, func(scan func(...any) error) error {
		var c Counted
		if err := scan(&c.Row, &c.Span, &c.At, &c.Extension, &c.Resource, &c.Action, &c.Target,
			&c.Done, &c.Failed, &c.Refused, &c.Asked, &c.In, &c.Out); err != nil {
			return err
		}
		if missing.any(c, f.Show) {
			list = append(list, c)
		}
		if len(list) == limit {
			return errEnough
		}
		return nil
	}, `SELECT t.id, c.span, c.at, t.extension, t.resource, t.action, t.target, c.done, c.failed, c.refused, c.asked, c.bytes_in, c.bytes_out
		FROM alcove_call_count c JOIN alcove_call_target t ON t.id = c.target
		WHERE (c.at, t.id, c.span) < (?, ?, ?) AND `+where+` ORDER BY c.at DESC, t.id DESC, c.span DESC`, params...)
	return list, err
}

// gaps say from when on the lines of a shelf are complete. A shelf that is not
// in it is complete.
type gaps map[shelf]int64

// missing compares how many calls there were with how many lines there are.
func (l *Ledger) missing(ctx context.Context, extension int64) (gaps, error) {
	total := map[shelf]int64{}
	err := l.each(ctx, func(scan func(...any) error) error {
		var ext, own, beyond, refused, asked int64
		err := scan(&ext, &own, &beyond, &refused, &asked)
		total[shelf{ext, ClassOwn}], total[shelf{ext, ClassBeyond}] = own, beyond
		total[shelf{ext, ClassRefused}], total[shelf{ext, ClassAsked}] = refused, asked
		return err
	}, `SELECT extension, sum((action = ?1) * (done + failed)), sum((action <> ?1) * (done + failed)), sum(refused), sum(asked)
		FROM alcove_call_target WHERE ?2 IN (0, extension) GROUP BY extension`, permission.Own, extension)
	if err != nil {
		return nil, err
	}
	begins := map[shelf]int64{}
	err = l.each(ctx, func(scan func(...any) error) error {
		var on shelf
		var n, first int64
		err := scan(&on.extension, &on.class, &n, &first)
		if total[on] == n {
			delete(total, on)
		}
		begins[on] = first
		return err
	}, `SELECT extension, class, count(*), min(at) FROM alcove_call_line WHERE ? IN (0, extension) GROUP BY extension, class`, extension)
	out := gaps{}
	for on, n := range total {
		if n == 0 {
			continue
		}
		out[on] = math.MaxInt64
		if first, some := begins[on]; some {
			out[on] = first
		}
	}
	return out, err
}

// any reports whether c counts calls that are not among the lines.
func (g gaps) any(c Counted, show string) bool {
	allowed := ClassBeyond
	if c.Action == permission.Own {
		allowed = ClassOwn
	}
	gone := func(n int64, class Class) bool {
		complete, gap := g[shelf{c.Extension, class}]
		return n > 0 && gap && c.At <= complete
	}
	switch show {
	case ShowAllowed:
		return gone(c.Done+c.Failed, allowed)
	case ShowRefused:
		return gone(c.Refused, ClassRefused)
	case ShowAsked:
		return gone(c.Asked, ClassAsked)
	}
	return gone(c.Done+c.Failed, allowed) || gone(c.Refused, ClassRefused) || gone(c.Asked, ClassAsked)
}
