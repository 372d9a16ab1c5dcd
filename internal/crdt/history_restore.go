package crdt

import (
	"bytes"
	"context"
	"math"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// Scope is what is put back: an app, one of its tables, or one row of that.
type Scope struct {
	App   string // prefix
	Table string // full name, or "" for all
	Key   []byte // key form, or nil for all
}

// Restored says what was put back.
type Restored struct {
	Inserted, Updated, Deleted int // rows, hidden ones too
	// Kept is how many rows were left alone because they were changed after the
	// span that was undone.
	Kept int
	// Lost is how many old values belong to columns that are not there any more, or
	// not yet.
	Lost int
	// Gone is how many rows of then were in tables that are not there any more, or
	// have another key.
	Gone int
	// Conflicts are why nothing was put back: at most 1,000 of them.
	Conflicts []RestoreConflict
}

// RestoreConflict is a row that cannot be as it was.
type RestoreConflict struct {
	Table string // full name
	Key   []byte // key form
	// Why is "unique" if a row that is not in the scope has a value that must be
	// unique, "foreign" if a row that it refers to is not there, and
	// "constraint" if it does not satisfy the table any more.
	Why string
}

// Restore puts what is in scope back to how it was at a moment, a hybrid time,
// as one change of this device, now: the past is not changed, and Restore can
// be undone like everything else. Triggers of the app do not run and foreign
// keys do not act, but every constraint holds afterwards. If one would not,
// nothing is changed and the error is crdt.restore_conflict, with the rows in
// Restored. Other errors: crdt.history_gone, crdt.no_table.
func (e *Engine) Restore(ctx context.Context, s Scope, moment int64) (Restored, error) {
	return e.UndoSpan(ctx, s, moment, math.MaxInt64)
}

// UndoSpan takes back what was written after the moment from until the moment
// upto, as far as it is still so: rows and cells that were changed later stay.
// Otherwise it is like Restore.
func (e *Engine) UndoSpan(ctx context.Context, s Scope, from, upto int64) (out Restored, err error) {
	return e.undoSpan(ctx, s, from, upto, func(*store.Tx) error { return nil })
}

// undoSpan is UndoSpan, and calls ahead in the same transaction before it changes
// something.
func (e *Engine) undoSpan(ctx context.Context, s Scope, from, upto int64, ahead func(*store.Tx) error) (out Restored, err error) {
	err = e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		reg, err := e.writing(tx)
		if err != nil {
			return err
		}
		tables, err := reg.scope(s.App, s.Table)
		if err != nil {
			return err
		}
		w := putBack{e: e, tx: tx, out: &out}
		steps := 0
		for _, t := range tables {
			p, err := loadPast(tx, t, from, s.Key)
			if err != nil {
				return err
			}
			plan, kept, err := p.plan(tx, &reg.sites, s.Key, upto)
			if err != nil {
				return err
			}
			out.Lost += p.gone
			out.Kept += kept
			steps += len(plan) + len(p.aside) + len(p.bring)
			w.tables = append(w.tables, &putTable{t: t, plan: plan, aside: p.aside, bring: p.bring})
		}
		if s.Table == "" {
			if out.Gone, err = goneRows(tx, s.App, from, upto); err != nil {
				return err
			}
		}
		if steps > 0 {
			if err := ahead(tx); err != nil {
				return err
			}
		}
		if err := w.run(); err != nil {
			e.stale = true // it may have got as far as the hidden rows
			return err
		}
		return nil
	})
	if fault.Code(err) == "crdt.restore_conflict" {
		return Restored{Conflicts: out.Conflicts}, err
	}
	if err != nil {
		return Restored{}, err
	}
	return out, nil
}

// step is what has to happen to one row.
type step struct {
	id     []byte
	rid    int64            // of the row that is there; or its number
	there  bool             // it is there now
	gone   bool             // it has to go
	set    columns          // of a row that stays, those to write; of one that comes, those it had
	was    []sqlvalue.Value // of a row that is there
	values []sqlvalue.Value // as it was at the moment; not if it has to go
}

// plan compares what is there with what was. upto limits it to what was changed
// last until then.
func (p *past) plan(tx *store.Tx, s *sites, only []byte, upto int64) (steps []*step, kept int, err error) {
	if _, err := p.t.edgeOf(tx); err != nil {
		return nil, 0, err
	}
	if err := p.loadInstead(tx, s); err != nil {
		return nil, 0, err
	}
	if err := p.convert(tx); err != nil {
		return nil, 0, err
	}
	met := map[string]bool{}
	err = p.t.eachRow(tx, s, func(now *presentRow) error {
		if only != nil && !bytes.Equal(now.id, only) {
			return nil
		}
		r := p.rows[string(now.id)]
		if r != nil {
			met[string(now.id)] = true
		}
		if r == nil && now.birth.h <= p.moment {
			return nil
		}
		var st *step
		var later bool
		if by, ok := p.wasHidden(r); ok {
			st, later = p.hideAgain(now, r, by, upto)
		} else {
			st, later = p.compare(r, now, upto)
		}
		if later {
			kept++
		}
		if st != nil {
			steps = append(steps, st)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	if err := p.t.eachHidden(tx, func(now *presentRow) error {
		if only != nil && !bytes.Equal(now.id, only) {
			return nil
		}
		met[string(now.id)] = true
		if p.compareHidden(now, upto) {
			kept++
		}
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for _, k := range p.order {
		r := p.rows[k]
		if met[k] || !p.alive(r, false, 0) {
			continue
		}
		if _, ok := p.wasHidden(r); ok {
			continue
		}
		if r.last > upto {
			kept++
			continue
		}
		st := &step{id: []byte(k), values: make([]sqlvalue.Value, len(p.t.columns))}
		for i := range st.values {
			if r.cells[i] != nil {
				st.values[i], _, _ = sqlvalue.Read(r.cells[i])
				st.set |= 1 << p.t.columns[i].bit
			}
		}
		if err := p.countWaiting(tx, st.id); err != nil {
			return nil, 0, err
		}
		steps = append(steps, st)
	}
	return steps, kept, nil
}

// compare is plan for a row that is there. later reports that something of it
// stays because it was changed after upto.
func (p *past) compare(r *pastRow, now *presentRow, upto int64) (st *step, later bool) {
	newest := r.newest(now)
	st = &step{id: bytes.Clone(now.id), rid: now.rid, there: true, was: now.values(len(p.t.columns))}
	switch {
	case !p.alive(r, true, now.birth.h):
		st.gone = true
		if newest > upto {
			return nil, true
		}
		return st, false
	case r.whole && newest > upto:
		return nil, true
	}
	st.values = append(st.values, st.was...)
	for i, c := range p.t.columns {
		if r.cells[i] == nil {
			continue
		}
		v, _, _ := sqlvalue.Read(r.cells[i])
		if sameValue(v, st.was[i]) {
			continue
		}
		if max(r.changed[i], now.stampOf(c.bit).h) > upto {
			later = true
			continue
		}
		st.values[i] = v
		st.set |= 1 << c.bit
	}
	if st.set == 0 {
		return nil, later
	}
	return st, later
}

func cloneValue(v sqlvalue.Value) sqlvalue.Value {
	v.Data = bytes.Clone(v.Data)
	return v
}

func sameValue(a, b sqlvalue.Value) bool {
	return a.Tag == b.Tag && a.Int == b.Int && math.Float64bits(a.Float) == math.Float64bits(b.Float) && bytes.Equal(a.Data, b.Data)
}
