package crdt

import (
	"cmp"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// probeShare: tombstones are looked up in the table, instead of the inserted
// rows among the tombstones, if there are this many times fewer of them.
const probeShare = 4

// probe is a tombstone that is looked up: where its key is in flusher.keys.
type probe struct {
	from, to int
	cl       int64
}

// findLives finds which of the rows that were inserted are known to have had a
// life before: their key died in this transaction, or has a tombstone, a hidden row
// or one that is parked whole.
func (e *Engine) findLives(tx *store.Tx, t *table, c *store.TableChanges) error {
	f := &e.flusher
	if !t.rowid {
		return e.numberRows(tx, t, c)
	}
	if len(f.born) == 0 || t.auto || len(f.dead) == 0 && !t.tombs && !t.hidden && !t.parked {
		return nil
	}
	if len(f.dead) == 0 && !t.hidden && !t.parked {
		if done, err := f.probeTombs(tx, t); done || err != nil {
			return err
		}
	}
	for _, r := range f.born {
		q := tx.Query(t.rowKey)
		q.Int(1, r.lo)
		q.Int(2, r.hi)
		for q.Step() {
			f.blob = t.appendRowKey(f.blob[:0], q, 1)
			cl, _, err := e.lifeOf(tx, t, f.blob)
			if err != nil {
				q.Reset()
				return err
			}
			if cl != t.firstLife() {
				f.lives = append(f.lives, life{q.ColumnInt(0), cl})
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
	return nil
}

// numberRows gives the rows that were inserted into a WITHOUT ROWID table their
// numbers, and finds their lives. A row that died and was born again keeps its
// number.
func (e *Engine) numberRows(tx *store.Tx, t *table, c *store.TableChanges) error {
	f := &e.flusher
	f.rids = kept(f.rids)
	for _, k := range c.InsertedKeys {
		cl, died, err := e.lifeOf(tx, t, k)
		if err != nil {
			return err
		}
		var rid int64
		if died != nil {
			rid = died.rid
		} else {
			t.lastNumber++
			rid = t.lastNumber
			q := tx.Query(t.numberAdd)
			q.Int(1, rid)
			q.Blob(2, k)
			if err := q.Run(); err != nil {
				return err
			}
		}
		f.rids = append(f.rids, rid)
		if cl != t.firstLife() {
			f.lives = append(f.lives, life{rid, cl})
		}
	}
	for i := range f.dead {
		if d := &f.dead[i]; !d.revived {
			q := tx.Query(t.numberTake)
			q.Int(1, d.rid)
			if err := q.Run(); err != nil {
				return err
			}
		}
	}
	f.born = append(f.born, runsOf(f.rids)...)
	f.sortLives()
	return nil
}

// lifeOf returns the causal length of a row that was inserted under k, and takes
// away what there is of its life before. died is that life, if it ended in this
// transaction.
func (e *Engine) lifeOf(tx *store.Tx, t *table, k []byte) (cl int64, died *death, err error) {
	if cl, died, err = e.lifeAfter(tx, t, k); err != nil {
		return 0, nil, err
	}
	return cl, died, t.endWaiting(tx, k, cl)
}

func (e *Engine) lifeAfter(tx *store.Tx, t *table, k []byte) (cl int64, died *death, err error) {
	if d := e.flusher.died(k); d != nil {
		d.revived = true
		return t.anotherLife(d.cl), d, nil
	}
	if t.tombs {
		d, ok, err := t.tombOf(tx, k)
		if err != nil {
			return 0, nil, err
		}
		if ok {
			return t.anotherLife(d.cl), nil, t.dropTomb(tx, k)
		}
	}
	if t.hidden {
		cl, ok, err := e.replaceHidden(tx, t, k)
		if err != nil {
			return 0, nil, err
		}
		if ok {
			return t.anotherLife(cl), nil, nil
		}
	}
	if t.parked {
		cl, ok, err := e.parkedLife(tx, t, k)
		if err != nil {
			return 0, nil, err
		}
		if ok {
			return t.anotherLife(cl), nil, nil
		}
	}
	return t.firstLife(), nil, nil
}

// parkedLife takes the row of a key away that is parked whole, because the table
// does not take it, and returns its causal length.
func (e *Engine) parkedLife(tx *store.Tx, t *table, k []byte) (cl int64, ok bool, err error) {
	p, err := parkedOf(tx, t.gid, k)
	if err != nil || p == nil || !p.whole || !p.alive() || e.reg.ahead(t.app, e.reg.sites.inner(p.stamp)) {
		return 0, false, err
	}
	return p.cl, true, forgetParked(tx, t.gid, k)
}

// firstLife is the causal length of a row whose key nothing is known of. Every
// tombstone of it that was collected, here or elsewhere, is shorter.
func (t *table) firstLife() int64 { return t.floor + 1 }

// anotherLife is the causal length of the life that a key begins after one of
// length cl, be it one that lived or the one that ended. It is that of a key of
// which nothing is known if that is more: a row that a migration made may be in
// a shorter life here than a tombstone that another device still has.
func (t *table) anotherLife(cl int64) int64 {
	next := cl + 1
	if cl%2 == 1 {
		next++
	}
	return max(next, t.firstLife())
}

// wornOut reports whether a life would begin that is longer than changesets can
// tell of: only a device that lies about lives gets a key there.
func (f *flusher) wornOut(t *table) bool {
	first := len(f.born) > 0 && t.firstLife() > maxLife
	return first || slices.ContainsFunc(f.lives, func(l life) bool { return l.cl > maxLife })
}

// probeTombs looks the tombstones up in the table, if they are few. Rows that
// were there before have none, so what it finds was inserted.
func (f *flusher) probeTombs(tx *store.Tx, t *table) (done bool, err error) {
	inserted := int64(0)
	for _, r := range f.born {
		inserted += r.hi - r.lo + 1
	}
	most := inserted / probeShare
	if most == 0 || t.purges {
		return false, nil
	}
	q := tx.Query(t.tombMany)
	q.Int(1, most+1)
	for q.Step() {
		from := len(f.keys)
		f.keys = append(f.keys, q.ColumnBytes(0)...)
		f.probes = append(f.probes, probe{from, len(f.keys), q.ColumnInt(1)})
	}
	if err := q.Err(); err != nil || int64(len(f.probes)) > most {
		return false, err
	}
	for _, p := range f.probes {
		k := f.keys[p.from:p.to]
		rid, ok, err := t.findRow(tx, k)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		f.lives = append(f.lives, life{rid, t.anotherLife(p.cl)})
		if err := t.dropTomb(tx, k); err != nil {
			return false, err
		}
	}
	f.sortLives()
	return true, nil
}

func (f *flusher) sortLives() {
	slices.SortFunc(f.lives, func(a, b life) int { return cmp.Compare(a.rid, b.rid) })
}

// place returns the rowid or number of the row with a key.
func (t *table) place(tx *store.Tx, k []byte) (rid int64, ok bool, err error) {
	if t.rowid {
		return t.findRow(tx, k)
	}
	q := tx.Query(t.numberOf)
	q.Blob(1, k)
	if ok = q.Step(); ok {
		rid = q.ColumnInt(0)
		q.Reset()
	}
	return rid, ok, q.Err()
}

// findRow returns the rowid of the row with a key.
func (t *table) findRow(tx *store.Tx, k []byte) (rid int64, ok bool, err error) {
	if t.integer {
		v, _, err := sqlvalue.Read(k)
		if err != nil || v.Tag != sqlvalue.Integer {
			return 0, false, err
		}
		q := tx.Query(t.rowExists)
		q.Int(1, v.Int)
		ok = q.Step()
		q.Reset()
		return v.Int, ok, q.Err()
	}
	q := tx.Query(t.rowByKey)
	if err := t.bindKey(q, k); err != nil {
		return 0, false, err
	}
	if ok = q.Step(); ok {
		rid = q.ColumnInt(0)
		q.Reset()
	}
	return rid, ok, q.Err()
}
