package crdt

import (
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// SQLite lets rows without a parent through when REPLACE or ON CONFLICT DO
// UPDATE writes to a table that refers to itself with SET NULL: it takes the
// statement for the SET NULL itself (isSetNullAction in its fkey.c). Every other
// device would hide such a row, so here the transaction is refused, as SQLite
// should have.

// refuseOrphans looks for such rows among those that a transaction wrote.
func (t *table) refuseOrphans(tx *store.Tx, c *store.TableChanges) error {
	for i := range t.parents {
		f := &t.parents[i]
		if !f.loose || f.parent != strings.ToLower(t.name) {
			continue
		}
		text := t.orphanText(f)
		if !t.rowid {
			for _, k := range c.InsertedKeys {
				if err := t.refuseOrphan(tx, text, k); err != nil {
					return err
				}
			}
			for j := range c.Updated {
				if err := t.refuseOrphan(tx, text, c.Updated[j].Key); err != nil {
					return err
				}
			}
			continue
		}
		stretch := func(lo, hi int64) error {
			q := tx.Query(text)
			q.Int(1, lo)
			q.Int(2, hi)
			return orphanFound(q)
		}
		for _, r := range c.Inserted {
			if err := stretch(r.Lo, r.Hi); err != nil {
				return err
			}
		}
		for j := range c.Updated {
			if err := stretch(c.Updated[j].Rowid, c.Updated[j].Rowid); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *table) refuseOrphan(tx *store.Tx, text string, k []byte) error {
	q := tx.Query(text)
	if err := t.bindKey(q, k); err != nil {
		return err
	}
	return orphanFound(q)
}

func orphanFound(q *store.Query) error {
	if !q.Step() {
		return q.Err()
	}
	q.Reset()
	return fault.New("db.constraint", "The data does not fit the table: FOREIGN KEY constraint failed.")
}

// orphanText asks for rows of a stretch of rowids, or of one key, whose parent
// in the same table is not there. The values are compared as the parent's
// columns do it.
func (t *table) orphanText(f *foreignKey) string {
	var there, null []string
	for n, i := range f.child {
		c := quote(t.columns[i].name)
		parent := t.key[min(n, len(t.key)-1)]
		name := t.columns[parent].name
		if len(f.parentCols) > 0 {
			name = f.parentCols[n]
		}
		there = append(there, "p."+quote(name)+" = +c."+c)
		null = append(null, "c."+c+" IS NOT NULL")
	}
	at := fmt.Sprintf("c.%s BETWEEN ?1 AND ?2", t.rowidName)
	if !t.rowid {
		at = t.hasKey("c.", 1)
	}
	return fmt.Sprintf("SELECT 1 FROM %s c WHERE %s AND %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s)",
		quote(t.name), at, strings.Join(null, " AND "), quote(t.name), strings.Join(there, " AND "))
}
