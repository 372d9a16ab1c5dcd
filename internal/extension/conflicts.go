package extension

import (
	"context"
	"math"
	"strconv"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

const (
	maxConflicts = 100
	maxCellText  = 240 // characters
)

// Conflicts are what gave way when changes of several devices met, newest
// first.
type Conflicts struct {
	Total int64      `json:"total"`
	List  []Conflict `json:"list"`
	More  bool       `json:"more"` // there are older ones
}

// Conflict is one of them. Kind is one of crdt.ConflictKind.
type Conflict struct {
	ID    int64  `json:"id"`
	At    int64  `json:"at"` // Unix milliseconds
	Kind  string `json:"kind"`
	Table string `json:"table"` // without the prefix; "" if it is not there any more
	// Row is the row that it is about, as it is now; empty if it is not there.
	Row        []Cell `json:"row"`
	Hidden     bool   `json:"hidden"` // Row is hidden
	Seen       []Cell `json:"seen"`   // what is seen instead of a hidden row
	Gone       []Cell `json:"gone"`   // the values that gave way
	Restorable bool   `json:"restorable"`
}

// Cell is a value of a row in words.
type Cell struct {
	Column string `json:"column"`
	Key    bool   `json:"key"`
	Type   string `json:"type"` // null, number, text or blob
	Text   string `json:"text"` // of a number or text; cut to 240 characters
	Cut    bool   `json:"cut"`
	Size   int    `json:"size"` // bytes of a text or blob
}

// Conflicts lists at most limit conflicts of an app that are older than before,
// which is 0 for the first page. Errors: extension.not_found.
func (r *Registry) Conflicts(ctx context.Context, id manifest.ID, before int64, limit int) (Conflicts, error) {
	if _, err := r.data(ctx, id, findRow); err != nil {
		return Conflicts{}, err
	}
	limit = min(max(limit, 1), maxConflicts)
	out := Conflicts{List: []Conflict{}}
	total, err := r.tracked.CountConflicts(ctx, id.TablePrefix())
	if err != nil {
		return Conflicts{}, err
	}
	out.Total = total
	list, err := r.tracked.ConflictWords(ctx, id.TablePrefix(), max(before, 0), limit+1)
	if err != nil {
		return Conflicts{}, err
	}
	if out.More = len(list) > limit; out.More {
		list = list[:limit]
	}
	for _, c := range list {
		out.List = append(out.List, Conflict{
			ID: c.ID, At: c.At.UnixMilli(), Kind: string(c.Kind), Table: shortName(id, c.TableName),
			Row: cellsOf(c.Row), Hidden: c.Hidden, Seen: cellsOf(c.Seen), Gone: cellsOf(c.Gone), Restorable: c.Restorable,
		})
	}
	return out, nil
}

func cellsOf(list []crdt.Cell) []Cell {
	out := []Cell{}
	for _, c := range list {
		cell := Cell{Column: c.Column, Key: c.Key, Size: c.Size}
		switch v := c.Value.(type) {
		case nil:
			cell.Type = "null"
		case int64:
			cell.Type, cell.Text = "number", strconv.FormatInt(v, 10)
		case float64:
			cell.Type, cell.Text = "number", floatText(v)
		case string:
			text := []rune(v)
			cell.Type, cell.Cut = "text", len(text) > maxCellText || len(v) < c.Size
			cell.Text = string(text[:min(len(text), maxCellText)])
		case []byte:
			cell.Type = "blob"
		}
		out = append(out, cell)
	}
	return out
}

func floatText(v float64) string {
	if math.IsInf(v, 0) {
		return map[bool]string{true: "∞", false: "−∞"}[v > 0]
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// RestoreConflict brings back what gave way: the values of a row, or the row
// that is hidden, in whose place the one that is seen is hidden then. Values
// that the table refused are merged if it takes them by now. The app does not
// run meanwhile, as for PutBack, and what follows the write is as there.
//
// Errors: extension.not_found, crdt.no_conflict, crdt.no_parent,
// crdt.hidden_row, crdt.refused, extension.conflict_fits_not.
func (r *Registry) RestoreConflict(ctx context.Context, id manifest.ID, conflict int64) error {
	data, c, err := r.conflict(ctx, id, conflict)
	if err != nil {
		return err
	}
	switch c.Kind {
	case crdt.ConflictLost, crdt.ConflictFork, crdt.ConflictRefused:
		err = r.tracked.RestoreLost(ctx, conflict)
	default:
		err = r.tracked.RestoreHidden(ctx, conflict)
	}
	if err != nil {
		// A foreign key that is deferred is refused as the transaction ends, without a code.
		if fault.Code(err) == "db.constraint" || store.IsConstraint(err) {
			return fault.Wrap("extension.conflict_fits_not", "These values do not fit into the table as it is now: another row has one of them, something they refer to is missing, or the table does not take them. Nothing was changed. Change what is in the way, then try again.", err)
		}
		return err
	}
	r.recount(ctx, data)
	r.noteDone(ctx, id, "conflict_restored", string(c.Kind))
	return nil
}

// DismissConflict takes a conflict off the list. A hidden row stays hidden.
// Errors: extension.not_found, crdt.no_conflict.
func (r *Registry) DismissConflict(ctx context.Context, id manifest.ID, conflict int64) error {
	_, c, err := r.conflict(ctx, id, conflict)
	if err != nil {
		return err
	}
	if err := r.tracked.DismissConflict(ctx, conflict); err != nil {
		return err
	}
	r.noteDone(ctx, id, "conflict_dismissed", string(c.Kind))
	return nil
}

func (r *Registry) conflict(ctx context.Context, id manifest.ID, conflict int64) (store.Data, crdt.Conflict, error) {
	data, err := r.data(ctx, id, findRow)
	if err != nil {
		return data, crdt.Conflict{}, err
	}
	c, err := r.tracked.ConflictOf(ctx, id.TablePrefix(), conflict)
	return data, c, err
}
