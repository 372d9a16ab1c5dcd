package store

import (
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/store/plain"
)

// plainDatabase is the database that an export writes. It computes what the
// app's author wrote, generated columns and expressions of indexes, so it does
// that as the vault does: with functions whose time is bounded and programs that
// can be ended, and no longer than the export may go on.
type plainDatabase struct {
	handle
	conn  driver.Conn
	alive func() error
	end   func() // of the watch
}

// Alive implements plain.Host.
func (e *exporter) Alive() error { return e.store.alive(e.ctx) }

// OpenDatabase implements plain.Host.
func (e *exporter) OpenDatabase(address string) (plain.Database, error) {
	c, err := new(sqlite.Driver).Open(address)
	if err != nil {
		return nil, err
	}
	d := &plainDatabase{conn: c, alive: e.Alive}
	if d.handle, err = handleOf(c); err == nil {
		err = d.installFunctions()
	}
	if err == nil {
		err = d.watchCompiling()
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	d.limit(sqlite3.SQLITE_LIMIT_VDBE_OP, maxOperations)
	d.end = d.watch(e.ctx, e.store)
	return d, nil
}

// watchCompiling ends what compiles a statement: SQLite does not look there
// whether it was interrupted, but asks the authorizer often.
func (d *plainDatabase) watchCompiling() error {
	auth, ok := d.conn.(sqlite.AuthorizerRegisterer)
	if !ok {
		return errors.New("the driver has no authorizer")
	}
	return auth.RegisterAuthorizer(func(sqlite.AuthorizerActionCode, string, string, string, string) sqlite.AuthorizerReturnCode {
		if d.alive() != nil {
			return sqlite.AuthorizerDeny
		}
		return sqlite.AuthorizerOK
	})
}

// why prefers what ended the export to what SQLite said of it.
func (d *plainDatabase) why(err error) error {
	if err != nil {
		if gone := d.alive(); gone != nil {
			return gone
		}
	}
	return err
}

// Exec implements plain.Database.
func (d *plainDatabase) Exec(text string, args ...any) error { return d.why(d.rows(text, args, nil)) }

// Prepare implements plain.Database.
func (d *plainDatabase) Prepare(text string) (plain.Insert, error) {
	st, _, err := d.prepare(text, sqlite3.SQLITE_PREPARE_PERSISTENT)
	if err != nil {
		return nil, d.why(err)
	}
	return plainInsert{st, d}, nil
}

// Serialize implements plain.Database.
func (d *plainDatabase) Serialize() ([]byte, error) {
	s, ok := d.conn.(interface{ Serialize() ([]byte, error) })
	if !ok {
		return nil, errors.New("the driver does not serialize")
	}
	image, err := s.Serialize()
	return image, d.why(err)
}

// Close implements plain.Database.
func (d *plainDatabase) Close() error {
	d.end()
	return d.conn.Close()
}

// plainInsert fills a table of it.
type plainInsert struct {
	*stmt
	db *plainDatabase
}

// Run implements plain.Insert.
func (i plainInsert) Run(values []any) error { return i.db.why(i.once(values)) }

// Close implements plain.Insert.
func (i plainInsert) Close() { i.finish() }
