package crdt

import (
	"cmp"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// endLives removes the clocks of the rows that died, and notes which life it was.
func (e *Engine) endLives(tx *store.Tx, t *table) error {
	f := &e.flusher
	var at span // that the last birth was found in
	for i := range f.dead {
		d := &f.dead[i]
		own := false
		if t.entries {
			var err error
			if own, err = f.takeClocks(tx, t, d.rid); err != nil {
				return err
			}
		}
		var birth stamp
		switch {
		case own:
			birth, d.cl = f.clocks.birth, f.clocks.life()
		case !t.auto && !t.made && t.floor == 0:
			d.cl = 1
		default:
			if d.rid < at.lo || d.rid > at.hi || at == (span{}) {
				s, ok, err := t.rangeOf(tx, d.rid)
				if err != nil {
					return err
				}
				if !ok {
					return errDamaged
				}
				at = s
			}
			birth, d.cl = at.birth, at.cl
		}
		d.m = madeBy(birth)
		if t.auto {
			d.k = appendAutoKey(d.k[:len(d.k):len(d.k)], e.reg.sites.outer(birth))
		}
	}
	f.sortDeaths()
	return nil
}

// madeBy is the number of the migration that made a row with this birth, or 0.
// The stamp of the row's deletion has it for its M: so the tombstone is never
// collected, and a device that runs the migration later finds it.
func madeBy(birth stamp) uint32 {
	if birth.site != reservedSite {
		return 0
	}
	return birth.m
}

// takeClocks reads and removes the clocks of a row. It reports whether they
// hold its birth.
func (f *flusher) takeClocks(tx *store.Tx, t *table, rid int64) (own bool, err error) {
	q := tx.Query(t.entryGet)
	q.Int(1, rid)
	if !q.Step() {
		return false, q.Err()
	}
	err = readClocks(q.ColumnBytes(0), &f.clocks)
	q.Reset()
	if err != nil {
		return false, err
	}
	return f.clocks.born(), t.dropClocks(tx, rid)
}

// bury writes the tombstones.
func (f *flusher) bury(tx *store.Tx, t *table, st stamp) error {
	dead := f.dead
	for len(dead) > 0 {
		st.m = dead[0].m
		unlike := func(d death) bool { return d.revived || d.m != st.m }
		if n := min(batch, len(dead)); n == batch && !t.parked && !slices.ContainsFunc(dead[:n], unlike) {
			if err := f.buryBatch(tx, t, dead[:n], st); err != nil {
				return err
			}
			dead = dead[n:]
			continue
		}
		d := &dead[0]
		dead = dead[1:]
		if d.revived {
			continue
		}
		if err := t.storeTomb(tx, d.k, tomb{d.cl + 1, st}); err != nil {
			return err
		}
		if err := t.endWaiting(tx, d.k, d.cl+1); err != nil {
			return err
		}
		f.deleted = append(f.deleted, d.k)
	}
	return nil
}

// buryBatch writes as many tombstones as a batch has.
func (f *flusher) buryBatch(tx *store.Tx, t *table, dead []death, st stamp) error {
	t.tombs = true
	q := tx.Query(t.tombPutBatch)
	q.Int(1, st.h)
	q.Int(2, st.site)
	q.Int(3, int64(st.m))
	for i := range dead {
		q.Blob(4+2*i, dead[i].k)
		q.Int(5+2*i, dead[i].cl+1)
		f.deleted = append(f.deleted, dead[i].k)
	}
	return q.Run()
}

// beginLives writes the births: those of rows beyond the last range as one
// range, those of other rows and of later lives one by one.
func (f *flusher) beginLives(tx *store.Tx, t *table, st stamp) error {
	end, next := t.maxHi, 0
	fresh := span{birth: st, cl: t.firstLife()}
	f.rids = kept(f.rids)
	for _, r := range f.born {
		for rid := r.lo; rid <= min(r.hi, end); rid++ {
			if next < len(f.lives) && f.lives[next].rid == rid {
				next++ // below
			} else {
				f.rids = append(f.rids, rid)
			}
			if rid == end {
				break
			}
		}
		if r.hi <= end {
			continue
		}
		if fresh.hi == 0 {
			fresh.lo = max(r.lo, end+1)
		}
		fresh.hi = r.hi
	}
	if err := t.putEntries(tx, f.rids, appendClocks(nil, &clocks{birth: st, cl: t.firstLife()})); err != nil {
		return err
	}
	for _, l := range f.lives {
		f.blob = appendClocks(f.blob[:0], &clocks{birth: st, cl: l.cl})
		if err := t.putEntry(tx, l.rid, f.blob); err != nil {
			return err
		}
	}
	if fresh.hi == 0 {
		return nil
	}
	return t.addRange(tx, fresh)
}

// putEntry writes the stored form of a row's clocks.
func (t *table) putEntry(tx *store.Tx, rid int64, data []byte) error {
	t.entries = true
	q := tx.Query(t.entryPut)
	q.Int(1, rid)
	q.Blob(2, data)
	return q.Run()
}

// putEntries writes the same clocks for many rows.
func (t *table) putEntries(tx *store.Tx, rids []int64, data []byte) error {
	for ; len(rids) >= batch; rids = rids[batch:] {
		if err := t.writeBatch(tx, t.entryPutBatch, rids[:batch], data); err != nil {
			return err
		}
	}
	for _, rid := range rids {
		if err := t.putEntry(tx, rid, data); err != nil {
			return err
		}
	}
	return nil
}

// writeBatch runs one of the statements that write a batch of clocks.
func (t *table) writeBatch(tx *store.Tx, text string, rids []int64, data []byte) error {
	t.entries = true
	q := tx.Query(text)
	q.Blob(1, data)
	for i, rid := range rids {
		q.Int(2+i, rid)
	}
	return q.Run()
}

// stampBatches gives the columns of updated rows the transaction's stamp, for as
// long as batches of rows follow each other of which the same columns were
// written and that have no clocks of their own. It returns the others.
func (f *flusher) stampBatches(tx *store.Tx, t *table, st stamp) ([]touch, error) {
	rest := f.updated
	for len(rest) >= batch {
		f.rids = kept(f.rids)
		for _, u := range rest[:batch] {
			if u.set != rest[0].set {
				return rest, nil
			}
			f.rids = append(f.rids, u.rid)
		}
		f.blob = appendEntry(f.blob[:0], rest[0].set, st)
		if err := t.writeBatch(tx, t.entryAddBatch, f.rids, f.blob); err != nil {
			return nil, err
		}
		if tx.Changes() < batch {
			return rest, nil
		}
		rest = rest[batch:]
	}
	return rest, nil
}

// stampCells gives the columns of the updated rows the transaction's stamp.
func (f *flusher) stampCells(tx *store.Tx, t *table, st stamp) error {
	rest, err := f.stampBatches(tx, t, st)
	if err != nil {
		return err
	}
	var set columns // that blob is about
	for _, u := range rest {
		if u.set != set {
			set = u.set
			f.blob = appendEntry(f.blob[:0], set, st)
		}
		q := tx.Query(t.entryAdd)
		q.Int(1, u.rid)
		q.Blob(2, f.blob)
		if err := q.Run(); err != nil {
			return err
		}
		if tx.Changes() > 0 {
			t.entries = true
			continue
		}
		if err := f.restamp(tx, t, u, st); err != nil {
			return err
		}
		set = 0
	}
	return nil
}

// restamp is stampCells for a row that has clocks of its own, be it those that a
// batch has just written.
func (f *flusher) restamp(tx *store.Tx, t *table, u touch, st stamp) error {
	q := tx.Query(t.entryGet)
	q.Int(1, u.rid)
	if !q.Step() {
		return cmp.Or(q.Err(), errDamaged)
	}
	err := readClocks(q.ColumnBytes(0), &f.clocks)
	q.Reset()
	if err != nil {
		return err
	}
	f.clocks.set(u.set, st)
	f.blob = appendClocks(f.blob[:0], &f.clocks)
	return t.putEntry(tx, u.rid, f.blob)
}
