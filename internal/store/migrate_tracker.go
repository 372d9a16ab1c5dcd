package store

import (
	"slices"
	"strings"
)

// MigrationStep is one migration that is about to run.
type MigrationStep struct {
	App       string   // table prefix
	Extension int64    // number of the extension
	Name      string   // as the app calls it
	Hash      [32]byte // of the text as the package holds it
	Ordinal   int      // its number, from 1, among all that the app has run
	MigrateOptions
}

// MigrateOptions say what a migration may do.
type MigrateOptions struct {
	// Development: the app is being worked on, its tables are not tracked.
	Development bool
	// AutomaticIntegerKeys: a tracked table may have an INTEGER PRIMARY KEY,
	// whose values two devices give to different rows. For apps of the dialect
	// haex.
	AutomaticIntegerKeys bool
	// Limits bound what the extension keeps and how many of its calls write; the
	// zero value bounds neither.
	Limits Limits
}

// MigrationTracker follows one migration and accounts for what it changes. Its
// own statements run with the host's rights. An error ends the migration.
type MigrationTracker interface {
	// Before is called before a statement that writes rows of tables, by itself,
	// by a trigger or by a foreign key, or drops them. They are in the order of
	// their names.
	Before(writes []TableWrite) error
	// Altering is called before a statement that alters a table.
	Altering(table string) error
	// After is called when a statement has changed the schema.
	After(changes []SchemaChange) error
	// End is called when the migration has done all it does, in the same
	// transaction.
	End() error
}

// TableWrite is what a statement may do to the rows of a table, by itself, by a
// trigger or by a foreign key.
type TableWrite struct {
	Table   string   // full name, in lower case
	Inserts bool     // rows may be added
	Updates []string // columns that may get other values, in lower case, in no order
}

// SchemaChange is what a statement did to a table. Names are in full, as
// written.
type SchemaChange struct {
	Kind   SchemaChangeKind
	Table  string // as it was called before
	Column string // as it was called before; "" if the change is of the table
	To     string // new name; "" if nothing was renamed
}

// SchemaChangeKind is the kind of a SchemaChange.
type SchemaChangeKind int

// The kinds of changes of a schema.
const (
	TableMade SchemaChangeKind = iota + 1
	TableDropped
	TableRenamed
	ColumnAdded
	ColumnDropped
	ColumnRenamed
	IndexesChanged // one was made or dropped by itself
)

// following is what a migrator does for the tracker.
type following struct {
	tracker MigrationTracker
	tables  map[string]string // by lower-case name: the name as it is written
	columns []string          // of the table that the statement alters
}

// follow tells the tracker that a migration begins.
func (m *migrator) follow(step Migration, ordinal int) error {
	m.following = following{}
	if m.store.track == nil {
		return nil
	}
	tracker, err := m.store.track(m.tx(), MigrationStep{
		App: m.rights.Own, Extension: m.ext, Name: step.Name, Hash: step.Hash, Ordinal: ordinal, MigrateOptions: m.options,
	})
	if err != nil || tracker == nil {
		return err
	}
	m.tracker = tracker
	if m.tables, err = m.tableNames(); err != nil {
		return err
	}
	return m.look()
}

func (m *migrator) tx() *Tx { return &Tx{m.conn, m.ctx} }

// look notes the objects of others once more, after the tracker changed its own.
func (m *migrator) look() (err error) {
	m.before, err = m.othersSchema()
	return err
}

// ahead tells the tracker what the compiled statement is going to do. What the
// tracker does may change the schema; SQLite then compiles the statement again.
func (m *migrator) ahead() (err error) {
	if m.tracker == nil {
		return nil
	}
	altered, written := m.guard.altered, m.guard.written
	if altered == "" && len(written) == 0 {
		return nil
	}
	if altered != "" {
		if m.columns, err = m.columnNames(altered); err != nil {
			return err
		}
		if err := m.tracker.Altering(altered); err != nil {
			return err
		}
	}
	if len(written) > 0 {
		slices.SortFunc(written, func(a, b TableWrite) int { return strings.Compare(a.Table, b.Table) })
		if err := m.tracker.Before(written); err != nil {
			return err
		}
	}
	return m.look()
}

// behind tells the tracker what the statement has done to the schema.
func (m *migrator) behind() error {
	if m.tracker == nil || !m.guard.defines {
		return nil
	}
	tables, err := m.tableNames()
	if err != nil {
		return err
	}
	var changes []SchemaChange
	switch written := tables[m.guard.indexed]; {
	case m.guard.altered != "":
		changes, err = m.alteration(tables)
	case written != "":
		changes = []SchemaChange{{Kind: IndexesChanged, Table: written}}
	default:
		changes = tableChanges(m.tables, tables)
	}
	m.tables = tables
	if err != nil || len(changes) == 0 {
		return err
	}
	return m.tracker.After(changes)
}

// tableChanges compares the tables before and after a statement that made or
// dropped some.
func tableChanges(before, after map[string]string) (changes []SchemaChange) {
	for name, written := range before {
		if _, still := after[name]; !still {
			changes = append(changes, SchemaChange{Kind: TableDropped, Table: written})
		}
	}
	for name, written := range after {
		if _, was := before[name]; !was {
			changes = append(changes, SchemaChange{Kind: TableMade, Table: written})
		}
	}
	return changes
}

// alteration finds what ALTER TABLE has done. SQLite tells only which table it
// was; each form changes one name, or adds the last column, or drops one.
func (m *migrator) alteration(after map[string]string) ([]SchemaChange, error) {
	altered := m.guard.altered
	written := m.tables[altered]
	if _, still := after[altered]; !still {
		for name, to := range after {
			if _, was := m.tables[name]; !was {
				return []SchemaChange{{Kind: TableRenamed, Table: written, To: to}}, nil
			}
		}
	}
	columns, err := m.columnNames(altered)
	if err != nil {
		return nil, err
	}
	before := m.columns
	switch {
	case len(columns) == len(before)+1:
		return []SchemaChange{{Kind: ColumnAdded, Table: written, Column: columns[len(before)]}}, nil
	case len(columns) == len(before)-1:
		i := 0
		for i < len(columns) && columns[i] == before[i] {
			i++
		}
		return []SchemaChange{{Kind: ColumnDropped, Table: written, Column: before[i]}}, nil
	}
	for i := range columns {
		if i < len(before) && columns[i] != before[i] {
			return []SchemaChange{{Kind: ColumnRenamed, Table: written, Column: before[i], To: columns[i]}}, nil
		}
	}
	return nil, nil
}

// tableNames are those of all extensions' tables, by their lower-case form.
func (m *migrator) tableNames() (map[string]string, error) {
	names := map[string]string{}
	err := m.handle.rows(`SELECT name FROM sqlite_schema WHERE type = 'table'`, nil, func(row []any) error {
		name, _ := row[0].(string)
		if lower := lowerASCII(name); !schemaTable(lower) && !strings.HasPrefix(lower, "alcove_") {
			names[lower] = name
		}
		return nil
	})
	return names, err
}

func (m *migrator) columnNames(table string) (names []string, err error) {
	err = m.handle.rows(`SELECT name FROM pragma_table_xinfo(?) ORDER BY cid`, []any{table}, func(row []any) error {
		name, _ := row[0].(string)
		names = append(names, name)
		return nil
	})
	return names, err
}
