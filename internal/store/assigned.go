package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// What an app can have of rows that it has assigned to the vault's space
// (internal/capability/spaces).
const (
	MaxAssigned     = 20_000 // rows
	MaxAssignedKey  = 512    // bytes of a primary key
	MaxAssignedNote = 128    // bytes of each note
)

// Where those rows are, and the name under which they leave and come back. An
// app's own table of that name goes before; they are then left out.
const (
	assignedTable  = "alcove__spaces__row"
	assignedExport = "alcove_spaces"
)

// assignedOf are the rows that an app has assigned, by its prefix: no name of a
// table has a character as great as "~".
func assignedOf(own string) string {
	return fmt.Sprintf("tbl >= '%s' AND tbl < '%s~'", own, own)
}

// assigned is the table of those rows as an export and an import see it, in which
// tables have their short names.
func (h handle) assigned(own string) (portable, error) {
	t := portable{full: assignedTable, plain: plain.Table{Name: assignedExport}}
	t.plain.SQL = "CREATE TABLE " + assignedExport + " (tbl TEXT NOT NULL, pks TEXT NOT NULL, " +
		"group_id TEXT NOT NULL DEFAULT '', type TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '', PRIMARY KEY (tbl, pks))"
	t.from = fmt.Sprintf("(SELECT substr(tbl, %d) AS tbl, pks, group_id, type, label FROM %s WHERE %s)", len(own)+1, assignedTable, assignedOf(own))
	return t, h.portableColumns(&t)
}

// addAssigned adds what the app has assigned to the tables of an export, if it has.
func (e *exporter) addAssigned(own string) error {
	if slices.ContainsFunc(e.tables, func(t portable) bool { return strings.EqualFold(t.plain.Name, assignedExport) }) {
		return nil
	}
	t, err := e.assigned(own)
	if err != nil {
		return err
	}
	n, err := e.count("SELECT count(*) FROM " + t.from)
	if err == nil && n > 0 {
		e.tables = append(e.tables, t)
	}
	return err
}

// isAssigned reports whether a table is that of assigned rows.
func (t *portable) isAssigned() bool { return t.full == assignedTable }

// assigned puts the app's prefix before the name of the table in a row of the
// file.
func (w *tableWriter) assigned(values []any) error {
	name, _ := values[w.names].(string)
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' }
	if name == "" || strings.ContainsFunc(name, odd) {
		return importCorrupt(fmt.Sprintf("a row of the table %q names no table of the app", assignedExport))
	}
	values[w.names] = w.m.own + name
	return nil
}

// checkAssigned holds assigned rows to what an app can have.
func (m *importer) checkAssigned() error {
	if !slices.ContainsFunc(m.out.Tables, func(t ImportedTable) bool { return t.Name == assignedExport && t.Written > 0 }) {
		return nil
	}
	return m.rows("SELECT count(*), max(octet_length(pks)), max(max(octet_length(group_id), octet_length(type), octet_length(label))) FROM "+
		assignedTable+" WHERE "+assignedOf(m.own), nil, func(row []any) error {
		n, _ := row[0].(int64)
		key, _ := row[1].(int64)
		note, _ := row[2].(int64)
		if n > MaxAssigned || key > MaxAssignedKey || note > MaxAssignedNote {
			return fault.New(plain.CodeTooLarge, "The app would have more rows assigned than it can, or longer names for them. Nothing was imported. Take back some that are no longer needed, then import again.")
		}
		return nil
	})
}
