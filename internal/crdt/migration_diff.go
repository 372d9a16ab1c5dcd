package crdt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// movedRow is a row that was there before and after, under two rowids.
type movedRow struct{ now, was int64 }

// touchedRow is a row that was there before and after and is not the same.
type touchedRow struct {
	rid     int64
	copy    int64   // its rowid in the copy
	changed columns // that were there before
	filled  columns // that are new and do not hold their default
}

// compare finds, by the key, what the migration did to the rows of a table, and
// gives stamps to it.
func (m *migration) compare(c *carried) error {
	if !c.f.copied && !c.rebuilt {
		return m.fillDefaults(c)
	}
	if !c.f.copied { // dropped, and it had no rows to copy
		return errors.New("a table was dropped unseen")
	}
	var moved []movedRow
	var touched []touchedRow
	if err := m.survivors(c, func(row touchedRow, now int64) {
		if now != row.rid {
			moved = append(moved, movedRow{now, row.rid})
		}
		if row.changed|row.filled != 0 {
			touched = append(touched, row)
		}
	}); err != nil {
		return err
	}
	made, err := m.newcomers(c, moved)
	if err != nil {
		return err
	}
	at := slices.Clone(made)
	if made, err = m.returnRowids(c, moved, made); err != nil {
		return err
	}
	spared, err := m.bury(c)
	if err != nil {
		return err
	}
	if err := m.fillDefaults(c); err != nil {
		return err
	}
	if err := m.restamp(c, touched); err != nil {
		return err
	}
	var fresh, twins []int64
	for i, rid := range made {
		// Its key was changed, and it had been by another device before.
		if c.t.rowid && spared[at[i]] {
			twins = append(twins, rid)
		} else {
			fresh = append(fresh, rid)
		}
	}
	if err := m.unmake(c, twins); err != nil {
		return err
	}
	return m.deliver(c, fresh)
}

// survivors calls fn for the rows that were there before and after and differ,
// in values or in their rowid. For a WITHOUT ROWID table both are its number.
func (m *migration) survivors(c *carried, fn func(row touchedRow, now int64)) error {
	changed, filled := c.difference()
	now := "n." + c.t.rowidName
	if !c.t.rowid {
		now = "o.rid"
	}
	q := m.tx.Query("SELECT o.rid, " + now + ", " + changed + ", " + filled + c.numberColumns() +
		" FROM " + c.t.old() + " o CROSS JOIN " + quote(c.t.name) + " n ON " + c.sameRow() +
		" WHERE " + now + " <> o.rid OR " + changed + " <> 0 OR " + filled + " <> 0")
	var k []byte
	for q.Step() {
		row := touchedRow{q.ColumnInt(0), q.ColumnInt(0), columns(q.ColumnInt(2)), columns(q.ColumnInt(3))}
		at := q.ColumnInt(1)
		if !c.t.rowid {
			k = c.t.appendRowKey(k[:0], q, 4)
			n, err := c.t.numberOfKey(m.tx, k)
			if err != nil {
				q.Reset()
				return err
			}
			row.rid, at = n, n
		}
		fn(row, at)
	}
	return q.Err()
}

// numberColumns are the columns of the key, of which a WITHOUT ROWID table's
// rows are numbered, as more columns of a SELECT.
func (c *carried) numberColumns() string {
	if c.t.rowid {
		return ""
	}
	return ", " + c.t.keyList("n.")
}

// sameRow is the SQL condition that the row n of the table and the row o of the
// copy have one key. The table's column comes first: its collation counts.
func (c *carried) sameRow() string {
	list := make([]string, len(c.t.key))
	for n, i := range c.t.key {
		list[n] = "n." + quote(c.t.columns[i].name) + " = o." + oldColumn(c.f.was.key[n])
	}
	return strings.Join(list, " AND ")
}

// difference is two SQL expressions for sets of columns: those that were there
// before and have another value or type, and those that are new and do not hold
// their default.
func (c *carried) difference() (changed, filled string) {
	changed, filled = "0", "0"
	for _, k := range c.kept {
		name, old := "n."+quote(k.name), "o."+oldColumn(k.old)
		changed += fmt.Sprintf(" | ((%s COLLATE BINARY IS NOT %s OR typeof(%s) <> typeof(%s)) << %d)", old, name, old, name, k.bit)
	}
	for _, a := range c.added {
		if a.constant {
			filled += fmt.Sprintf(" | ((n.%s COLLATE BINARY IS NOT %s) << %d)", quote(a.name), a.fallback, a.bit)
		} else {
			filled += fmt.Sprintf(" | (1 << %d)", a.bit)
		}
	}
	return "(" + changed + ")", "(" + filled + ")"
}

// newcomers are the rows that were not there before, in order. Those of a
// WITHOUT ROWID table get numbers.
func (m *migration) newcomers(c *carried, moved []movedRow) (made []int64, err error) {
	if !c.t.rowid {
		return m.newNumbers(c)
	}
	came := make(map[int64]bool, len(moved))
	for _, p := range moved {
		came[p.now] = true
	}
	rid := "n." + c.t.rowidName
	q := m.tx.Query("SELECT " + rid + " FROM " + quote(c.t.name) + " n WHERE NOT EXISTS (SELECT 1 FROM " + c.t.old() +
		" o WHERE o.rid = " + rid + " AND " + c.sameRow() + ") ORDER BY " + rid)
	for q.Step() {
		if r := q.ColumnInt(0); !came[r] {
			made = append(made, r)
		}
	}
	return made, q.Err()
}

func (m *migration) newNumbers(c *carried) (made []int64, err error) {
	e, err := c.t.edgeOf(m.tx)
	if err != nil {
		return nil, err
	}
	q := m.tx.Query("SELECT " + c.t.keyList("n.") + " FROM " + quote(c.t.name) + " n")
	var k []byte
	for q.Step() {
		k = c.t.appendRowKey(k[:0], q, 0)
		add := m.tx.Query(c.t.numberAdd + " ON CONFLICT DO NOTHING")
		add.Int(1, e.lastNumber+1)
		add.Blob(2, k)
		if err := add.Run(); err != nil {
			q.Reset()
			return nil, err
		}
		if m.tx.Changes() > 0 {
			e.lastNumber++
			made = append(made, e.lastNumber)
		}
	}
	return made, q.Err()
}

// numberOfKey is the number of a row of a WITHOUT ROWID table.
func (t *table) numberOfKey(tx *store.Tx, k []byte) (int64, error) {
	q := tx.Query(t.numberOf)
	q.Blob(1, k)
	if !q.Step() {
		return 0, errors.Join(errDamaged, q.Err())
	}
	n := q.ColumnInt(0)
	q.Reset()
	return n, q.Err()
}
