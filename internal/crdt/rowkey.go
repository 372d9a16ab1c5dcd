package crdt

import (
	"encoding/binary"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// autoKeySize is what the birth adds to the key of a row whose integer key was
// made by SQLite: h, site and m.
const autoKeySize = 8 + 16 + 4

// appendAutoKey appends the birth, which tells rows apart that were born on
// several devices under one integer.
func appendAutoKey(dst []byte, birth Stamp) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(birth.H))
	dst = append(dst, birth.Site[:]...)
	return binary.BigEndian.AppendUint32(dst, birth.M)
}

// columnValue is the value of a column of the row that q is at. Its bytes are
// valid until the next step.
func columnValue(q *store.Query, i int) sqlvalue.Value {
	switch q.ColumnType(i) {
	case store.Integer:
		return sqlvalue.Value{Tag: sqlvalue.Integer, Int: q.ColumnInt(i)}
	case store.Float:
		return sqlvalue.Value{Tag: sqlvalue.Float, Float: q.ColumnFloat(i)}
	case store.Text:
		return sqlvalue.Value{Tag: sqlvalue.Text, Data: q.ColumnBytes(i)}
	case store.Blob:
		return sqlvalue.Value{Tag: sqlvalue.Blob, Data: q.ColumnBytes(i)}
	}
	return sqlvalue.Value{}
}

// bindValue binds v to parameter i.
func bindValue(q *store.Query, i int, v sqlvalue.Value) {
	switch v.Tag {
	case sqlvalue.Integer:
		q.Int(i, v.Int)
	case sqlvalue.Float:
		q.Float(i, v.Float)
	case sqlvalue.Text:
		q.Text(i, v.Data)
	case sqlvalue.Blob:
		q.Blob(i, v.Data)
	default:
		q.Null(i)
	}
}

// bindKey binds the columns of a key form to the parameters from 1 on. For the
// tables' own columns the key form is as good as the value: it is equal to it.
func (t *table) bindKey(q *store.Query, k []byte) error {
	for n := range t.key {
		v, rest, err := sqlvalue.Read(k)
		if err != nil {
			return err
		}
		bindValue(q, n+1, v)
		k = rest
	}
	return nil
}

// appendRowKey appends the key form of the row that q is at, whose key columns
// begin at column from. For an automatic key the birth has to follow.
func (t *table) appendRowKey(dst []byte, q *store.Query, from int) []byte {
	for n := range t.key {
		dst = sqlvalue.AppendKey(dst, columnValue(q, from+n), t.collations[n])
	}
	return dst
}
