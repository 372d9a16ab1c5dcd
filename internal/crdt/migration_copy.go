package crdt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// old is the quoted name of the copy of t's rows as they were.
func (t *table) old() string { return fmt.Sprintf(`"alcove_crdt_old_%d"`, t.id) }

// copyRows keeps the rows of a table as they are before a statement changes
// them. The columns are named by their place among f's; they have no type, so
// that every value stays what it is.
func (m *migration) copyRows(f *follow) error {
	f.copied = true
	var names, from []string
	for i, c := range f.columns {
		if !c.gone {
			names, from = append(names, oldColumn(i)), append(from, quote(c.now))
			f.copies = append(f.copies, i)
		}
	}
	rid, order := f.was.rowidName, f.was.rowidName
	if !f.was.rowid {
		rid, order = "NULL", "1"
	}
	err := m.tx.Exec("CREATE TABLE " + f.t.old() + " (rid INTEGER PRIMARY KEY, " + strings.Join(names, ", ") + ")")
	if err != nil {
		return err
	}
	return m.tx.Exec("INSERT INTO " + f.t.old() + " (rid, " + strings.Join(names, ", ") + ") SELECT " +
		rid + ", " + strings.Join(from, ", ") + " FROM " + quote(f.name) + " ORDER BY " + order)
}

func oldColumn(i int) string { return fmt.Sprintf("c%d", i) }

func (m *migration) dropCopy(f *follow) error {
	if !f.copied {
		return nil
	}
	return m.tx.Exec("DROP TABLE " + f.t.old())
}

// copiedRow is a row as it was: its identity, if its clocks were c, and its
// values by the place of the column among f's.
func (m *migration) copiedRow(f *follow, at int64, c *clocks) (id []byte, values []sqlvalue.Value, err error) {
	names := make([]string, len(f.copies))
	for n, i := range f.copies {
		names[n] = oldColumn(i)
	}
	q := m.tx.Query("SELECT " + strings.Join(names, ", ") + " FROM " + f.t.old() + " WHERE rid = ?")
	q.Int(1, at)
	if !q.Step() {
		return nil, nil, errors.Join(errDamaged, q.Err())
	}
	values = make([]sqlvalue.Value, len(f.columns))
	for n, i := range f.copies {
		values[i] = cloneValue(columnValue(q, n))
	}
	q.Reset()
	for n, i := range f.was.key {
		id = sqlvalue.AppendKey(id, values[i], f.was.collations[n])
	}
	if f.was.auto {
		id = appendAutoKey(id, m.reg.sites.outer(c.birth))
	}
	return id, values, nil
}
