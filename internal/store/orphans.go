package store

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// references calls fn for every foreign key of the database, with the names of
// the table that has it and of the one it refers to in lower case.
func (h handle) references(fn func(child, parent string)) error {
	return h.rows(`SELECT lower(t.name), lower(k."table") FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'`,
		nil, func(row []any) error {
			child, _ := row[0].(string)
			parent, _ := row[1].(string)
			fn(child, parent)
			return nil
		})
}

// orphaned returns a table with a row that has no parent, of those that have a
// foreign key for which of is true; "" if there is none.
func (h handle) orphaned(of func(child, parent string) bool) (found string, err error) {
	var tables []string
	err = h.references(func(child, parent string) {
		if !slices.Contains(tables, child) && of(child, parent) {
			tables = append(tables, child)
		}
	})
	for _, table := range tables {
		if err != nil || found != "" {
			break
		}
		err = h.rows("SELECT 1 FROM pragma_foreign_key_check(?) LIMIT 1", []any{table}, func([]any) error {
			found = table
			return nil
		})
	}
	return found, err
}

// noteWritten notes the tables whose rows the statement text has written, or
// which it dropped. A table that is renamed takes its rows along.
func (m *migrator) noteWritten(text string) {
	for _, w := range m.guard.written {
		m.wrote[w.Table] = true
	}
	if m.wrote[m.guard.altered] {
		if to := traitsOf(text, m.guard.own).renamesTo; to != "" {
			m.wrote[to] = true
		}
	}
}

// parentless fails if a row has no parent at the end of a step.
//
// Where foreign keys were off, nobody has looked. Where they were on, SQLite did,
// but not at everything: it counts one violation too few where a row refers to
// itself (see ownParent), and leaves out a new row's parent where REPLACE can set
// the same key to NULL in other rows. A row that is left so would be seen here and
// hidden on every other device, and while a migration runs no change is captured
// that could tell. So the tables are looked at whose rows the step wrote, and
// those that refer to a table which it wrote or dropped: another row cannot have
// lost its parent in it. What an older version of the app left elsewhere does not
// count, as it would keep every newer one away. Tables that stay on their device
// are spared, for nobody hides their rows.
func (m *migrator) parentless() error {
	if !m.loose && len(m.wrote) == 0 {
		return nil
	}
	broken, err := m.handle.orphaned(func(child, parent string) bool {
		looked := m.loose || (m.wrote[child] || m.wrote[parent]) && !spelling.StaysHere(child)
		return looked && (m.guard.owns(child) || m.rights.mentions(child))
	})
	if err == nil && broken != "" {
		err = fault.New("db.constraint", "The foreign keys of the table "+strings.TrimPrefix(broken, m.guard.own)+" are not satisfied at the end.").
			With("constraint", "foreign_key")
	}
	return err
}
