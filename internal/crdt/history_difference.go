package crdt

import (
	"context"
	"math"

	"github.com/alcove-vault/alcove/internal/store"
)

// Difference is what Restore would do, as far as nothing is in its way: that
// shows only when it is done.
type Difference struct {
	Tables []TableDifference // those with a difference, by name
	// Kept is how many rows would be left alone, because they were changed after
	// the span.
	Kept int
	// Lost is how many old values belong to columns that are not there any more, or
	// not yet.
	Lost int
	// Gone is how many rows of then were in tables that are not there any more, or
	// have another key.
	Gone int
}

// TableDifference is how many rows of a table would change, hidden ones too.
type TableDifference struct {
	Table                      string // full name
	Inserted, Updated, Deleted int
}

// Difference compares what is in scope with how it was at a moment, a hybrid
// time. It reads only, and takes the time and memory of Restore. Errors:
// crdt.history_gone, crdt.no_table.
func (e *Engine) Difference(ctx context.Context, s Scope, moment int64) (Difference, error) {
	return e.DifferenceSpan(ctx, s, moment, math.MaxInt64)
}

// DifferenceSpan is what UndoSpan would do with the same moments, as far as
// nothing is in its way. Otherwise it is like Difference.
func (e *Engine) DifferenceSpan(ctx context.Context, s Scope, from, upto int64) (d Difference, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		tables, err := reg.scope(s.App, s.Table)
		if err != nil {
			return err
		}
		for _, t := range tables {
			p, err := loadPast(tx, t, from, s.Key)
			if err != nil {
				return err
			}
			plan, kept, err := p.plan(tx, &reg.sites, s.Key, upto)
			if err != nil {
				return err
			}
			d.Lost += p.gone
			d.Kept += kept
			if plan = append(plan, p.aside...); len(plan)+len(p.bring) > 0 {
				d.Tables = append(d.Tables, countSteps(t.name, plan, len(p.bring)))
			}
		}
		if s.Table == "" {
			d.Gone, err = goneRows(tx, s.App, from, upto)
		}
		return err
	})
	return d, err
}

// countSteps counts a plan, and rows that are to be seen again, each in the place
// of another.
func countSteps(table string, plan []*step, brought int) TableDifference {
	d := TableDifference{Table: table, Inserted: brought, Deleted: brought}
	for _, s := range plan {
		switch {
		case s.gone:
			d.Deleted++
		case s.there:
			d.Updated++
		default:
			d.Inserted++
		}
	}
	return d
}
