package crdt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// loadShape reads from SQLite what the table is like, and makes the texts of
// the statements for it. The registry's columns are there already.
func (t *table) loadShape(tx *store.Tx) error {
	t.keyed, t.layout = keyed{}, 0
	slices.SortFunc(t.columns, func(a, b column) int { return cmp.Compare(a.bit, b.bit) })
	q := tx.Query("SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main' AND name = ?1 COLLATE NOCASE")
	q.Text(1, []byte(t.name))
	if !q.Step() {
		if err := q.Err(); err != nil {
			return err
		}
		return fmt.Errorf("%w: it is not there", errDamaged)
	}
	t.rowid = q.ColumnInt(0) == 0
	q.Reset()
	if err := t.loadKey(tx); err != nil {
		return err
	}
	if err := t.loadIndexes(tx); err != nil {
		return err
	}
	if err := t.loadParents(tx); err != nil {
		return err
	}
	t.nullable = t.nullable && t.rowid && !t.integer
	t.makeTexts()
	return nil
}

// loadKey reads the columns of the primary key.
func (t *table) loadKey(tx *store.Tx) error {
	type part struct{ order, column int }
	var parts []part
	integer, alias := false, map[string]bool{}
	q := tx.Query(`SELECT name, type, pk, hidden, "notnull" FROM pragma_table_xinfo(?)`)
	q.Text(1, []byte(t.name))
	for q.Step() {
		name := string(q.ColumnBytes(0))
		alias[strings.ToLower(name)] = true
		if q.ColumnInt(3) != 0 {
			continue
		}
		i := t.columnNamed(name)
		if i < 0 {
			return fmt.Errorf("%w: column %s is not registered", errDamaged, name)
		}
		t.all |= 1 << t.columns[i].bit
		if pk := q.ColumnInt(2); pk > 0 {
			parts = append(parts, part{int(pk), i})
			t.nullable = t.nullable || q.ColumnInt(4) == 0
			integer = strings.EqualFold(string(q.ColumnBytes(1)), "INTEGER")
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	if t.all.count() != len(t.columns) {
		return fmt.Errorf("%w: a registered column is not there", errDamaged)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.order, b.order) })
	for _, p := range parts {
		t.key = append(t.key, p.column)
		t.collations = append(t.collations, sqlvalue.Binary)
		t.keySet |= 1 << t.columns[p.column].bit
	}
	t.integer = t.rowid && integer && len(parts) == 1
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if !alias[name] {
			t.rowidName = name
			break
		}
	}
	return nil
}

// columnNamed returns the index of a column, or -1.
func (t *table) columnNamed(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
}

// columnOf returns the index of the column with a bit, or -1.
func (t *table) columnOf(bit int) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.bit == bit })
}

// loadIndexes reads the indexes that are unique: the key's collations from the
// one that keeps it, and the others.
func (t *table) loadIndexes(tx *store.Tx) error {
	type index struct{ name, origin, sql string }
	var list []index
	q := tx.Query(`SELECT l.name, l.origin, s.sql FROM pragma_index_list(?) l
		LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name WHERE l."unique" ORDER BY l.name`)
	q.Text(1, []byte(t.name))
	for q.Step() {
		list = append(list, index{string(q.ColumnBytes(0)), string(q.ColumnBytes(1)), string(q.ColumnBytes(2))})
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, i := range list {
		u, err := t.loadIndex(tx, i.name, i.sql)
		if err != nil {
			return err
		}
		if i.origin != "pk" {
			t.uniques = append(t.uniques, u)
			continue
		}
		t.integer = false // or it would need no index
		for n := range t.collations {
			t.collations[n] = collation(u.colls[n])
		}
	}
	return nil
}

func (t *table) loadIndex(tx *store.Tx, name, sql string) (uniqueIndex, error) {
	u := uniqueIndex{name: name}
	var text indexText
	if sql != "" {
		var err error
		if text, err = splitIndex(sql); err != nil {
			return u, fmt.Errorf("index %s: %w", name, err)
		}
		u.where = text.where
	}
	q := tx.Query("SELECT seqno, cid, name, coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")
	q.Text(1, []byte(name))
	for q.Step() {
		u.colls = append(u.colls, string(q.ColumnBytes(3)))
		if q.ColumnInt(1) < 0 {
			n := int(q.ColumnInt(0))
			if n >= len(text.terms) {
				return u, errDamaged
			}
			u.terms, u.set = append(u.terms, text.terms[n]), t.all
			continue
		}
		column := string(q.ColumnBytes(2))
		u.terms = append(u.terms, quote(column))
		if i := t.columnNamed(column); i >= 0 {
			u.set |= 1 << t.columns[i].bit
		} else {
			u.set = t.all // a generated column
		}
	}
	if u.where != "" {
		u.set = t.all
	}
	return u, q.Err()
}

func (t *table) loadParents(tx *store.Tx) error {
	q := tx.Query(`SELECT id, "table", "from", "to", 'SET NULL' IN (on_delete, on_update) FROM pragma_foreign_key_list(?) ORDER BY id, seq`)
	q.Text(1, []byte(t.name))
	last := int64(-1)
	for q.Step() {
		if id := q.ColumnInt(0); id != last {
			t.parents = append(t.parents, foreignKey{parent: strings.ToLower(string(q.ColumnBytes(1))), loose: q.ColumnInt(4) != 0})
			last = id
		}
		f := &t.parents[len(t.parents)-1]
		i := t.columnNamed(string(q.ColumnBytes(2)))
		if i < 0 {
			return fmt.Errorf("%w: a foreign key of a column that is not registered", errDamaged)
		}
		f.child = append(f.child, i)
		if q.ColumnType(3) != store.Null {
			f.parentCols = append(f.parentCols, string(q.ColumnBytes(3)))
		}
	}
	return q.Err()
}

// collation is the one that SQLite calls name.
func collation(name string) sqlvalue.Collation {
	switch strings.ToUpper(name) {
	case "NOCASE":
		return sqlvalue.NoCase
	case "RTRIM":
		return sqlvalue.RTrim
	}
	return sqlvalue.Binary
}

// collationName is the name SQLite has for c.
func collationName(c sqlvalue.Collation) string {
	switch c {
	case sqlvalue.NoCase:
		return "NOCASE"
	case sqlvalue.RTrim:
		return "RTRIM"
	}
	return "BINARY"
}

// quote makes name an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
