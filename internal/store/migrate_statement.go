package store

import (
	"fmt"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// statements runs the statements of text and returns the number, from 1, of
// the one that failed.
func (m *migrator) statements(text string, l Limits) (number int, err error) {
	if len(text) > maxMigration {
		return 0, fault.New("quota.statement", fmt.Sprintf("A migration may have %d bytes, this one has %d. Make several of it.", maxMigration, len(text)))
	}
	if strings.ContainsRune(text, 0) {
		return 0, fault.New("db.syntax", "The migration contains a NUL character. Take it out.")
	}
	if reason, of := forbiddenWord(text, &m.guard.rights); reason != "" {
		return 0, denied(reason, of)
	}
	for number = 1; text != ""; number++ {
		if err := m.store.alive(m.ctx); err != nil {
			return 0, err
		}
		rest, err := m.statement(text, l)
		if err != nil {
			return number, err
		}
		if m.handle.autocommit() {
			return number, fault.New("db.denied", reasonTurn)
		}
		if len(rest) >= len(text) {
			break
		}
		text = rest
	}
	return 0, nil
}

// statement runs the first statement of text and returns the rest.
func (m *migrator) statement(text string, l Limits) (rest string, err error) {
	m.conn.guard.Store(m.guard)
	defer m.conn.guard.Store(nil)
	m.guard.begin(text)
	s, rest, err := m.handle.prepareWithin(text)
	if err != nil && m.guard.ended {
		return "", interruptedError()
	}
	if s != nil {
		defer s.finish()
		if err := m.vouch(m.guard); err != nil {
			return "", err
		}
	}
	if reason := m.guard.verdict(text[:len(text)-len(rest)]); reason != "" && (s != nil || m.guard.reason != "") {
		return "", denied(reason, m.guard.withheld)
	}
	if err != nil || s == nil {
		return rest, err
	}
	if m.guard.pragma != "" {
		return rest, m.foreignKeys(m.guard.pragma)
	}
	if s.parameters() > 0 {
		return "", fault.New("db.parameter", "A migration takes no values. Write them into the statement.")
	}
	m.conn.guard.Store(nil)
	if err := m.ahead(); err != nil {
		return "", err
	}
	m.conn.guard.Store(m.guard)
	if m.tracker != nil && !m.guard.defines { // the tracker may have changed the schema
		if err := m.recompile(m.guard, s, text[:len(text)-len(rest)]); err != nil {
			return "", err
		}
	}
	for more := true; more; {
		if more, err = s.step(); err != nil {
			return "", err
		}
	}
	m.conn.guard.Store(nil)
	m.guard.tellUsed()
	m.noteWritten(text[:len(text)-len(rest)])
	if m.meter != nil {
		m.meter.ran(m.guard)
	}
	if m.guard.altered != "" {
		if err := m.audit(); err != nil {
			return "", err
		}
	}
	return rest, m.behind()
}

// foreignKeys answers PRAGMA foreign_keys. SQLite itself would ignore it
// within a transaction, and then dropping a table to rebuild it would delete
// what refers to its rows.
func (m *migrator) foreignKeys(value string) error {
	switch value {
	case "off", "0", "no", "false":
		m.loose = true
		return m.handle.enforceForeignKeys(false)
	case "on", "1", "yes", "true":
		return m.handle.enforceForeignKeys(true)
	}
	return nil
}

func (h handle) enforceForeignKeys(on bool) error {
	return h.configure(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY, on)
}
