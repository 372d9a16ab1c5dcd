package store

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// portable is an extension's table as an export and an import see it.
type portable struct {
	full     string // name in the vault
	from     string // what its rows are read from
	plain    plain.Table
	computed []string // names of computed columns
}

// belongsTo reports whether the object is one that the extension made: what
// others put on its tables has another name.
func (o object) belongsTo(own string) bool {
	_, named := spelling.OwnTable(own, o.name)
	_, placed := spelling.OwnTable(own, o.table)
	return named && placed
}

// portableSchema reads what an extension has made, under short names. own is
// the prefix in lower case.
func (h handle) portableSchema(own string) (tables []portable, objects []plain.Object, err error) {
	err = h.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid", nil, func(row []any) error {
		var s [4]string
		for i := range s {
			s[i], _ = row[i].(string)
		}
		if !(object{name: s[1], table: s[2]}).belongsTo(own) {
			return nil
		}
		short, text := s[1][len(own):], shortened(s[3], own)
		if s[0] == "table" {
			tables = append(tables, portable{full: s[1], from: quoteName(s[1]) + " NOT INDEXED", plain: plain.Table{Name: short, SQL: text}})
		} else {
			objects = append(objects, plain.Object{Kind: s[0], Name: short, SQL: text})
		}
		return nil
	})
	for i := range tables {
		if err == nil {
			err = h.portableColumns(&tables[i])
		}
	}
	return tables, objects, err
}

func (h handle) portableColumns(t *portable) error {
	err := h.rows(`SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid`, []any{t.full}, func(row []any) error {
		name, _ := row[0].(string)
		if row[5] != int64(0) {
			t.computed = append(t.computed, name)
			return nil
		}
		kind, _ := row[1].(string)
		value, _ := row[3].(string)
		place, _ := row[4].(int64)
		t.plain.Columns = append(t.plain.Columns, plain.Column{
			Name: name, Type: kind, NotNull: row[2] == int64(1), Default: value, PrimaryKey: int(place),
		})
		return nil
	})
	if err != nil {
		return err
	}
	sequences := false
	err = h.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'", nil, func([]any) error {
		sequences = true
		return nil
	})
	if err != nil || !sequences {
		return err
	}
	return h.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", []any{t.full}, func(row []any) error {
		t.plain.Sequence, _ = row[0].(int64)
		return nil
	})
}

// columnList is the quoted names of columns, with commas.
func columnList(columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quoteName(c)
	}
	return strings.Join(quoted, ", ")
}

func (t portable) columnNames() []string {
	names := make([]string, len(t.plain.Columns))
	for i, c := range t.plain.Columns {
		names[i] = c.Name
	}
	return names
}
