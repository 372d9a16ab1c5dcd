package crdt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// declared is a table as its definition has it.
type declared struct {
	name    string // full, as written
	columns []declaredColumn
	keys    int      // columns of the primary key
	colls   []string // their collations, in the key's order, if an index keeps them
	integer bool     // the key is the rowid
	without bool     // WITHOUT ROWID
	unnamed bool     // its columns take all names that the rowid has
}

// declaredColumn is a column that SQLite stores.
type declaredColumn struct {
	name     string
	declared string // type
	affinity string
	fallback string // DEFAULT as SQL, "NULL" if there is none
	key      int    // its place in the primary key, from 1
}

// declaration reads the definition of a table.
func declaration(tx *store.Tx, name string) (declared, error) {
	d := declared{name: name}
	declaredInteger, taken := false, 0
	q := tx.Query("SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid")
	q.Text(1, []byte(name))
	for q.Step() {
		c := declaredColumn{name: string(q.ColumnBytes(0)), fallback: "NULL", key: int(q.ColumnInt(3))}
		switch strings.ToLower(c.name) {
		case "rowid", "_rowid_", "oid":
			taken++
		}
		if q.ColumnInt(4) != 0 { // generated
			continue
		}
		kind := string(q.ColumnBytes(1))
		c.declared, c.affinity = kind, affinity(kind)
		if q.ColumnType(2) != store.Null {
			c.fallback = string(q.ColumnBytes(2))
		}
		if c.key > 0 {
			d.keys++
			declaredInteger = strings.EqualFold(kind, "INTEGER")
		}
		d.columns = append(d.columns, c)
	}
	if err := q.Err(); err != nil {
		return d, err
	}
	q = tx.Query(`SELECT x.coll FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x WHERE l.origin = 'pk' AND x.key ORDER BY x.seqno`)
	q.Text(1, []byte(name))
	for q.Step() {
		d.colls = append(d.colls, strings.ToUpper(string(q.ColumnBytes(0))))
	}
	if err := q.Err(); err != nil {
		return d, err
	}
	q = tx.Query("SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main' AND name = ?1 COLLATE NOCASE")
	q.Text(1, []byte(name))
	if q.Step() {
		d.without = q.ColumnInt(0) != 0
		q.Reset()
	}
	d.unnamed = taken == 3 && !d.without
	// It is the rowid unless an index keeps the key, as after DESC.
	d.integer = d.keys == 1 && declaredInteger && d.colls == nil
	return d, q.Err()
}

// affinity is what SQLite makes of a declared type.
func affinity(kind string) string {
	kind = strings.ToUpper(kind)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(kind, p) })
	}
	switch {
	case has("INT"):
		return "INTEGER"
	case has("CHAR", "CLOB", "TEXT"):
		return "TEXT"
	case has("BLOB") || kind == "":
		return "BLOB"
	case has("REAL", "FLOA", "DOUB"): //nolint:misspell // so SQLite looks for DOUBLE
		return "REAL"
	}
	return "NUMERIC"
}

// keyAffinities are those of the columns of the key, in the key's order.
func (d *declared) keyAffinities() []string {
	list := make([]string, d.keys)
	for _, c := range d.columns {
		if c.key > 0 {
			list[c.key-1] = c.affinity
		}
	}
	return list
}

// usable says why the rows of a table cannot be told apart on several devices,
// or that they can.
func (d *declared) usable(automatic bool) error {
	short := d.short()
	switch {
	case d.keys == 0:
		return fault.New("db.key_missing", fmt.Sprintf("The table %s has no PRIMARY KEY, so its rows cannot be told apart on two devices. "+
			"Give it one, best `id TEXT PRIMARY KEY NOT NULL` with a UUIDv7 for each new row, or let its name end in %s to keep it on this device.", short, spelling.LocalSuffix))
	case d.integer && !automatic:
		return fault.New("db.key_automatic", fmt.Sprintf("The table %s has an INTEGER PRIMARY KEY. SQLite numbers such rows by itself, and two devices would give one number to two rows. "+
			"Write `id TEXT PRIMARY KEY NOT NULL` and give each new row a UUIDv7, which also sorts by time; if the numbers mean something, write `INT PRIMARY KEY NOT NULL`; "+
			"or let the name end in %s to keep the table on this device.", short, spelling.LocalSuffix))
	case d.unnamed:
		return fault.New("db.key_missing", fmt.Sprintf("The table %s has columns named rowid, _rowid_ and oid. Rename one of them.", short))
	case len(d.columns) > maxColumns:
		return tooManyColumns(short)
	}
	return nil
}

// keyIsNull says that a row of a table has NULL in its key, or returns nil.
func (m *migration) keyIsNull(d *declared) (null, err error) {
	var list []string
	for _, c := range d.columns {
		if c.key > 0 {
			list = append(list, quote(c.name)+" IS NULL")
		}
	}
	_, found, err := oneInt(m.tx, "SELECT 1 FROM "+quote(d.name)+" WHERE "+strings.Join(list, " OR ")+" LIMIT 1")
	if found {
		null = fault.New("db.key_missing", fmt.Sprintf("A row of the table %s has NULL in its PRIMARY KEY, so other devices cannot know it. "+
			"Give every row a key, and write NOT NULL.", d.short()))
	}
	return null, err
}

// short is the name without the prefix.
func (d *declared) short() string { return d.name[len(appOf(d.name)):] }

// constantValue is the exact form of the default of a column, or nil if it is
// NULL or not the same for every row.
func (c *declaredColumn) constantValue(tx *store.Tx) (form []byte, constant bool, err error) {
	v, constant, err := constantDefault(tx, c.fallback)
	if err != nil || !constant || v.Tag == sqlvalue.Null {
		return nil, constant, err
	}
	return sqlvalue.Append(nil, conversionOf(c.declared).convert(v)), true, nil
}
