package crdt

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/store"
)

// migration accounts for what one migration of an app does to tables that are
// tracked, or are to be. Nothing is captured while it runs: every device runs
// the same migration, and clocks that each made of its own would let the last
// one to update win over real edits. Instead the rows are compared before and
// after, and what differs gets stamps that are the same everywhere.
type migration struct {
	e    *Engine
	tx   *store.Tx
	step store.MigrationStep
	reg  *registry

	followed []*follow
	made     map[string]bool          // tables that the migration made, by lower-case name
	names    map[string][]string      // that those had before, or those whose places they took
	past     map[string][]string      // the same of those that it dropped, by the last name
	freed    map[string]bool          // that it renamed and that stayed on this device
	filled   map[string]bool          // in which it may have made rows
	apps     map[string]bool          // whose tables it may have changed
	released bool                     // the app was under development and is no longer
	levels   *levels                  // of the app
	merger   *merger                  // once it is needed
	moved    []movedKeys              // rows that get another number at the end
	unmade   []*table                 // that had rows taken out again
	old      map[int64]*historyWriter // by table

	out outgoing
	h   int64 // the time of this transaction, once it needed one
}

// follow is a tracked table on its way through a migration.
type follow struct {
	t        *table
	was      table    // as it was
	declared declared // as it was
	start    string   // name before the migration, in lower case
	name     string   // its present name, in lower case; "" once it is dropped
	last     string   // name when it was dropped, in lower case
	columns  []followedColumn
	touched  bool  // it was altered or written
	copied   bool  // there is a copy of its rows
	copies   []int // the columns that it has
}

// followedColumn is a column that was there before the migration.
type followedColumn struct {
	column        // as it was
	now    string // its present name, or the one it was dropped with the table under
	gone   bool
}

// Migrate implements store.Tracker.
func (e *Engine) Migrate(tx *store.Tx, step store.MigrationStep) (store.MigrationTracker, error) {
	reg, err := e.writing(tx)
	if err != nil {
		return nil, err
	}
	e.touched = true
	app := strings.ToLower(step.App)
	m := &migration{
		e: e, tx: tx, step: step, reg: reg,
		made: map[string]bool{}, names: map[string][]string{}, past: map[string][]string{}, freed: map[string]bool{}, filled: map[string]bool{}, apps: map[string]bool{app: true},
	}
	if m.released, err = m.noteApp(app, step.Development); err != nil {
		return nil, err
	}
	if m.levels, err = loadLevels(tx, app); err != nil {
		return nil, err
	}
	if err := noteRan(tx, &reg.sites, app, uint32(step.Ordinal)); err != nil {
		return nil, err
	}
	m.followApp(app)
	return m, nil
}

// inOrder are the tables by their numbers.
func (r *registry) inOrder() []*table {
	list := make([]*table, 0, len(r.tables))
	for _, t := range r.tables {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *table) int { return int(a.id - b.id) })
	return list
}

// In alcove_crdt_app.flags. From bit 8 on there is how many migrations of the
// app have run here, or 0 if that is not known.
const (
	flagDevelopment = 1
	migratedShift   = 8
)

// noteApp keeps whether an app is under development, and reports whether it was
// and is no longer.
func (m *migration) noteApp(app string, development bool) (released bool, err error) {
	q := m.tx.Query("SELECT flags FROM alcove_crdt_app WHERE prefix = ?")
	q.Text(1, []byte(app))
	was, known := int64(0), q.Step()
	if known {
		was = q.ColumnInt(0)
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return false, err
	}
	flags := was&(1<<migratedShift-1)&^flagDevelopment | int64(m.step.Ordinal)<<migratedShift
	m.reg.migrated[app] = int64(m.step.Ordinal)
	if development {
		flags |= flagDevelopment
	}
	if known && flags == was {
		return false, nil
	}
	q = m.tx.Query("INSERT INTO alcove_crdt_app (prefix, generation, flags) VALUES (?, 0, ?) ON CONFLICT DO UPDATE SET flags = excluded.flags")
	q.Text(1, []byte(app))
	q.Int(2, flags)
	return was&flagDevelopment != 0 && !development, q.Run()
}

