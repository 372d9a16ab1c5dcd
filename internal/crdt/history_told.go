package crdt

import (
	"cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// account writes the clocks of what was written to the tables, and lets hidden
// rows come back.
func (w *putBack) account(before map[danglingRow]int) error {
	var all store.Changes
	for _, p := range w.tables {
		if c := p.told(); len(c.Inserted)+len(c.InsertedKeys)+len(c.Updated)+len(c.Deleted) > 0 {
			all.Tables = append(all.Tables, c)
		}
	}
	if len(all.Tables) == 0 {
		return nil
	}
	err := w.e.Flush(w.tx, &all)
	if fault.Code(err) != "db.constraint" {
		return err
	}
	// See refuseOrphans.
	return cmp.Or(w.checkForeign(before), w.refuse(), err)
}

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
	p.made = append(p.made, tx.LastInsertID())
}

// told is all that happened to the table.
func (p *putTable) told() store.TableChanges {
	c := p.changes
	c.ID = p.t.id
	for _, r := range runsOf(p.made) {
		c.Inserted = append(c.Inserted, store.Run{Lo: r.lo, Hi: r.hi})
	}
	return c
}

// key is the key form, without a birth.
func (p *putTable) key(s *step) (k []byte) {
	for n, i := range p.t.key {
		k = sqlvalue.AppendKey(k, s.was[i], p.t.collations[n])
	}
	return k
}
