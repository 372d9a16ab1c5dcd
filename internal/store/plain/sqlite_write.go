package plain

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// sqliteSink writes the plain database in one transaction. Nothing is written
// beside the file: the journal and what SQLite sorts are in memory, so indexes
// are made before the rows and not sorted at the end.
type sqliteSink struct {
	path   string
	db     Database
	insert Insert // into the table that is being filled; may be nil
	schema Schema
	left   []string
	values bool // the table for them is made
}

// address is a path as SQLite's URI, with parameters.
func address(path string, q url.Values) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?" + q.Encode()
}

func newSQLiteSink(host Host, path string, schema Schema) (*sqliteSink, error) {
	f, err := newFile(path) // with the mode that it is to have
	if err != nil {
		return nil, errFolder(err)
	}
	if err := f.Close(); err != nil {
		return nil, errFolder(err)
	}
	return openSQLiteSink(host, path, "rw", schema)
}

// openSQLiteSink opens the database at path in a mode of SQLite's addresses and
// makes its tables and indexes.
func openSQLiteSink(host Host, path, mode string, schema Schema) (_ *sqliteSink, err error) {
	q := url.Values{"mode": {mode}, "_dqs": {"0"}, "_pragma": {
		"journal_mode(MEMORY)", "synchronous(OFF)", "temp_store(MEMORY)", "cache_size(-16384)",
		"foreign_keys(0)", "trusted_schema(0)",
		"ignore_check_constraints(1)", // a row that came from another device need not meet them
	}}
	s := &sqliteSink{path: path, schema: schema}
	if s.db, err = host.OpenDatabase(address(path, q)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.discard()
		}
	}()
	if err := s.db.Exec("BEGIN"); err != nil {
		return nil, err
	}
	for _, t := range schema.Tables {
		if err := s.db.Exec(t.SQL); err != nil {
			if gone := host.Alive(); gone != nil {
				return nil, gone
			}
			return nil, fault.Wrap(CodeSchema, fmt.Sprintf("The table %q cannot be made in a plain database: %v. Nothing was exported.", t.Name, err), err)
		}
	}
	return s, s.make("index")
}

// make makes the objects of a kind. One that cannot be is left out: the data
// is what matters, and its text is in schema.sql.
func (s *sqliteSink) make(kind string) error {
	for _, o := range s.schema.Objects {
		if o.Kind != kind {
			continue
		}
		if err := s.db.Exec(o.SQL); err != nil {
			if code(err)&0xff != sqlite3.SQLITE_ERROR {
				return err
			}
			s.left = append(s.left, o.Name)
		}
	}
	return nil
}

func (s *sqliteSink) table(t Table) error {
	s.endTable()
	if t.Sequence > 0 {
		if err := s.db.Exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", t.Name, t.Sequence); err != nil {
			return err
		}
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quoteName(c.Name)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	insert, err := s.db.Prepare("INSERT INTO " + quoteName(t.Name) + " (" + strings.Join(names, ",") + ") VALUES (" + marks + ")")
	if err == nil {
		s.insert = insert
	}
	return err
}

func (s *sqliteSink) endTable() {
	if s.insert != nil {
		s.insert.Close()
		s.insert = nil
	}
}

func (s *sqliteSink) row(values []any) error { return s.insert.Run(values) }

func (s *sqliteSink) value(key string, msgpack, readable []byte) error {
	if s.schema.has(kvTable) {
		return nil
	}
	if !s.values {
		s.values = true
		err := s.db.Exec("CREATE TABLE " + kvTable + " (key TEXT PRIMARY KEY, value BLOB NOT NULL, json TEXT)")
		if err != nil {
			return err
		}
	}
	return s.db.Exec("INSERT INTO "+kvTable+" (key, value, json) VALUES (?, ?, ?)", key, msgpack, textOrNull(readable))
}

func textOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}

func (s Schema) has(table string) bool {
	for _, t := range s.Tables {
		if strings.EqualFold(t.Name, table) {
			return true
		}
	}
	return false
}

// complete makes what stands on the rows, and commits.
func (s *sqliteSink) complete() error {
	s.endTable()
	for _, kind := range []string{"view", "trigger"} {
		if err := s.make(kind); err != nil {
			return err
		}
	}
	return s.db.Exec("COMMIT")
}

func (s *sqliteSink) close() error {
	if err := errors.Join(s.complete(), s.db.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *sqliteSink) discard() {
	s.endTable()
	_ = s.db.Close() // the file goes with its folder
}

// coded is an error with SQLite's result code.
type coded interface {
	error
	Code() int
}

// code is SQLite's extended result code of err, 0 if it has none.
func code(err error) int {
	if e, ok := errors.AsType[coded](err); ok {
		return e.Code()
	}
	return 0
}
