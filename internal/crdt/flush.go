package crdt

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// flusher turns what a transaction captured into clocks. Its memory is used
// again from one transaction to the next.
type flusher struct {
	h       int64  // of the transaction
	out     []byte // the outbox row
	touched []*table

	// Of the table at hand: what the transaction came to in the end.
	born    []run    // rows that were not there, or not in this life; ascending
	lives   []life   // of them, those whose life is not the first; ascending
	updated []touch  // rows that were there and stay; ascending
	dead    []death  // rows that were there and are not, or not in that life; by key
	deleted [][]byte // keys for the outbox
	runs    []run    // rows for the outbox
	keys    []byte   // tombstones that are looked up
	probes  []probe
	blob    []byte
	rids    []int64 // of a batch, or that were inserted
	clocks  clocks
}

// life is a row that was born again.
type life struct{ rid, cl int64 }

// touch is a row of which columns were written.
type touch struct {
	rid int64
	set columns
}

// death is the end of a life.
type death struct {
	rid     int64
	k       []byte
	cl      int64  // of the life that ended
	m       uint32 // of the migration that made that life; 0 if none did
	revived bool   // the key has another life in the same transaction
}

// maxKept is how many elements of the flusher's memory are kept for the next
// transaction.
const maxKept = 1 << 16

// Flush writes the clocks of a transaction before it commits: one tick for all
// that it changed. It is part of the store's Tracker.
func (e *Engine) Flush(tx *store.Tx, c *store.Changes) error {
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	f := &e.flusher
	f.out, f.touched = kept(f.out), kept(f.touched)
	defer f.reset()
	st := stamp{h: e.clock.tick(), site: reg.sites.self}
	f.h = st.h
	for i := range c.Tables {
		tc := &c.Tables[i]
		t := reg.tables[tc.ID]
		if t == nil || t.name == "" {
			return fmt.Errorf("%w: a change of table %d", errDamaged, tc.ID)
		}
		if err := e.flushTable(tx, t, tc, st); err != nil {
			return fmt.Errorf("clocks of %s: %w", t.name, err)
		}
		if err := t.refuseOrphans(tx, tc); err != nil {
			return err
		}
	}
	if len(f.out) == 0 {
		return nil
	}
	if err := send(tx, st.h, f.out); err != nil {
		return err
	}
	if reg.hides() {
		return e.settle(tx, c)
	}
	return nil
}

// hides reports whether any table may have hidden rows.
func (r *registry) hides() bool {
	for _, t := range r.tables {
		if t.hides {
			return true
		}
	}
	return false
}

// Undone forgets what a transaction that was rolled back may have changed. It
// is part of the store's Tracker.
func (e *Engine) Undone() {
	e.taken = nil
	clear(e.histories)
	if e.touched {
		e.stale = true
		return
	}
	if e.reg != nil {
		for _, t := range e.reg.tables {
			t.known = false
		}
	}
}

func (e *Engine) flushTable(tx *store.Tx, t *table, c *store.TableChanges, st stamp) error {
	if _, err := t.edgeOf(tx); err != nil {
		return err
	}
	if e.keepsHistory(t) {
		if err := e.recordOld(tx, t, c, st); err != nil {
			return err
		}
	}
	f := &e.flusher
	f.reset()
	if err := e.take(tx, t, c); err != nil {
		return err
	}
	if err := e.endLives(tx, t); err != nil {
		return err
	}
	if err := e.findLives(tx, t, c); err != nil {
		return err
	}
	if f.wornOut(t) {
		return wornOut()
	}
	if err := f.bury(tx, t, st); err != nil {
		return err
	}
	if err := f.beginLives(tx, t, st); err != nil {
		return err
	}
	if err := f.stampCells(tx, t, st); err != nil {
		return err
	}
	if runs := f.touchedRuns(); len(runs) > 0 || len(f.deleted) > 0 {
		f.out = appendSection(f.out, t.id, sectionWritten, runs, f.deleted)
		f.touched = append(f.touched, t)
	}
	return nil
}

// take notes what the capture says. The rows of a WITHOUT ROWID table are known
// by number from here on; those that were inserted get theirs in findLives.
func (e *Engine) take(tx *store.Tx, t *table, c *store.TableChanges) error {
	f := &e.flusher
	for _, r := range c.Inserted {
		f.born = append(f.born, run{r.Lo, r.Hi})
	}
	for i := range c.Updated {
		u := &c.Updated[i]
		rid := u.Rowid
		if !t.rowid {
			var err error
			if rid, err = t.numberedAs(tx, u.Key); err != nil {
				return err
			}
		}
		f.updated = append(f.updated, touch{rid, columns(u.Set)})
	}
	for i := range c.Deleted {
		d := &c.Deleted[i]
		rid := d.Rowid
		if !t.rowid {
			var err error
			if rid, err = t.numberedAs(tx, d.Key); err != nil {
				return err
			}
		}
		f.dead = append(f.dead, death{rid: rid, k: d.Key})
	}
	byRow := func(a, b touch) int { return cmp.Compare(a.rid, b.rid) }
	if !slices.IsSortedFunc(f.updated, byRow) {
		slices.SortFunc(f.updated, byRow)
	}
	return nil
}

// numberedAs returns the number of the row with a key in a WITHOUT ROWID table.
func (t *table) numberedAs(tx *store.Tx, k []byte) (int64, error) {
	q := tx.Query(t.numberOf)
	q.Blob(1, k)
	if !q.Step() {
		return 0, cmp.Or(q.Err(), errDamaged)
	}
	rid := q.ColumnInt(0)
	q.Reset()
	return rid, nil
}

func (f *flusher) reset() {
	f.born, f.lives, f.updated, f.dead = kept(f.born), kept(f.lives), kept(f.updated), kept(f.dead)
	f.deleted, f.runs, f.keys, f.probes, f.blob = kept(f.deleted), kept(f.runs), kept(f.keys), kept(f.probes), kept(f.blob)
}

// kept empties s, which may hold what a person wrote, and lets its memory go if
// it is large.
func kept[T any](s []T) []T {
	clear(s)
	if cap(s) > maxKept {
		return nil
	}
	return s[:0]
}

// touchedRuns is born and updated as runs that ascend.
func (f *flusher) touchedRuns() []run {
	next := 0
	for _, u := range f.updated {
		for ; next < len(f.born) && f.born[next].lo < u.rid; next++ {
			f.addRun(f.born[next])
		}
		f.addRun(run{u.rid, u.rid})
	}
	for _, r := range f.born[next:] {
		f.addRun(r)
	}
	return f.runs
}

func (f *flusher) addRun(r run) {
	if n := len(f.runs); n > 0 && f.runs[n-1].hi+1 == r.lo {
		f.runs[n-1].hi = r.hi
	} else {
		f.runs = append(f.runs, r)
	}
}

// sortDeaths puts the deaths in the order of their keys, in which they are
// found, and tombstones written, fastest.
func (f *flusher) sortDeaths() {
	byKey := func(a, b death) int { return bytes.Compare(a.k, b.k) }
	if !slices.IsSortedFunc(f.dead, byKey) {
		slices.SortFunc(f.dead, byKey)
	}
}

// died returns the death of the row with a key in this transaction.
func (f *flusher) died(k []byte) *death {
	i, ok := slices.BinarySearchFunc(f.dead, k, func(d death, k []byte) int { return bytes.Compare(d.k, k) })
	if !ok {
		return nil
	}
	return &f.dead[i]
}