// followApp begins to follow an app's tables.
func (m *migration) followApp(app string) {
	for _, t := range m.reg.inOrder() {
		if t.name != "" && t.app == app {
			m.follow(t)
		}
	}
}

// follow begins to follow a table.
func (m *migration) follow(t *table) {
	f := &follow{t: t, was: *t, start: strings.ToLower(t.name), name: strings.ToLower(t.name)}
	for _, c := range t.columns {
		f.columns = append(f.columns, followedColumn{column: c, now: strings.ToLower(c.name)})
	}
	m.followed = append(m.followed, f)
	m.apps[t.app] = true
}

// called returns the followed table with a name, or nil.
func (m *migration) called(name string) *follow {
	for _, f := range m.followed {
		if f.name == name {
			return f
		}
	}
	return nil
}

// reached returns the tracked table with a name, or nil. Another app's is followed
// from here on, with all of that app, whose foreign keys may be to it.
func (m *migration) reached(name string) *follow {
	if f := m.called(name); f != nil {
		return f
	}
	t := m.reg.byName[name]
	if t == nil || m.made[name] || m.freed[name] || slices.ContainsFunc(m.followed, func(f *follow) bool { return f.t == t }) {
		return nil // it was not tracked before
	}
	m.followApp(t.app)
	return m.called(name)
}

// touch returns the tracked table with a name, which is about to be changed, or
// nil. Its triggers go until the end: they name columns that may be dropped, and
// nothing is to be captured.
func (m *migration) touch(name string) (f *follow, err error) {
	f = m.reached(name)
	if f == nil || f.touched {
		return f, nil
	}
	f.touched = true
	if f.declared, err = declaration(m.tx, f.t.name); err != nil {
		return nil, err
	}
	return f, m.tx.Untrack(f.t.id)
}

// Altering implements store.MigrationTracker.
func (m *migration) Altering(table string) error {
	_, err := m.touch(table)
	return err
}

// Before implements store.MigrationTracker: rows that a statement may change
// are copied, once for each table.
func (m *migration) Before(writes []store.TableWrite) error {
	for i := range writes {
		f, err := m.touch(writes[i].Table)
		if err != nil {
			return err
		}
		m.noteFilling(&writes[i], f)
		if f == nil || f.copied {
			continue
		}
		if err := m.copyRows(f); err != nil {
			return err
		}
	}
	return nil
}

// After implements store.MigrationTracker.
func (m *migration) After(changes []store.SchemaChange) error {
	for _, c := range changes {
		name, column, to := strings.ToLower(c.Table), strings.ToLower(c.Column), strings.ToLower(c.To)
		f := m.called(name)
		if app := appOf(name); app != "" {
			m.apps[app] = true
		}
		switch c.Kind {
		case store.TableMade:
			m.made[name], m.names[name] = true, m.past[name]
		case store.TableDropped:
			if m.made[name] {
				m.past[name] = m.names[name]
			}
			m.leave(name)
			if f != nil {
				f.name, f.last = "", name
			}
		case store.TableRenamed:
			if f != nil {
				f.name = to
			}
			if f == nil && !m.made[name] && (spelling.StaysHere(name) || m.freed[name]) {
				m.freed[to] = true
			}
			if m.made[name] {
				m.made[to], m.names[to] = true, slices.Concat(m.names[name], []string{name}, m.past[to])
			}
			if m.filled[name] {
				m.filled[to] = true
			}
			m.leave(name)
		case store.ColumnDropped, store.ColumnRenamed:
			if f != nil {
				f.change(column, to)
			}
		case store.IndexesChanged:
			m.reached(name) // what is unique is read at the end
		case store.ColumnAdded: // found at the end
		}
	}
	return nil
}

// leave forgets what is known of the table that had a name.
func (m *migration) leave(name string) {
	delete(m.made, name)
	delete(m.names, name)
	delete(m.freed, name)
	delete(m.filled, name)
}

// change notes that a column was renamed, or dropped if to is "".
func (f *follow) change(name, to string) {
	for i := range f.columns {
		if c := &f.columns[i]; c.now == name && !c.gone {
			c.now, c.gone = to, to == ""
			return
		}
	}
}
