package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// maxWeight is how much SQLite may have to look up for all views and triggers of
// an extension, counted in questions to the authorizer: about one for each column
// or table in each place that it comes to, also by way of other views. SQLite
// does it for everybody's views and triggers whenever anybody alters a table, and
// views that use each other can multiply it beyond any measure.
const maxWeight = 10_000

// weight is what the authorizer is asked while things are compiled to be weighed.
type weight struct {
	asked  int             // up to maxWeight and one
	actors map[string]bool // the triggers and views for which it was, in lower case
}

func (w *weight) ask(actor string) sqlite.AuthorizerReturnCode {
	if w.asked++; w.asked > maxWeight {
		return sqlite.AuthorizerDeny
	}
	w.actors[actor] = true
	return sqlite.AuthorizerOK
}

// definitions are what an extension has that others compile, too. Names are in
// lower case.
type definitions struct {
	tables, views []string
	triggers      map[string]string // name -> table or view
	seen          map[string]bool   // triggers that were compiled
}

// weigh refuses an extension whose views and triggers come to more. They are
// compiled, not run. A trigger that does not compile is refused, because what
// SQLite would do with the rest of it is not known, and so is what takes too much
// memory: the host reads all tables, also columns that they generate from each
// other.
func (m *migrator) weigh() error {
	d := definitions{triggers: map[string]string{}, seen: map[string]bool{}}
	err := m.handle.objects(func(o object) {
		switch {
		case !m.ownObject(o):
		case o.kind == "table":
			d.tables = append(d.tables, o.name)
		case o.kind == "view":
			d.views = append(d.views, o.name)
		case o.kind == "trigger" && !isCaptureTrigger(o.name, ""):
			d.triggers[o.name] = o.table
		}
	})
	if err != nil {
		return err
	}
	for _, name := range d.tables {
		if err := m.weighOne(&weight{}, &d, "SELECT * FROM "+quoteName(name), name); err != nil {
			return err
		}
	}
	var total weight
	for _, name := range d.views {
		if err := m.weighOne(&total, &d, "SELECT * FROM "+quoteName(name), name); err != nil {
			return err
		}
	}
	done := map[string]bool{}
	for _, name := range d.triggers {
		if done[name] {
			continue
		}
		done[name] = true
		if err := m.weighChanges(&total, &d, name); err != nil {
			return err
		}
	}
	for name := range d.triggers {
		if !d.seen[name] {
			return fault.New("db.syntax", "No change of its table would run the trigger "+unprefixed(name, &m.rights)+
				". Name columns that the table has after UPDATE OF, or drop the trigger.")
		}
	}
	return nil
}

// weighChanges weighs the triggers of a table or view.
func (m *migrator) weighChanges(total *weight, d *definitions, name string) error {
	quoted := quoteName(name)
	var columns []string
	err := m.handle.rows("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", []any{name}, func(row []any) error {
		column, _ := row[0].(string)
		columns = append(columns, quoteName(column)+" = NULL")
		return nil
	})
	if err != nil {
		return err
	}
	texts := []string{"INSERT INTO " + quoted + " DEFAULT VALUES", "DELETE FROM " + quoted}
	if len(columns) > 0 { // all of them, for each trigger of UPDATE OF
		texts = append(texts, "UPDATE "+quoted+" SET "+strings.Join(columns, ", "))
	}
	for _, text := range texts {
		if err := m.weighOne(total, d, text, name); err != nil {
			return err
		}
	}
	return nil
}

// weighOne compiles one statement about the table or view of that name.
func (m *migrator) weighOne(total *weight, d *definitions, text, name string) error {
	if err := m.store.alive(m.ctx); err != nil {
		return err
	}
	total.actors = map[string]bool{}
	g := guard{weight: total}
	m.conn.guard.Store(&g)
	st, _, err := m.handle.prepareWithin(text)
	m.conn.guard.Store(nil)
	if st != nil {
		st.finish()
	}
	triggered := false
	for actor := range total.actors {
		if _, ok := d.triggers[actor]; ok {
			d.seen[actor], triggered = true, true
		}
	}
	code := codeOf(err) & 0xff
	switch {
	case g.ended:
		return interruptedError()
	case total.asked > maxWeight:
		return fault.New("quota.schema", fmt.Sprintf(
			"The views and triggers of the app use each other so much that SQLite has more than %d things to look up for them. Make them flatter, or fewer.", maxWeight))
	case code == sqlite3.SQLITE_NOMEM:
		return fault.New("quota.schema", fmt.Sprintf(
			"The views, triggers and generated columns of the app use each other so much that SQLite needs more than %d bytes to compile them. Make them flatter, or fewer.", compileMemory))
	case code == sqlite3.SQLITE_ERROR && !triggered && d.harmless(text, name):
		return nil
	case code == sqlite3.SQLITE_ERROR:
		e, _ := errors.AsType[*sqliteError](err)
		return fault.Wrap("db.syntax", "At the end of the migration "+unprefixed(name, &m.rights)+" or one of its triggers is broken: "+
			unprefixed(e.message, &m.rights)+". Drop the trigger, or correct it.", err)
	}
	return err
}

// harmless reports whether nobody is the worse if text, which reached no
// trigger, does not compile. A view may have no trigger for a change. And what
// SQLite does whenever anybody alters a table comes first in a query, and was
// weighed: what does not end well there is found by probe.
func (d *definitions) harmless(text, name string) bool {
	return strings.HasPrefix(text, "SELECT") || slices.Contains(d.views, name)
}
