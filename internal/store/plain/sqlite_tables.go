package plain

import (
	"context"
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// describe reads what tables there are. A table is one only if its row says
// so, it has pages of its own and its text, which is what SQLite goes by, makes
// a table. SQLite's own tables are not data.
func (s *sqliteSource) describe(ctx context.Context) error {
	s.allowed = ""
	rows, err := s.conn.QueryContext(ctx, `SELECT CAST(name AS TEXT), type = 'table' AND rootpage > 1 AND lower(substr(sql, 1, 13)) = 'create table '
		FROM sqlite_schema WHERE type IN ('table', 'view') AND lower(substr(name, 1, 7)) <> 'sqlite_' ORDER BY rowid LIMIT ?`, maxParts+1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t sqliteTable
		var real any
		if err := rows.Scan(&t.name, &real); err != nil {
			return err
		}
		t.real = real == int64(1)
		s.tables = append(s.tables, t)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	if len(s.tables) > maxParts {
		return errTooLarge("The file has too many tables.")
	}
	for i := range s.tables {
		if err := s.describeTable(ctx, &s.tables[i]); err != nil {
			return err
		}
	}
	return nil
}

// describeTable reads the columns of a table and counts its rows.
func (s *sqliteSource) describeTable(ctx context.Context, t *sqliteTable) error {
	if !t.real {
		return nil
	}
	s.allowed = strings.ToLower(t.name)
	rows, err := s.conn.QueryContext(ctx, "PRAGMA table_xinfo("+quoteName(t.name)+")")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var hidden int
		var rest [5]any
		if err := rows.Scan(&rest[0], &name, &rest[1], &rest[2], &rest[3], &rest[4], &hidden); err != nil {
			return err
		}
		if hidden == 0 {
			t.columns = append(t.columns, name)
		} else {
			t.computed = append(t.computed, name)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	if len(t.columns) == 0 {
		return errCorrupt("SQLite", "a table has no columns", nil)
	}
	err = s.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+quoteName(t.name)+" NOT INDEXED").Scan(&t.count)
	s.total += t.count
	return err
}

func (s *sqliteSource) names() []string {
	list := make([]string, len(s.tables))
	for i, t := range s.tables {
		list[i] = t.name
	}
	return list
}

func (s *sqliteSource) keep(wanted func(name string) bool) {
	s.tables = slices.DeleteFunc(s.tables, func(t sqliteTable) bool { return !wanted(t.name) })
	s.total = 0
	for _, t := range s.tables {
		s.total += t.count
	}
}

// Read implements Source.
func (s *sqliteSource) Read(ctx context.Context, keyValues bool, v Visitor) error {
	s.done = 0
	for _, t := range s.tables {
		var err error
		switch kept := keyValues && strings.EqualFold(t.name, kvTable); {
		case !t.real:
			err = v.NotATable(t.name)
		case kept:
			err = s.readValues(ctx, t, v)
		default:
			if err = v.Table(t.name, t.columns, t.computed); err == nil {
				err = s.rows(ctx, t, t.columns, v.Row)
			}
		}
		if err != nil {
			return s.explain(err)
		}
	}
	return nil
}

// readValues reads the table of the values by key.
func (s *sqliteSource) readValues(ctx context.Context, t sqliteTable, v Visitor) error {
	return s.rows(ctx, t, []string{"key", "value"}, func(row []any) error {
		key, isText := row[0].(string)
		value, isBlob := row[1].([]byte)
		if !isText || !isBlob {
			return errCorrupt("SQLite", "a value kept by key is not one that Alcove wrote", nil)
		}
		return v.Value(key, value)
	})
}

// rows checks the pages of a table and passes on what it holds.
func (s *sqliteSource) rows(ctx context.Context, t sqliteTable, columns []string, fn func([]any) error) error {
	s.allowed = strings.ToLower(t.name)
	if err := s.check(ctx, t); err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = "+" + quoteName(c) // as an expression it is not made a time of because of its declared type
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT "+strings.Join(names, ",")+" FROM "+quoteName(t.name)+" NOT INDEXED")
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok && b == nil {
				values[i] = []byte{}
			}
		}
		s.done++
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// check looks at the structure of a table's pages. A table with computed
// columns is not checked ahead, since SQLite would compute them; nor is one
// whose name is a number, which the pragma would take for a limit. Reading
// them notices most damage too.
func (s *sqliteSource) check(ctx context.Context, t sqliteTable) error {
	if len(t.computed) > 0 || looksNumeric(strings.TrimPrefix(t.name, "+")) {
		return nil
	}
	var said string
	if err := s.conn.QueryRowContext(ctx, "PRAGMA quick_check("+quoteName(t.name)+")").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return errCorrupt("SQLite", "the pages of the table "+t.name+" are not in order", errors.New(said))
	}
	return nil
}

// Progress implements Source: rows.
func (s *sqliteSource) Progress() (done, total int64) { return min(s.done, s.total), s.total }

// Close implements Source.
func (s *sqliteSource) Close() error {
	if s.conn != nil {
		_ = s.conn.Close() // it only read
	}
	return s.pool.Close()
}

// explain gives what SQLite says of the file a code. Errors of the visitor and
// of the context pass.
func (s *sqliteSource) explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_INTERRUPT:
		return err
	case sqlite3.SQLITE_TOOBIG:
		return errTooLarge("The file has a value of more than 64 MiB.")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM:
		return fault.Wrap(CodeUnreadable, "The file to import cannot be read.", err)
	case sqlite3.SQLITE_AUTH:
		return errCorrupt("SQLite", "a table is not what it says", err)
	}
	return errCorrupt("SQLite", e.Error(), err)
}
