package crdt

import (
	"cmp"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// What was put back, as capturing it would have told.

func (p *putTable) deleted(s *step) {
	d := store.DeletedRow{Rowid: s.rid, Key: p.key(s)}
	for _, v := range s.was {
		d.Old = sqlvalue.Append(d.Old, v)
	}
	p.changes.Deleted = append(p.changes.Deleted, d)
}

func (p *putTable) updated(s *step) {
	u := store.UpdatedRow{Rowid: s.rid, Key: p.key(s), Set: uint64(s.set)}
	for i, c := range p.t.columns { // by rising bit
		if s.set.has(c.bit) {
			u.Old = sqlvalue.Append(u.Old, s.was[i])
		}
	}
	p.changes.Updated = append(p.changes.Updated, u)
}

func (p *putTable) inserted(tx *store.Tx, s *step) {
	if !p.t.rowid {
		p.changes.InsertedKeys = append(p.changes.InsertedKeys, s.id)
		return
	}
	rid := tx.LastInsertID()
	p.changes.Inserted = append(p.changes.Inserted, store.Run{Lo: rid, Hi: rid})
}

// joinedRuns puts runs in order and makes one of those that touch.
func joinedRuns(list []store.Run) []store.Run {
	slices.SortFunc(list, func(a, b store.Run) int { return cmp.Compare(a.Lo, b.Lo) })
	n := 0
	for i, r := range list {
		if i > 0 && list[n-1].Hi+1 == r.Lo {
			list[n-1].Hi = r.Hi
			continue
		}
		list[n] = r
		n++
	}
	return list[:n]
}

// key is the key form, without a birth.
func (p *putTable) key(s *step) (k []byte) {
	for n, i := range p.t.key {
		k = sqlvalue.AppendKey(k, s.was[i], p.t.collations[n])
	}
	return k
}
