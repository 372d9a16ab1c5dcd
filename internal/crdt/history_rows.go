package crdt

import (
	"math"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// presentRow is a row that the table has now. Its memory is used again for the
// next one.
type presentRow struct {
	rid int64 // or its number, in a table that has no rowids
	id  []byte
	clocks
	q    *store.Query // is at it
	from int          // the first column of the row
}

// value is column i.
func (r *presentRow) value(i int) sqlvalue.Value { return columnValue(r.q, r.from+i) }

// values are the row's columns, of which there are count.
func (r *presentRow) values(count int) (list []sqlvalue.Value) {
	for i := range count {
		list = append(list, cloneValue(r.value(i)))
	}
	return list
}

// eachRow calls fn for every row of a table.
func (t *table) eachRow(tx *store.Tx, s *sites, fn func(*presentRow) error) error {
	q := tx.Query(t.rowsOf)
	q.Int(1, math.MinInt64)
	q.Int(2, math.MaxInt64)
	defer q.Reset()
	var at span
	var r presentRow
	for q.Step() {
		if err := t.present(tx, s, q, &r, &at); err != nil {
			return err
		}
		err := fn(&r)
		if r.q != q {
			r.q.Reset()
		}
		if err != nil {
			return err
		}
	}
	return q.Err()
}

// present reads the row that a query of rowsOf is at.
func (t *table) present(tx *store.Tx, s *sites, q *store.Query, r *presentRow, at *span) (err error) {
	r.clocks = clocks{entries: r.entries[:0]}
	r.rid, r.q, r.from = q.ColumnInt(0), q, 2
	if q.ColumnType(1) != store.Null {
		if err := readClocks(q.ColumnBytes(1), &r.clocks); err != nil {
			return err
		}
	}
	if !r.born() {
		if r.birth, err = t.birthIn(tx, r.rid, at); err != nil {
			return err
		}
	}
	if t.rowid {
		r.id = r.id[:0]
		for n, i := range t.key {
			r.id = sqlvalue.AppendKey(r.id, r.value(i), t.collations[n])
		}
		if t.auto {
			r.id = appendAutoKey(r.id, s.outer(r.birth))
		}
		return nil
	}
	r.id = append(r.id[:0], q.ColumnBytes(2)...)
	row := tx.Query(t.rowOfKey)
	if err := t.bindKey(row, r.id); err != nil {
		return err
	}
	if !row.Step() {
		if err := row.Err(); err != nil {
			return err
		}
		return errDamaged
	}
	r.q, r.from = row, 0
	return nil
}

// eachHidden calls fn for every row of a table that is hidden.
func (t *table) eachHidden(tx *store.Tx, fn func(*presentRow) error) error {
	if !t.hides {
		return nil
	}
	q := tx.Query(t.hiddenRows)
	defer q.Reset()
	var r presentRow
	for q.Step() {
		r.clocks = clocks{entries: r.entries[:0]}
		r.rid, r.id, r.q, r.from = q.ColumnInt(0), append(r.id[:0], q.ColumnBytes(1)...), q, 3
		if err := readClocks(q.ColumnBytes(2), &r.clocks); err != nil {
			return err
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return q.Err()
}
