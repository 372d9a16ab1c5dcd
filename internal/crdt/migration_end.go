package crdt

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// End implements store.MigrationTracker: every table that is there now is
// tracked as it should be.
func (m *migration) End() error {
	m.tx.Capture(false) // of what is done to the tables here
	defer m.tx.Capture(true)
	present, err := m.presentTables()
	if err != nil {
		return err
	}
	heirs := m.heirs()
	for _, f := range m.followed {
		if f.name == "" && f.heir(heirs) == "" {
			if err := m.rememberDropped(f); err != nil {
				return err
			}
			if err := m.forget(f); err != nil {
				return err
			}
		}
	}
	if err := m.freeNames(); err != nil {
		return err
	}
	var tracked []*table
	for _, name := range slices.Sorted(maps.Keys(present)) {
		t, err := m.settle(name, present[name], heirs)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		tracked = append(tracked, t)
		if m.filled[name] {
			if err := m.noteFilled(t); err != nil {
				return err
			}
		}
	}
	if err := m.finishHistory(); err != nil {
		return err
	}
	if err := m.ship(); err != nil {
		return err
	}
	for _, f := range m.followed {
		if err := m.dropCopy(f); err != nil {
			return err
		}
	}
	return m.finish(tracked)
}

// finish takes up what else follows from the tables' definitions, and begins to
// capture again.
func (m *migration) finish(tracked []*table) error {
	for _, t := range tracked { // an index may be new
		t.mergeShape = nil
		if err := t.loadShape(m.tx); err != nil {
			return err
		}
	}
	if err := m.e.attach(m.tx, tracked...); err != nil {
		return err
	}
	for _, t := range tracked {
		if err := m.e.reshapeHidden(m.tx, t); err != nil {
			return err
		}
	}
	if err := m.settleUnmade(); err != nil {
		return err
	}
	for _, t := range tracked {
		if err := m.e.applyParked(m.tx, t); err != nil {
			return err
		}
	}
	return m.noteMoved()
}

// heirs are the tables that were dropped, by the lower-case name of the table
// that took their place: one the migration made and that has the name the
// dropped one had in the beginning, or when it was dropped; or else had it on the
// way. So a table that is rebuilt stays the same table, in whatever order that is
// done.
func (m *migration) heirs() map[string]*follow {
	heirs := map[string]*follow{}
	for _, present := range []bool{true, false} {
		for _, byStart := range []bool{true, false} {
			for _, f := range m.followed {
				name := f.last
				if byStart {
					name = f.start
				}
				if f.name != "" || f.heir(heirs) != "" {
					continue
				}
				if !present {
					name = m.onceCalled(name, heirs)
				}
				if m.made[name] && heirs[name] == nil {
					heirs[name] = f
				}
			}
		}
	}
	return heirs
}

// onceCalled is the present name of a table that the migration made and that had
// a name before, and has taken nobody's place; or "".
func (m *migration) onceCalled(name string, heirs map[string]*follow) string {
	for _, now := range slices.Sorted(maps.Keys(m.names)) {
		if heirs[now] == nil && slices.Contains(m.names[now], name) {
			return now
		}
	}
	return ""
}

// heir is the name under which f is among heirs, or "".
func (f *follow) heir(heirs map[string]*follow) string {
	for name, h := range heirs {
		if h == f {
			return name
		}
	}
	return ""
}

// freeNames takes their names from the tables that have others now: whichever
// table has them now is registered under them.
func (m *migration) freeNames() error {
	for _, f := range m.followed {
		if f.t.name == "" || f.name == strings.ToLower(f.t.name) {
			continue
		}
		if err := m.reg.freeName(m.tx, f.t); err != nil {
			return err
		}
	}
	return nil
}

// settle makes one table tracked as it should be, and returns it if it is.
func (m *migration) settle(name, written string, heirs map[string]*follow) (*table, error) {
	f := m.called(name)
	rebuilt := f == nil && heirs[name] != nil
	if rebuilt {
		f = heirs[name]
	}
	app := appOf(name)
	if spelling.StaysHere(name) || m.step.Development && app == strings.ToLower(m.step.App) {
		if f != nil {
			return nil, m.forget(f)
		}
		return nil, nil
	}
	if f != nil && !f.touched {
		return f.t, nil
	}
	d, err := declaration(m.tx, written)
	if err != nil {
		return nil, err
	}
	known := f != nil || m.made[name]
	if !known && !m.freed[name] && (!m.released || app != strings.ToLower(m.step.App)) {
		return nil, nil // it was not tracked and is what it was
	}
	if f == nil || rebuilt {
		if err := d.usable(m.step.AutomaticIntegerKeys); err != nil {
			return nil, err
		}
	}
	if f == nil || f.copied {
		if null, err := m.keyIsNull(&d); null != nil || err != nil {
			return nil, errors.Join(null, err)
		}
	}
	if len(d.columns) > maxColumns {
		return nil, d.usable(true)
	}
	if f != nil {
		t, err := m.carry(f, &d, rebuilt)
		if t != nil || err != nil {
			return t, err
		}
		return m.begin(&d, true)
	}
	return m.begin(&d, m.made[name])
}

// forget ends the tracking of a table that is gone or stays on this device. Its
// columns and itself are known as dropped, so that late changes are discarded.
func (m *migration) forget(f *follow) error {
	t := f.t
	if err := m.e.untrack(m.tx, t); err != nil {
		return err
	}
	q := m.tx.Query("DELETE FROM alcove_crdt_parked WHERE tbl = ?")
	q.Blob(1, t.gid[:])
	return q.Run()
}

// presentTables are the tables of the apps that the migration may have changed,
// by lower-case name.
func (m *migration) presentTables() (map[string]string, error) {
	names := map[string]string{}
	q := m.tx.Query("SELECT name FROM sqlite_schema WHERE type = 'table'")
	for q.Step() {
		name := string(q.ColumnBytes(0))
		if lower := strings.ToLower(name); m.apps[appOf(lower)] {
			names[lower] = name
		}
	}
	return names, q.Err()
}
