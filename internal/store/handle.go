package store

import (
	"fmt"
	"reflect"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// handle is the C side of a connection of the driver: what the driver has no
// public way to do (the tail of a prepared statement, exact values, limits) is
// done with it. It is used only while nothing else uses the connection.
type handle struct {
	tls *libc.TLS
	db  uintptr // C sqlite3
}

// handleOf reads the handle out of the driver's connection. The driver keeps
// it in unexported fields, so a new version of the driver may move it; then
// this fails, here and in TestDriverConnectionHoldsItsHandle, instead of going on with a wrong
// pointer.
func handleOf(driverConn any) (h handle, err error) {
	v := reflect.ValueOf(driverConn)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct || v.Elem().Type().PkgPath() != "modernc.org/sqlite" {
		return h, fmt.Errorf("driver connection is a %T", driverConn)
	}
	tls, db := v.Elem().FieldByName("tls"), v.Elem().FieldByName("db")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !db.IsValid() || db.Kind() != reflect.Uintptr {
		return h, fmt.Errorf("driver connection %T has no handle where this version of Alcove expects it", driverConn)
	}
	h = handle{tls: (*libc.TLS)(tls.UnsafePointer()), db: uintptr(db.Uint())}
	if h.tls == nil || h.db == 0 {
		return h, fmt.Errorf("driver connection %T is closed", driverConn)
	}
	return h, nil
}

// installFunctions makes the connection use functions whose time is bounded, or
// which can be ended, where those of SQLite are not.
func (h handle) installFunctions() error {
	for _, install := range []func() error{h.installLinear, h.installPatterns, h.installBounded} {
		if err := install(); err != nil {
			return err
		}
	}
	return nil
}

// interrupt makes the statement that runs on the connection end. It may be
// called from any goroutine while the connection is open.
func (h handle) interrupt() {
	tls := libc.NewTLS() // that of the connection is in use
	sqlite3.Xsqlite3_interrupt(tls, h.db)
	tls.Close()
}

// autocommit reports whether no transaction is open.
func (h handle) autocommit() bool { return sqlite3.Xsqlite3_get_autocommit(h.tls, h.db) != 0 }

// limit sets one of SQLite's limits and returns the old value.
func (h handle) limit(id, value int32) int32 {
	return sqlite3.Xsqlite3_limit(h.tls, h.db, id, value)
}

// exec runs host SQL that has no parameters and whose rows do not matter.
func (h handle) exec(sql string) error {
	z, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(h.tls, z)
	if rc := sqlite3.Xsqlite3_exec(h.tls, h.db, z, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return h.failure(rc)
	}
	return nil
}

// rows runs one host statement and calls fn, if it is not nil, for each row.
func (h handle) rows(sql string, params []any, fn func([]any) error) error {
	s, _, err := h.prepare(sql, 0)
	if err != nil {
		return err
	}
	defer s.finish()
	if err := s.bind(params); err != nil {
		return err
	}
	n := len(s.columns())
	for {
		more, err := s.step()
		if err != nil || !more {
			return err
		}
		if fn == nil {
			continue
		}
		row := make([]any, n)
		for i := range row {
			row[i] = s.value(int32(i))
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

// configure turns one of the connection's switches on or off. Unlike the
// pragma it also works within a transaction.
func (h handle) configure(op int32, on bool) error {
	value := int32(0)
	if on {
		value = 1
	}
	args := libc.Xcalloc(h.tls, 2, 8)
	defer libc.Xfree(h.tls, args)
	if rc := sqlite3.Xsqlite3_db_config(h.tls, h.db, op, libc.VaList(args, value, uintptr(0))); rc != sqlite3.SQLITE_OK {
		return h.failure(rc)
	}
	return nil
}

// sqliteError is what SQLite said.
type sqliteError struct {
	code    int32 // extended
	message string
}

func (e *sqliteError) Error() string { return fmt.Sprintf("sqlite %d: %s", e.code, e.message) }

// Code is the extended result code, under the name that the driver's own error
// type uses.
func (e *sqliteError) Code() int { return int(e.code) }

func (h handle) failure(rc int32) error {
	message := libc.GoString(sqlite3.Xsqlite3_errmsg(h.tls, h.db))
	if ext := sqlite3.Xsqlite3_extended_errcode(h.tls, h.db); ext&0xff == rc&0xff {
		rc = ext
	} else {
		message = libc.GoString(sqlite3.Xsqlite3_errstr(h.tls, rc))
	}
	return &sqliteError{code: rc, message: message}
}
