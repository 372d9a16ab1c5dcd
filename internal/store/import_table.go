package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// tableWriter writes the rows of a file into one table.
type tableWriter struct {
	m       *importer
	table   *portable
	insert  *stmt
	clears  []clearing
	written int64
	stays   int64
	row     int64 // of the file, from 1
	names   int   // of assigned rows: which value names a table
}

// clearing deletes the rows that have the same unique values as an imported
// one, but another key.
type clearing struct {
	st   *stmt
	args []int // places of the values in a row of the file
}

// uniqueKey is a primary key or another set of columns that must differ.
type uniqueKey struct {
	columns    []string // lower case
	collations []string
	primary    bool
}

// newWriter compares a table of the file with the extension's and prepares
// what writes into it.
func (m *importer) newWriter(t *portable, columns, computed []string) (_ *tableWriter, err error) {
	names, err := matchColumns(t, columns, computed)
	if err != nil {
		return nil, err
	}
	keys, err := m.uniqueKeys(t)
	if err != nil {
		return nil, err
	}
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = lowerASCII(n)
	}
	if len(keys) > 0 {
		for _, c := range keys[0].columns {
			if !slices.Contains(lower, c) {
				return nil, fault.New("import.missing_key", fmt.Sprintf(
					"The file lacks the column %q of the table %q, which tells its rows apart. Nothing was imported.", c, t.plain.Name)).With("table", t.plain.Name)
			}
		}
	}
	w := &tableWriter{m: m, table: t, names: slices.Index(lower, "tbl")}
	if m.clears {
		if err := w.prepareClearing(keys, lower); err != nil {
			w.finish()
			return nil, err
		}
		return w, nil
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	text := "INSERT INTO " + quoteName(t.full) + " (" + columnList(names) + ") VALUES (" + marks + ")"
	switch {
	case m.policy == KeepExisting:
		text += " ON CONFLICT DO NOTHING"
	case len(keys) > 0:
		text += " ON CONFLICT (" + columnList(keys[0].columns) + ") DO " + update(names, lower, keys[0])
	}
	w.insert, err = m.prepareOne(text)
	return w, err
}

// matchColumns returns the extension's names of the columns in the file, in
// the order of the file.
func matchColumns(t *portable, columns, computed []string) ([]string, error) {
	var names []string
	for _, c := range columns {
		at := slices.IndexFunc(t.plain.Columns, func(own plain.Column) bool { return strings.EqualFold(own.Name, c) })
		if at < 0 {
			return nil, fault.New("import.unknown_column", fmt.Sprintf(
				"The table %q of the file has a column %q, which this version of the app does not have. Nothing was imported. Install the version that made the file.",
				t.plain.Name, c)).With("table", t.plain.Name).With("column", c)
		}
		if slices.Contains(names, t.plain.Columns[at].Name) {
			return nil, importCorrupt(fmt.Sprintf("the table %q has the column %q twice", t.plain.Name, c))
		}
		names = append(names, t.plain.Columns[at].Name)
	}
	for _, c := range computed {
		if !slices.ContainsFunc(t.computed, func(own string) bool { return strings.EqualFold(own, c) }) {
			return nil, importCorrupt(fmt.Sprintf("the column %q of the table %q is computed, where the app keeps data", c, t.plain.Name))
		}
	}
	return names, nil
}

// update is what an upsert does to a row that is there.
func update(names, lower []string, key uniqueKey) string {
	var set []string
	for i, n := range names {
		if !slices.Contains(key.columns, lower[i]) {
			set = append(set, quoteName(n)+" = excluded."+quoteName(n))
		}
	}
	if len(set) == 0 {
		return "NOTHING"
	}
	return "UPDATE SET " + strings.Join(set, ", ")
}

// prepareClearing prepares the deletions for every unique key but the first,
// which the upsert looks after. What only part of the rows have to keep
// unique, or an expression, is left to the constraint.
func (w *tableWriter) prepareClearing(keys []uniqueKey, lower []string) error {
	for _, key := range keys[min(1, len(keys)):] {
		var where []string
		var args []int
		whole := true
		for i, c := range key.columns {
			at := slices.Index(lower, c)
			if whole = whole && at >= 0; !whole {
				break
			}
			where = append(where, fmt.Sprintf("%s = ? COLLATE %s", quoteName(c), quoteName(key.collations[i])))
			args = append(args, at)
		}
		if !whole {
			continue
		}
		var same []string
		for i, c := range keys[0].columns {
			same = append(same, fmt.Sprintf("%s IS ? COLLATE %s", quoteName(c), quoteName(keys[0].collations[i])))
			args = append(args, slices.Index(lower, c))
		}
		st, err := w.m.prepareOne("DELETE FROM " + quoteName(w.table.full) + " WHERE " + strings.Join(where, " AND ") +
			" AND NOT (" + strings.Join(same, " AND ") + ")")
		if err != nil {
			return err
		}
		w.clears = append(w.clears, clearing{st, args})
	}
	return nil
}

func (m *importer) prepareOne(text string) (*stmt, error) {
	st, _, err := m.prepare(text, sqlite3.SQLITE_PREPARE_PERSISTENT)
	return st, err
}

func (w *tableWriter) clear(values []any) error {
	w.row++
	for _, c := range w.clears {
		args := make([]any, len(c.args))
		for i, at := range c.args {
			args[i] = values[at]
		}
		if err := c.st.once(args); err != nil {
			return w.explain(err)
		}
	}
	return nil
}

func (w *tableWriter) write(values []any) error {
	w.row++
	if w.table.isAssigned() {
		if err := w.assigned(values); err != nil {
			return err
		}
	}
	before := sqlite3.Xsqlite3_total_changes64(w.m.tls, w.m.db)
	if err := w.insert.once(values); err != nil {
		return w.explain(err)
	}
	if sqlite3.Xsqlite3_total_changes64(w.m.tls, w.m.db) == before {
		w.stays++
	} else {
		w.written++
	}
	return nil
}

// once runs a statement that has no rows, and makes it ready for the next.
func (s *stmt) once(args []any) error {
	err := s.bind(args)
	if err == nil {
		_, err = s.step()
	}
	sqlite3.Xsqlite3_reset(s.tls, s.p)
	sqlite3.Xsqlite3_clear_bindings(s.tls, s.p)
	s.free()
	return err
}

// explain says which row does not fit.
func (w *tableWriter) explain(err error) error {
	f, ok := errors.AsType[*fault.Error](explain(err, &Rights{Own: w.m.own}, DefaultLimits()))
	if !ok || f.Code != "db.constraint" {
		return err
	}
	return fault.Wrap("import.constraint", fmt.Sprintf("Row %d of the table %q in the file does not fit. %s Nothing was imported.",
		w.row, w.table.plain.Name, f.Message), err).With("table", w.table.plain.Name).With("row", w.row)
}

func (w *tableWriter) result() ImportedTable {
	return ImportedTable{Name: w.table.plain.Name, Written: w.written, Stays: w.stays}
}

func (w *tableWriter) finish() {
	if w.insert != nil {
		w.insert.finish()
	}
	for _, c := range w.clears {
		c.st.finish()
	}
}
