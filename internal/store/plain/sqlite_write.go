package plain

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// sqliteSink writes the plain database in one transaction. Nothing is written
// beside the file: the journal and what SQLite sorts are in memory, so indexes
// are made before the rows and not sorted at the end.
type sqliteSink struct {
	path   string
	pool   *sql.DB
	conn   *sql.Conn
	insert *sql.Stmt // into the table that is being filled
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

func newSQLiteSink(path string, schema Schema) (*sqliteSink, error) {
	f, err := newFile(path) // with the mode that it is to have
	if err != nil {
		return nil, errFolder(err)
	}
	if err := f.Close(); err != nil {
		return nil, errFolder(err)
	}
	return openSQLiteSink(path, "rw", schema)
}

// openSQLiteSink opens the database at path in a mode of SQLite's addresses and
// makes its tables and indexes.
func openSQLiteSink(path, mode string, schema Schema) (_ *sqliteSink, err error) {
	q := url.Values{"mode": {mode}, "_dqs": {"0"}, "_pragma": {
		"journal_mode(MEMORY)", "synchronous(OFF)", "temp_store(MEMORY)", "cache_size(-16384)",
		"foreign_keys(0)", "trusted_schema(0)",
		"ignore_check_constraints(1)", // a row that came from another device need not meet them
	}}
	s := &sqliteSink{path: path, schema: schema, pool: sql.OpenDB(connector(address(path, q)))}
	defer func() {
		if err != nil {
			s.discard()
		}
	}()
	if s.conn, err = s.pool.Conn(context.Background()); err != nil {
		return nil, err
	}
	if err := s.exec("BEGIN"); err != nil {
		return nil, err
	}
	for _, t := range schema.Tables {
		if err := s.exec(t.SQL); err != nil {
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
		if err := s.exec(o.SQL); err != nil {
			if code(err)&0xff != sqlite3.SQLITE_ERROR {
				return err
			}
			s.left = append(s.left, o.Name)
		}
	}
	return nil
}

func (s *sqliteSink) exec(text string, args ...any) error {
	_, err := s.conn.ExecContext(context.Background(), text, args...)
	return err
}

func (s *sqliteSink) table(t Table) error {
	if err := s.endTable(); err != nil {
		return err
	}
	if t.Sequence > 0 {
		if err := s.exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", t.Name, t.Sequence); err != nil {
			return err
		}
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quoteName(c.Name)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(names)), ",")
	var err error
	s.insert, err = s.conn.PrepareContext(context.Background(),
		"INSERT INTO "+quoteName(t.Name)+" ("+strings.Join(names, ",")+") VALUES ("+marks+")")
	return err
}

func (s *sqliteSink) endTable() error {
	if s.insert == nil {
		return nil
	}
	err := s.insert.Close()
	s.insert = nil
	return err
}

func (s *sqliteSink) row(values []any) error {
	_, err := s.insert.ExecContext(context.Background(), values...)
	return err
}

func (s *sqliteSink) value(key string, msgpack, readable []byte) error {
	if s.schema.has(kvTable) {
		return nil
	}
	if !s.values {
		s.values = true
		err := s.exec("CREATE TABLE " + kvTable + " (key TEXT PRIMARY KEY, value BLOB NOT NULL, json TEXT)")
		if err != nil {
			return err
		}
	}
	return s.exec("INSERT INTO "+kvTable+" (key, value, json) VALUES (?, ?, ?)", key, msgpack, textOrNull(readable))
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
	err := s.endTable()
	for _, kind := range []string{"view", "trigger"} {
		if err == nil {
			err = s.make(kind)
		}
	}
	if err == nil {
		err = s.exec("COMMIT")
	}
	return err
}

func (s *sqliteSink) close() error {
	if err := errors.Join(s.complete(), s.release()); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *sqliteSink) release() error {
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	return errors.Join(err, s.pool.Close())
}

func (s *sqliteSink) discard() {
	_ = s.endTable() // the file goes with its folder
	_ = s.release()
}

// code is SQLite's extended result code of err, 0 if it has none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
