package crdt

import (
	"cmp"
	"maps"
	"slices"
)

// rounds is how far collecting alone has come in each table. What one run has no
// time for is gone on with in the next, and all tables have their turn: however
// large one is, or how often it is written, what is kept of the others is
// forgotten all the same. Who collects guards it; when the vault is opened it
// begins anew.
type rounds map[int64]*round // by table

// round is how far it has come in one table.
type round struct {
	swept int64  // nothing is left to do of what was written until then
	open  *sweep // what is being done, nil for nothing
	upto  int64  // what swept is when open is at its end
}

// collect collects in tables, those of one app first, and forgets of the outbox
// what says nothing that is left to do.
func (r rounds) collect(c *collection, tables []writtenRef, first string) error {
	r.order(tables, first)
	if err := c.outbox(r.done(tables, c.upto)); err != nil {
		return err
	}
	for range 2 { // what was open ends, and then what was written since has its turn
		for _, t := range tables {
			at := r[t.id]
			if at.swept >= t.last {
				continue
			}
			if at.open == nil {
				at.open, at.upto = newSweep(), c.upto
			}
			if err := c.table(t.tableRef, at.open, nil); err != nil {
				return err
			}
			at.swept, at.open = at.upto, nil
			if err := c.outbox(r.done(tables, c.upto)); err != nil {
				return err
			}
		}
	}
	return nil
}

// order puts the tables of one app first, then those in which something is open,
// and then those whose last turn was longest ago.
func (r rounds) order(tables []writtenRef, first string) {
	maps.DeleteFunc(r, func(id int64, _ *round) bool {
		return !slices.ContainsFunc(tables, func(t writtenRef) bool { return t.id == id })
	})
	for _, t := range tables {
		if r[t.id] == nil {
			r[t.id] = &round{}
		}
	}
	rank := func(t writtenRef) int {
		switch {
		case t.app == first:
			return 0
		case r[t.id].open != nil:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(tables, func(a, b writtenRef) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(r[a.id].swept, r[b.id].swept))
	})
}

// done is until when the outbox says nothing that is left to do.
func (r rounds) done(tables []writtenRef, upto int64) int64 {
	for _, t := range tables {
		if swept := r[t.id].swept; swept < t.last {
			upto = min(upto, swept)
		}
	}
	return upto
}
