package crdt

import (
	"fmt"
	"math"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// Moment is the hybrid time at which everything that was written until t, to the
// millisecond, had happened.
func Moment(t time.Time) int64 { return hybrid(t) | (1<<counterBits - 1) }

// Time is when a moment was.
func Time(moment int64) time.Time { return time.UnixMilli(moment >> counterBits) }

// past is how the rows of one table were at a moment, as far as they were not as
// they are now.
type past struct {
	t      *table
	moment int64
	rows   map[string]*pastRow // by key, or identity of an auto table
	order  []string            // as they were found
	gone   int                 // cells of columns that are not there any more, or not yet

	instead map[string]*insteadRow // by key; see wasHidden
	bring   [][]byte               // keys of hidden rows that are to be seen again, each once
	aside   []*step                // of rows that are hidden now; see compareHidden
}

// pastRow is one row. Its cells are those of the table's columns, in exact form;
// nil is one that is as it is now, or if the row is whole, one that did not
// exist.
type pastRow struct {
	whole bool   // the row that is there now, if any, is another life of it
	by    []byte // it was hidden: the key of the row that was seen instead
	birth int64
	cells [][]byte
	// When it was changed last, and each of its cells: the stamps of the row that is
	// there may have been lowered since, see SPEC.md, "Forgetting".
	last    int64
	changed []int64
}

// newest is when a row was changed last that is there.
func (r *pastRow) newest(now *presentRow) int64 {
	if r == nil {
		return now.newest()
	}
	return max(r.last, now.newest())
}

// loadPast reads what changed of a table after a moment. only, if it is not nil,
// is the key of the row that matters.
func loadPast(tx *store.Tx, t *table, moment int64, only []byte) (*past, error) {
	kept, err := loadHistory(tx, t.app)
	if err != nil {
		return nil, err
	}
	if kept.off {
		return nil, historyGone(math.MaxInt64)
	}
	if moment < kept.floor {
		return nil, historyGone(kept.floor)
	}
	p := &past{t: t, moment: moment, rows: map[string]*pastRow{}}
	layouts, err := loadLayouts(tx, t)
	if err != nil || len(layouts) == 0 {
		return p, err
	}
	q := tx.Query("SELECT h, layout, data FROM alcove_crdt_history WHERE app = ? AND h > ? ORDER BY h DESC, layout DESC, part DESC")
	q.Int(1, kept.id)
	q.Int(2, moment)
	for q.Step() {
		l := layouts[q.ColumnInt(1)]
		if l == nil {
			continue
		}
		if err := p.back(q.ColumnBytes(2), q.ColumnInt(0), l, only); err != nil {
			q.Reset()
			return nil, fmt.Errorf("history of %s: %w", t.name, err)
		}
	}
	return p, q.Err()
}

// historyGone is the error for a moment that cannot be told any more.
func historyGone(oldest int64) error {
	if oldest == math.MaxInt64 {
		return fault.New("crdt.history_gone", "No history is kept for this app, so it cannot be seen as it was earlier. Switch its history on; it begins then.")
	}
	return fault.New("crdt.history_gone", "The history does not go back that far. Choose a later moment, or let the history keep more from now on.").
		With("oldest", oldest)
}

// layout is what the columns of a table were once.
type layout struct {
	bits    []int // in the order of the columns
	present []int // by bit: index of the table's column now, or -1
}

// loadLayouts reads what the columns of t were, by number.
func loadLayouts(tx *store.Tx, t *table) (map[int64]*layout, error) {
	now := map[GlobalID]int{}
	for i, c := range t.columns {
		now[c.gid] = i
	}
	list := map[int64]*layout{}
	q := tx.Query("SELECT id, columns FROM alcove_crdt_history_layout WHERE tbl = ?")
	q.Blob(1, t.gid[:])
	for q.Step() {
		l := &layout{present: make([]int, maxColumns)}
		for bit := range l.present {
			l.present[bit] = -1
		}
		described := q.ColumnBytes(1)
		for ; len(described) >= 17; described = described[17:] {
			bit := int(described[0])
			if bit >= maxColumns {
				q.Reset()
				return nil, errHistory
			}
			l.bits = append(l.bits, bit)
			if i, ok := now[GlobalID(described[1:17])]; ok {
				l.present[bit] = i
			}
		}
		list[q.ColumnInt(0)] = l
	}
	return list, q.Err()
}

// back undoes one row of the history, its last entry first.
func (p *past) back(data []byte, h int64, l *layout, only []byte) error {
	data = append([]byte(nil), data...) // cells alias it
	var list []oldValues
	for r := (parser{b: data}); len(r.b) > 0; {
		var o oldValues
		if err := readOld(&r, h, len(l.bits), &o); err != nil {
			return err
		}
		if only == nil || string(o.k) == string(only) {
			list = append(list, o)
		}
	}
	for i := len(list) - 1; i >= 0; i-- {
		if err := p.undo(&list[i], h, l); err != nil {
			return err
		}
	}
	return nil
}

// undo goes back before one entry.
func (p *past) undo(o *oldValues, h int64, l *layout) error {
	r := p.rows[string(o.k)]
	if r == nil {
		r = &pastRow{birth: noBirth, cells: make([][]byte, len(p.t.columns)), last: h, changed: make([]int64, len(p.t.columns))}
		p.rows[string(o.k)] = r
		p.order = append(p.order, string(o.k))
	}
	if o.birth != noBirth {
		r.birth = o.birth
	}
	values := o.values
	take := func(bit int) error {
		rest, err := sqlvalue.Skip(values)
		if err != nil {
			return err
		}
		if i := l.present[bit]; i >= 0 {
			r.cells[i], r.changed[i] = values[:len(values)-len(rest)], max(r.changed[i], h)
		} else {
			p.gone++
		}
		values = rest
		return nil
	}
	if o.whole {
		r.whole, r.by = true, o.by
		clear(r.cells)
		for _, bit := range l.bits {
			if err := take(bit); err != nil {
				return err
			}
		}
		return nil
	}
	set := o.set()
	for bit := range maxColumns {
		if set.has(bit) {
			if err := take(bit); err != nil {
				return err
			}
		}
	}
	return nil
}

// alive reports whether the row was there at the moment. birth is that of the
// row that is there now.
func (p *past) alive(r *pastRow, there bool, birth int64) bool {
	switch {
	case r == nil:
		return there && birth <= p.moment
	case r.birth != noBirth:
		birth = r.birth
	}
	return (r.whole || there) && birth <= p.moment
}
