package crdt

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/store"
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
		if f.name == "" && heirs[f.heir(heirs)] != f {
			if err := m.rememberDropped(f); err != nil {
				return err
			}
			if err := m.forget(f); err != nil {
				return err
			}
		}
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
		if err := m.e.reshapeHidden(m.tx, t, t); err != nil {
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
// dropped one had in the beginning, or when it was dropped. So a table that is
// rebuilt stays the same table, in whatever order that is done.
func (m *migration) heirs() map[string]*follow {
	heirs := map[string]*follow{}
	for _, byStart := range []bool{true, false} {
		for _, f := range m.followed {
			name := f.last
			if byStart {
				name = f.start
			}
			if f.name == "" && m.made[name] && heirs[name] == nil && f.heir(heirs) == "" {
				heirs[name] = f
			}
		}
	}
	return heirs
}

// heir is the name under which f is among heirs, or "".
func (f *follow) heir(heirs map[string]*follow) string {
	for _, name := range []string{f.start, f.last} {
		if heirs[name] == f {
			return name
		}
	}
	return ""
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

// begin begins to track a table. Its rows are those that the migration made,
// or, if it did not make the table, changes of this device.
func (m *migration) begin(d *declared, made bool) (*table, error) {
	app := appOf(d.name)
	gid := tableGID(app, d.name[len(app):], m.step.Hash)
	for m.reg.byGID[gid] != nil {
		gid = gid.next()
	}
	columns := make([]newColumn, len(d.columns))
	for i, c := range d.columns {
		form, _, err := c.constantValue(m.tx)
		if err != nil {
			return nil, err
		}
		columns[i] = newColumn{c.name, columnGID(gid, c.name, m.step.Hash), form}
	}
	t, err := m.e.track(m.tx, app, d.name, gid, d.integer, columns)
	if err != nil {
		return nil, err
	}
	birth := stamp{m: uint32(m.step.Ordinal)}
	if !made {
		birth = stamp{h: m.tick(), site: m.reg.sites.self}
	}
	s, err := m.bear(t, birth)
	if err != nil {
		return nil, err
	}
	switch {
	case s.lo > s.hi: // no rows
	case made:
		m.out.begun(t, sectionMigrated, run{s.lo, s.hi})
	default:
		m.out.begun(t, sectionWritten, run{s.lo, s.hi})
	}
	return t, nil
}

// tick is the time of what this device begins to track in this migration, and
// the place of the migration in what it sends.
func (m *migration) tick() int64 {
	if m.h == 0 {
		m.h = m.e.clock.tick()
	}
	return m.h
}

// bear gives all rows of a table that begins to be tracked one birth, and
// returns the range of them. It is empty if there are none.
func (m *migration) bear(t *table, birth stamp) (s span, err error) {
	s = span{lo: 1, birth: birth}
	if !t.rowid {
		if err := m.number(t, 1); err != nil {
			return s, err
		}
	}
	text := "SELECT min(rid), max(rid) FROM " + t.of(kindKey)
	if t.rowid {
		text = "SELECT min(" + t.rowidName + "), max(" + t.rowidName + ") FROM " + quote(t.name)
	}
	q := m.tx.Query(text)
	if !q.Step() {
		return s, errors.Join(errDamaged, q.Err())
	}
	empty := q.ColumnType(0) == store.Null
	if !empty {
		s.lo, s.hi = q.ColumnInt(0), q.ColumnInt(1)
	}
	q.Reset()
	if empty {
		return s, nil
	}
	return s, t.addRange(m.tx, s)
}

// number gives the rows of a WITHOUT ROWID table numbers from first on.
func (m *migration) number(t *table, first int64) error {
	q := m.tx.Query("SELECT " + t.keyList("") + " FROM " + quote(t.name))
	var k []byte
	for n := first; q.Step(); n++ {
		k = t.appendRowKey(k[:0], q, 0)
		add := m.tx.Query(t.numberAdd)
		add.Int(1, n)
		add.Blob(2, k)
		if err := add.Run(); err != nil {
			q.Reset()
			return err
		}
		t.lastNumber = n
	}
	return q.Err()
}

// keyList is the columns of the key as SQL, each behind prefix.
func (t *table) keyList(prefix string) string {
	names := make([]string, len(t.key))
	for n, i := range t.key {
		names[n] = prefix + quote(t.columns[i].name)
	}
	return strings.Join(names, ", ")
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
