package store

import (
	"fmt"
	"maps"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// schema maps the type and name of an object to the text that made it.
type schema map[string]string

// object is a row of SQLite's schema table, names in lower case.
type object struct{ kind, name, table, text string }

// objects calls fn for every object of the database.
func (h handle) objects(fn func(object)) error {
	return h.rows("SELECT type, lower(name), lower(tbl_name), ifnull(sql, '') FROM sqlite_schema", nil, func(row []any) error {
		var s [4]string
		for i := range s {
			s[i], _ = row[i].(string)
		}
		fn(object{s[0], s[1], s[2], s[3]})
		return nil
	})
}

// othersSchema returns the objects that are not the extension's. SQLite's own
// tables, which come and go with AUTOINCREMENT, are left out.
func (m *migrator) othersSchema() (schema, error) {
	others := schema{}
	err := m.handle.objects(func(o object) {
		if !m.ownObject(o) && !schemaTable(o.name) {
			others[o.kind+" "+o.name] = o.text
		}
	})
	return others, err
}

func (m *migrator) ownObject(o object) bool {
	name := strings.TrimPrefix(o.name, "sqlite_autoindex_")
	return m.guard.owns(name) && m.guard.owns(o.table)
}

// audit makes sure, by what the schema says after the fact, that a migration
// has kept to its own names: RENAME TO never shows the authorizer the new
// name, and a foreign key may name a table of somebody else. It also checks
// foreign keys if they were off. At the end of a migration no table is left
// under its name for rebuilding.
func (m *migrator) audit() error {
	after, err := m.othersSchema()
	if err != nil {
		return err
	}
	if !maps.Equal(m.before, after) {
		return fault.New("db.denied", "A name does not begin with the app's prefix. "+reasonForeign)
	}
	return m.auditForeignKeys()
}

// auditForeignKeys refuses foreign keys that name a table of somebody else.
func (m *migrator) auditForeignKeys() error {
	foreign := false
	err := m.handle.rows(`SELECT lower(k."table") FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k
		WHERE t.type = 'table' AND lower(substr(t.name, 1, ?2)) IN (?1, ?3)`,
		[]any{m.guard.own, int64(len(m.guard.own)), (newTablePrefix + m.guard.own)[:len(m.guard.own)]}, func(row []any) error {
			parent, _ := row[0].(string)
			foreign = foreign || !m.guard.owns(parent)
			return nil
		})
	if err == nil && foreign {
		err = fault.New("db.denied", "A foreign key refers to a table that is not the app's own. "+reasonForeign)
	}
	return err
}

// finish checks what must hold at the end of a migration.
func (m *migrator) finish() error {
	left := ""
	err := m.handle.objects(func(o object) {
		if strings.HasPrefix(o.name, newTablePrefix+m.guard.own) {
			left = o.name
		}
	})
	if err != nil {
		return err
	}
	if left != "" {
		return fault.New("db.denied", fmt.Sprintf("The table %s was not renamed at the end.",
			strings.Replace(left, m.guard.own, "", 1)))
	}
	if !m.loose {
		return nil
	}
	broken := ""
	err = m.handle.rows("SELECT lower(\"table\") FROM pragma_foreign_key_check", nil, func(row []any) error {
		if name, _ := row[0].(string); m.guard.owns(name) {
			broken = name
		}
		return nil
	})
	if err == nil && broken != "" {
		err = fault.New("db.constraint", "The foreign keys of the table "+strings.TrimPrefix(broken, m.guard.own)+" are not satisfied at the end.").
			With("constraint", "foreign_key")
	}
	return err
}
