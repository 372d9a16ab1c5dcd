package ledger

import (
	"context"
	"math"
	"strings"

	"github.com/alcove-vault/alcove/internal/permission"
)

// Kinds of verdicts that activity can be narrowed to.
const (
	ShowAllowed = "allowed"
	ShowRefused = "refused"
	ShowAsked   = "asked"
	ShowChanges = "changes" // decisions, installations, limits
)

// Filter narrows activity. The zero value shows everything.
type Filter struct {
	Extension  int64  // row; 0: every app
	Capability string // as permission.CapabilityOf says; "": every one
	Show       string // one of the Show constants; "": everything
}

// Line is one call, one prompt, or one change that a person or Alcove made.
type Line struct {
	ID        int64  `json:"id"` // of calls and changes each in their own order
	At        int64  `json:"at"` // Unix milliseconds
	Extension int64  `json:"-"`  // row; 0: the vault itself
	Kind      string `json:"kind"`
	Method    string `json:"method,omitempty"`
	Resource  string `json:"resource,omitempty"`
	Action    string `json:"action,omitempty"`
	Target    string `json:"target,omitempty"`
	Verdict   string `json:"verdict,omitempty"`
	Code      string `json:"code,omitempty"`
	Took      int64  `json:"took"` // microseconds
	In        int64  `json:"in"`   // bytes
	Out       int64  `json:"out"`
	Detail    string `json:"detail,omitempty"` // of a change
}

// Kinds of lines besides those of changes, whose kind is that of alcove_ledger.
const (
	KindCall  = "call"
	KindAsked = "asked"
)

// Cursor is where a page ends: the next one goes on behind it. The zero Cursor
// is before the first page.
type Cursor struct {
	At     int64 `json:"at"`
	ID     int64 `json:"id"`
	Change bool  `json:"change"`
}

// MaxPage is how many lines a page has at most.
const MaxPage = 200

// Newest is how far the ledger goes now.
type Newest struct {
	Call   int64 `json:"call"`
	Change int64 `json:"change"`
}

// Activity returns the lines behind a cursor, the latest first. There is more
// if there are limit of them.
func (l *Ledger) Activity(ctx context.Context, f Filter, after Cursor, limit int) (list []Line, err error) {
	l.fresh(ctx)
	if after == (Cursor{}) {
		after = Cursor{At: math.MaxInt64}
	}
	change := 0
	if after.Change {
		change = 1
	}
	from := `(at, change, id) < (?, ?, ?)`
	return l.lines(ctx, f, from, []any{after.At, change, after.ID}, `at DESC, change DESC, id DESC`, min(max(limit, 1), MaxPage))
}

// After returns the lines that came after some were read: changes, and then
// calls, each in the order they were written in. That is not the order of their
// times: a call that took long comes after shorter ones that began later.
func (l *Ledger) After(ctx context.Context, f Filter, seen Newest, limit int) ([]Line, error) {
	l.fresh(ctx)
	return l.lines(ctx, f, `id > CASE change WHEN 0 THEN ? ELSE ? END`, []any{seen.Call, seen.Change}, `change DESC, id`, min(max(limit, 1), MaxPage))
}

// Newest returns how far the ledger goes.
func (l *Ledger) Newest(ctx context.Context) (n Newest, err error) {
	l.fresh(ctx)
	err = l.each(ctx, func(scan func(...any) error) error { return scan(&n.Call, &n.Change) },
		`SELECT coalesce((SELECT max(id) FROM alcove_call_line), 0), coalesce((SELECT max(id) FROM alcove_ledger), 0)`)
	return n, err
}

// lines reads calls and changes as one list.
func (l *Ledger) lines(ctx context.Context, f Filter, from string, params []any, order string, limit int) (list []Line, err error) {
	calls, callParams := f.calls()
	changes, changeParams := f.changes()
	text := `SELECT * FROM (
		SELECT at, 0 AS change, id, extension, class, method, resource, action, target, verdict, code, took, bytes_in, bytes_out, '' AS detail
			FROM alcove_call_line WHERE ` + calls + `
		UNION ALL
		SELECT at, 1, id, coalesce(extension, 0), 0, kind, '', '', '', '', '', 0, 0, 0, detail
			FROM alcove_ledger WHERE ` + changes + `
		) WHERE ` + from + ` ORDER BY ` + order + ` LIMIT ?`
	all := append(append(append([]any{}, callParams...), changeParams...), params...)
	list = []Line{}
	err = l.each(ctx, func(scan func(...any) error) error {
		var line Line
		var change int
		var class Class
		if err := scan(&line.At, &change, &line.ID, &line.Extension, &class, &line.Method, &line.Resource, &line.Action,
			&line.Target, &line.Verdict, &line.Code, &line.Took, &line.In, &line.Out, &line.Detail); err != nil {
			return err
		}
		switch {
		case change == 1:
			line.Kind, line.Method = line.Method, ""
		case class == ClassAsked:
			line.Kind = KindAsked
		default:
			line.Kind = KindCall
		}
		list = append(list, line)
		return nil
	}, text, append(all, limit)...)
	return list, err
}

// calls is the condition that a filter puts on calls and prompts.
func (f Filter) calls() (where string, params []any) {
	is := []string{"1"}
	if f.Extension != 0 {
		is, params = append(is, "extension = ?"), append(params, f.Extension)
	}
	if about, values := f.about(); about != "" {
		is, params = append(is, about), append(params, values...)
	}
	switch f.Show {
	case ShowAllowed:
		is = append(is, "class IN (0, 1)")
	case ShowRefused:
		is = append(is, "class = 2")
	case ShowAsked:
		is = append(is, "class = 3")
	case ShowChanges:
		is = append(is, "0")
	}
	return strings.Join(is, " AND "), params
}

// about is the condition of a capability on the columns resource and action.
func (f Filter) about() (where string, params []any) {
	switch f.Capability {
	case "":
		return "", nil
	case permission.CapOwn:
		return "action = ?", []any{permission.Own}
	case permission.CapApps:
		return "resource IN ('db', 'peers') AND action <> ?", []any{permission.Own}
	}
	return "resource = ?", []any{f.Capability}
}

// changes is the condition that a filter puts on changes. What was refused was
// noted there once by earlier versions, and is among the calls now.
func (f Filter) changes() (where string, params []any) {
	if f.Capability != "" || f.Show != "" && f.Show != ShowChanges {
		return "0", nil
	}
	if f.Extension != 0 {
		return "kind <> 'refused' AND extension = ?", []any{f.Extension}
	}
	return "kind <> 'refused'", nil
}
