package store

import (
	"errors"
	"regexp"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// explain turns what SQLite says about an extension's statement into a fault
// that its author understands. Errors that are about the vault rather than the
// statement pass.
func explain(err error, r *Rights, l Limits) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	e, ok := errors.AsType[*sqliteError](err)
	if !ok {
		return err
	}
	if int(e.code) == codeTooMuchCaptured {
		return tooMuchCaptured(err)
	}
	said := unprefixed(e.message, r)
	switch e.code & 0xff {
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_SCHEMA:
		return fault.Wrap("db.syntax", "SQLite does not understand the statement: "+said+".", err)
	case sqlite3.SQLITE_AUTH:
		return fault.Wrap("db.denied", reasonForeign, err)
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Wrap("db.constraint", "The data does not fit the table: "+said+".", err).With("constraint", constraintOf(e.code))
	case sqlite3.SQLITE_MISMATCH:
		return fault.Wrap("db.constraint", "The data does not fit the table: "+said+".", err).With("constraint", "type")
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM:
		return l.tooLarge()
	case sqlite3.SQLITE_READONLY:
		return fault.Wrap("db.not_a_query", "A query only reads. Use execute for a statement that writes.", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Wrap("db.busy", "The database was busy for too long. Try again.", err)
	}
	return err
}

func constraintOf(code int32) string {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return "check"
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return "foreign_key"
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return "not_null"
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return "primary_key"
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return "unique"
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return "trigger"
	case sqlite3.SQLITE_CONSTRAINT_DATATYPE:
		return "type"
	}
	return "other"
}

// foreignNames are the names of tables of any extension, and of the host, in a
// message.
var foreignNames = regexp.MustCompile(`(?i)[0-9a-f]{64}__[a-z0-9-]*(__[a-z0-9_-]*)?|alcove_[a-z0-9_]*`)

// unprefixed takes the extension's own prefix out of a message, so that a table
// is called what its author calls it. A message with another name that was not
// granted is withheld.
func unprefixed(message string, r *Rights) string {
	own := lowerASCII(r.Own)
	for at := strings.Index(lowerASCII(message), own); own != "" && at >= 0; at = strings.Index(lowerASCII(message), own) {
		message = message[:at] + message[at+len(own):]
	}
	for _, name := range foreignNames.FindAllString(message, -1) {
		if !r.mentions(baseName(lowerASCII(name))) {
			return "it names what is not there"
		}
	}
	return strings.TrimSuffix(message, ".")
}
