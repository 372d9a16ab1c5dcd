package crdt

import (
	"errors"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

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
		err = m.forgetBefore(t)
	}
	return t, err
}

// forgetBefore lets no moment be gone back to at which a table was not tracked:
// its rows were there, but nothing says how they were.
func (m *migration) forgetBefore(t *table) error {
	if !m.e.keepsHistory(t) {
		return nil
	}
	kept, err := m.e.historyOf(m.tx, t.app)
	if err != nil {
		return err
	}
	return kept.raise(m.tx, m.h)
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
