package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// role is what a connection is for.
type role int

const (
	writer   role = iota // the one that writes
	reader               // the host's reads
	confined             // the reads of one extension
)

// conn is one connection: pinned in database/sql, so that the host has a
// *sql.Tx, and with its handle, for what database/sql cannot do.
type conn struct {
	store  *Store
	pool   *sql.DB
	sql    *sql.Conn
	handle handle
	guard  atomic.Pointer[guard] // nil while the host's statements run
	share  int64                 // bytes of cache it was told it may use
	meter  *meter                // of the extension whose transaction runs
	bound  int64                 // pages the database may have; 0 for any number

	queries map[string]*Query // compiled statements of the host
	capture *capture          // of the connection that writes
}

// connector hands the driver's Open to database/sql.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// dsn is the same for every vault but for the VFS, which knows the path.
func (s *Store) dsn(r role) string {
	q := url.Values{}
	q.Set("vfs", s.volume.Name())
	q.Set("_defensive", "1")
	q.Set("_dqs", "0")
	q.Set("_error_rc", "1")
	if r == writer {
		q.Set("_txlock", "immediate")
	}
	pragmas := []string{
		"busy_timeout(5000)",
		"temp_store(FILE)", // which are in memory, and end with their statement (sealvfs/temp.go)
		"synchronous(" + s.options.synchronous + ")",
		"foreign_keys(1)",
		"recursive_triggers(1)", // or the deletes of REPLACE are not seen by triggers
		"trusted_schema(0)",
		"cell_size_check(1)",
	}
	if r == writer {
		pragmas = append(pragmas, fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages),
			"secure_delete(FAST)") // what is deleted is overwritten where that writes no more pages
	} else {
		pragmas = append(pragmas, "wal_autocheckpoint(0)", "query_only(1)")
	}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return "file:" + FileName + "?" + q.Encode()
}

// open makes a connection. The caller closes it with close.
func (s *Store) open(ctx context.Context, r role) (*conn, error) {
	c := &conn{store: s}
	c.pool = sql.OpenDB(connector{driver: &sqlite.Driver{}, dsn: s.dsn(r)})
	c.pool.SetMaxOpenConns(1)
	var err error
	if c.sql, err = c.pool.Conn(ctx); err != nil {
		return nil, errors.Join(err, c.pool.Close())
	}
	err = c.sql.Raw(func(dc any) error {
		if c.handle, err = handleOf(dc); err != nil {
			return err
		}
		auth, ok := dc.(sqlite.AuthorizerRegisterer)
		if !ok {
			return errors.New("the driver has no authorizer")
		}
		return auth.RegisterAuthorizer(c.authorize)
	})
	if err == nil {
		err = c.enforceLog(ctx)
	}
	if err == nil {
		err = c.handle.installFunctions()
	}
	if err == nil {
		err = c.installCaptures(r)
	}
	if err != nil {
		return nil, errors.Join(err, c.shut())
	}
	c.handle.limit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	c.handle.limit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
	s.conns.add(c)
	return c, nil
}

// enforceLog makes sure that the database is in write-ahead log mode: another
// journal could not be written, but better to know at once.
func (c *conn) enforceLog(ctx context.Context) error {
	var mode string
	if err := c.sql.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("journal mode is %q", mode)
	}
	return nil
}

func (c *conn) close() error {
	c.store.conns.remove(c)
	for _, q := range c.queries {
		q.finish()
	}
	return c.shut()
}

// shut closes the connection.
func (c *conn) shut() error {
	err := errors.Join(c.sql.Close(), c.pool.Close())
	if c.capture != nil {
		captures.leave(c.capture)
	}
	return err
}

// raw runs fn while database/sql leaves the connection alone.
func (c *conn) raw(fn func(handle) error) error {
	return c.sql.Raw(func(any) error { return fn(c.handle) })
}

// listModules returns the names, in lower case, that SQLite would take for one
// of its own tables.
func (c *conn) listModules(ctx context.Context) (map[string]bool, error) {
	rows, err := c.sql.QueryContext(ctx, "SELECT lower(name) FROM pragma_module_list")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}
