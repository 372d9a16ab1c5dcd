package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// schema maps the type and name of an object to the object.
type schema map[string]object

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
// tables, which come and go with AUTOINCREMENT, are left out, and so are the
// triggers of tracking on the extension's tables, which go with them.
func (m *migrator) othersSchema() (schema, error) {
	others := schema{}
	err := m.handle.objects(func(o object) {
		tracking := o.kind == "trigger" && isCaptureTrigger(o.name, "") && (m.guard.owns(o.table) || m.guard.may(ActionAlterDrop, o.table))
		if !m.ownObject(o) && !schemaTable(o.name) && !tracking {
			others[o.kind+" "+o.name] = o
		}
	})
	return others, err
}

func (m *migrator) ownObject(o object) bool {
	name := strings.TrimPrefix(o.name, autoIndexPrefix)
	return m.guard.owns(name) && m.guard.owns(o.table)
}

// audit makes sure, by what the schema says after the fact, that a migration
// has kept to its own names: RENAME TO never shows the authorizer the new
// name, and a foreign key may name a table of somebody else.
func (m *migrator) audit() error {
	after, err := m.othersSchema()
	if err != nil {
		return err
	}
	if !maps.Equal(m.before, after) {
		if !m.granted(after) {
			return fault.New("db.denied", "A name does not begin with the app's prefix. "+reasonForeign)
		}
		m.before = after
	}
	return m.auditForeignKeys()
}

// granted reports whether grants account for every difference between the
// objects of others before and after.
func (m *migrator) granted(after schema) bool {
	for key, o := range after {
		if old, was := m.before[key]; old != o && !m.grantedObject(o, !was) {
			return false
		}
	}
	for key, o := range m.before {
		if _, is := after[key]; !is && !m.grantedObject(o, false) {
			return false
		}
	}
	return true
}

// grantedObject judges an object of another extension that was made, or was
// changed or dropped.
func (m *migrator) grantedObject(o object, made bool) bool {
	g := m.guard
	switch {
	case o.kind == "table" && made:
		return g.may(ActionCreate, o.name)
	case o.kind == "table":
		return g.may(ActionAlterDrop, o.name)
	case o.kind == "index" && made:
		return g.may(ActionAlterDrop, o.table) || strings.HasPrefix(o.name, autoIndexPrefix) && g.may(ActionCreate, o.table)
	case o.kind == "view":
		// A column it shows was renamed; it is rewritten by SQLite.
		owner := ownerOf(o.name)
		return !made && owner != "" && slices.ContainsFunc(g.rights.Grants, func(r Grant) bool {
			return r.Action == ActionAlterDrop && !r.Deny && strings.HasPrefix(r.Target, owner[:66])
		})
	default:
		return !made && g.may(ActionAlterDrop, o.table)
	}
}

// auditForeignKeys refuses foreign keys that name a table of somebody else.
func (m *migrator) auditForeignKeys() error {
	foreign := false
	err := m.handle.rows(`SELECT lower(t.name), lower(k."table") FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k
		WHERE t.type = 'table' AND lower(substr(t.name, 1, ?2)) IN (?1, ?3)`,
		[]any{m.guard.own, int64(len(m.guard.own)), (newTablePrefix + m.guard.own)[:len(m.guard.own)]}, func(row []any) error {
			parent, _ := row[1].(string)
			foreign = foreign || !m.guard.owns(parent)
			return nil
		})
	if err == nil && !foreign && len(m.rights.Grants) > 0 {
		err = m.handle.references(func(child, parent string) {
			foreign = foreign || ownerOf(baseName(child)) != ownerOf(baseName(parent))
		})
	}
	if err == nil && foreign {
		err = fault.New("db.denied", "A foreign key refers to a table that is not the app's own. "+reasonForeign)
	}
	return err
}

// Bounds of what an extension defines. Every connection reads all definitions
// when it opens the vault, so without them one extension slows everything.
const (
	maxObjects = 1000
	maxSchema  = 512 << 10 // bytes of text
)

// finish checks what must hold at the end of a migration: no table is left under
// its name for rebuilding, what is defined is not too much, fits together and
// weighs little, and rows have their parents.
func (m *migrator) finish() error {
	left, count, size := "", 0, 0
	err := m.handle.objects(func(o object) {
		if m.ownObject(o) {
			count++
			size += len(o.text)
		}
		if strings.HasPrefix(o.name, newTablePrefix+m.guard.own) || strings.HasPrefix(o.name, newTablePrefix) && m.guard.may(ActionAlterDrop, o.name) {
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
	if count > maxObjects || size > maxSchema {
		return fault.New("quota.schema", fmt.Sprintf(
			"An app may have %d tables, indexes, views and triggers, defined in %d bytes together. This one would have %d, in %d bytes.",
			maxObjects, maxSchema, count, size))
	}
	if err := m.weigh(); err != nil {
		return err
	}
	if err := m.probe(); err != nil {
		return err
	}
	if err := m.probeForeignKeys(); err != nil {
		return err
	}
	return m.parentless()
}

// probe alters a table of its own and takes that back. SQLite then looks at all
// views and triggers there are, as it does whenever anybody alters a table: one
// that refers to what is not there would stop the host's next schema and every
// other extension's migrations.
func (m *migrator) probe() error {
	for _, text := range []string{
		"SAVEPOINT alcove_probe", "CREATE TABLE alcove_probe (a)", "ALTER TABLE alcove_probe RENAME COLUMN a TO b",
		"ROLLBACK TO alcove_probe", "RELEASE alcove_probe",
	} {
		if err := m.handle.exec(text); err != nil {
			e, ok := errors.AsType[*sqliteError](err)
			if !ok || e.code&0xff != sqlite3.SQLITE_ERROR {
				return err
			}
			return fault.Wrap("db.syntax", "At the end of the migration a view or trigger is broken: "+
				unprefixed(e.message, &m.rights)+". Drop it, or make what it refers to.", err)
		}
	}
	return nil
}

// probeForeignKeys compiles the check of all foreign keys, without running it.
// It fails where one refers to columns that are not unique, and would fail for
// everybody.
func (m *migrator) probeForeignKeys() error {
	st, _, err := m.handle.prepare("PRAGMA foreign_key_check", 0)
	if st != nil {
		st.finish()
	}
	if e, ok := errors.AsType[*sqliteError](err); ok && e.code&0xff == sqlite3.SQLITE_ERROR {
		return fault.Wrap("db.syntax", "At the end of the migration a foreign key is not right: "+unprefixed(e.message, &m.rights)+
			". It has to refer to a primary key or to unique columns.", err)
	}
	return err
}
