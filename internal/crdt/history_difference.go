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
	// Lost is how many old values belong to columns that are not there any more.
	Lost int
}

// TableDifference is how many rows of a table would change.
type TableDifference struct {
	Table                      string // full name
	Inserted, Updated, Deleted int
}

// Difference compares what is in scope with how it was at a moment, a hybrid
// time. It reads only, and takes the time and memory of Restore. Errors:
// crdt.history_gone, crdt.no_table.
func (e *Engine) Difference(ctx context.Context, s Scope, moment int64) (d Difference, err error) {
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
			p, err := loadPast(tx, t, moment, s.Key)
			if err != nil {
				return err
			}
			plan, _, err := p.plan(tx, &reg.sites, s.Key, math.MaxInt64)
			if err != nil {
				return err
			}
			d.Lost += p.gone
			if len(plan)+len(p.bring) > 0 {
				d.Tables = append(d.Tables, countSteps(t.name, plan, len(p.bring)))
			}
		}
		return nil
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

// Present is a moment at which everything that was written to an app's tables
// has happened: Restore to it takes back what comes after.
func (e *Engine) Present(ctx context.Context, app string) (int64, error) {
	list, err := e.Moments(ctx, app, 0, 1)
	if err != nil {
		return 0, err
	}
	_, oldest, err := e.History(ctx, app)
	if err != nil {
		return 0, err
	}
	if len(list) > 0 {
		oldest = max(oldest, list[0].Moment)
	}
	return oldest, nil
}

// HistorySize is how many bytes of old values are kept of an app.
func (e *Engine) HistorySize(ctx context.Context, app string) (n int64, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		h, err := loadHistory(tx, app)
		if err != nil {
			return err
		}
		q := tx.Query("SELECT coalesce(sum(length(data)), 0) FROM alcove_crdt_history WHERE app = ?")
		q.Int(1, h.id)
		if q.Step() {
			n = q.ColumnInt(0)
			q.Reset()
		}
		return q.Err()
	})
	return n, err
}
