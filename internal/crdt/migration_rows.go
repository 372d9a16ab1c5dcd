package crdt

import (
	"errors"
	"fmt"
	"slices"
)

// putBack gives rows that have another rowid than before their old one again:
// clocks, and what is yet to be sent, name rows by it. Rows that the migration
// made give way. It returns where those are then.
func (m *migration) putBack(c *carried, moved []movedRow, made []int64) ([]int64, error) {
	if len(moved) == 0 {
		return made, nil
	}
	last, err := m.lastRowid(c)
	if err != nil {
		return nil, err
	}
	if err := m.tx.Triggers(false); err != nil { // the app's own
		return nil, err
	}
	put := func(now, then int64) error {
		q := m.tx.Query("UPDATE " + quote(c.t.name) + " SET " + c.t.rowidName + " = ? WHERE " + c.t.rowidName + " = ?")
		q.Int(1, then)
		q.Int(2, now)
		return q.Run()
	}
	err = func() error {
		for i := range made {
			last++
			if err := put(made[i], last); err != nil {
				return err
			}
			made[i] = last
		}
		for i := range orderMoves(moved) {
			p := &moved[i]
			last++
			if err := put(p.now, last); err != nil {
				return err
			}
			p.now = last
		}
		for _, p := range moved {
			if err := put(p.now, p.was); err != nil {
				return err
			}
		}
		return nil
	}()
	if on := m.tx.Triggers(true); err == nil {
		err = on
	}
	return made, err
}

// orderMoves puts moves in an order in which none takes a place that another
// has yet to leave. If there is none, it returns how many have to go somewhere
// else first: all of them.
func orderMoves(moved []movedRow) int {
	up := !slices.ContainsFunc(moved, func(p movedRow) bool { return p.was < p.now })
	down := !slices.ContainsFunc(moved, func(p movedRow) bool { return p.was > p.now })
	switch {
	case up: // the last one first
		slices.SortFunc(moved, func(a, b movedRow) int { return compareInt(b.was, a.was) })
	case down:
		slices.SortFunc(moved, func(a, b movedRow) int { return compareInt(a.was, b.was) })
	default:
		return len(moved)
	}
	return 0
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lastRowid is a rowid that is beyond all that the table and its clocks have.
func (m *migration) lastRowid(c *carried) (int64, error) {
	e, err := c.t.edgeOf(m.tx)
	if err != nil {
		return 0, err
	}
	last := e.maxHi
	for _, text := range []string{
		"SELECT max(" + c.t.rowidName + ") FROM " + quote(c.t.name),
		"SELECT max(rid) FROM " + c.t.old(),
	} {
		n, _, err := oneInt(m.tx, text)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}

// bury makes tombstones of the rows that were there before and are not now.
func (m *migration) bury(c *carried) error {
	was := &c.f.was
	keys := ""
	for _, i := range was.key {
		keys += ", o." + oldColumn(i)
	}
	q := m.tx.Query("SELECT o.rid" + keys + " FROM " + c.t.old() + " o WHERE NOT EXISTS (SELECT 1 FROM " + quote(c.t.name) + " n WHERE " + c.sameRow() + ")")
	var cl clocks
	for q.Step() {
		if err := m.buryRow(c, q.ColumnInt(0), c.t.appendRowKey(nil, q, 1), &cl); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

func (m *migration) buryRow(c *carried, rid int64, k []byte, cl *clocks) (err error) {
	t := c.t
	if !t.rowid {
		if rid, err = t.numberOfKey(m.tx, k); err != nil {
			return err
		}
		q := m.tx.Query(t.numberTake)
		q.Int(1, rid)
		if err := q.Run(); err != nil {
			return err
		}
	}
	if err := t.loadClocks(m.tx, rid, cl); err != nil {
		return err
	}
	if t.auto {
		k = appendAutoKey(k, m.reg.sites.outer(cl.birth))
	}
	at := stamp{cl.birth.h, cl.birth.site, max(c.birth.m, cl.birth.m+1)}
	if err := t.storeTomb(m.tx, k, tomb{cl.life() + 1, at}); err != nil {
		return err
	}
	m.out.buried(t, k)
	return t.dropClocks(m.tx, rid)
}

// fillDefaults gives the cells of new columns in rows that were there before
// the reserved stamp: whoever really wrote such a cell has a later one.
func (m *migration) fillDefaults(c *carried) error {
	if len(c.added) == 0 {
		return nil
	}
	from := "SELECT rid, ? FROM " + c.t.of(kindKey) + " WHERE true"
	if c.t.rowid {
		from = "SELECT " + c.t.rowidName + ", ? FROM " + quote(c.t.name) + " WHERE true"
	}
	c.t.entries = true
	q := m.tx.Query("INSERT INTO " + c.t.of(kindClocks) + " (rid, data) " + from + " ON CONFLICT (rid) DO UPDATE SET data = CAST(data || excluded.data AS BLOB)")
	q.Blob(1, appendEntry(nil, c.addedSet(), stamp{}))
	return q.Run()
}

// restamp gives what the migration wrote into rows that were there before its
// stamps: a value keeps its time and site.
func (m *migration) restamp(c *carried, touched []touchedRow) error {
	var cl clocks
	for _, row := range touched {
		if err := c.t.loadClocks(m.tx, row.rid, &cl); err != nil {
			return err
		}
		var done columns // by another device, whose value is here already
		for _, k := range c.kept {
			if !row.changed.has(k.bit) {
				continue
			}
			st, ok := cl.of(k.bit)
			if !ok {
				st = cl.birth
			}
			if st.m >= c.birth.m {
				done |= 1 << k.bit
				continue
			}
			st.m = c.birth.m
			cl.set(1<<k.bit, st)
		}
		if row.filled != 0 {
			cl.set(row.filled, c.birth)
		}
		if err := c.t.storeClocks(m.tx, row.rid, &cl); err != nil {
			return err
		}
		if done != 0 {
			if err := m.takeBack(c, row.rid, done); err != nil {
				return err
			}
		}
		if row.changed&^done|row.filled != 0 {
			m.out.row(c.t, row.rid)
		}
	}
	return nil
}

// takeBack puts the old values of columns back. Another device had run this
// migration already when it sent them.
func (m *migration) takeBack(c *carried, rid int64, set columns) error {
	if err := m.tx.Triggers(false); err != nil {
		return err
	}
	err := func() error {
		for _, k := range c.kept {
			if !set.has(k.bit) {
				continue
			}
			text := "UPDATE OR IGNORE " + quote(c.t.name) + " AS n SET " + quote(k.name) + " = o." + oldColumn(k.old) + " FROM " + c.t.old() + " o WHERE " + c.sameRow()
			if c.t.rowid {
				q := m.tx.Query(text + " AND o.rid = ?")
				q.Int(1, rid)
				if err := q.Run(); err != nil {
					return err
				}
				continue
			}
			number := m.tx.Query(c.t.numberKey)
			number.Int(1, rid)
			if !number.Step() {
				return errors.Join(errDamaged, number.Err())
			}
			key := slices.Clone(number.ColumnBytes(0))
			number.Reset()
			for n, i := range c.t.key {
				text += fmt.Sprintf(" AND n.%s = ?%d", quote(c.t.columns[i].name), n+1)
			}
			q := m.tx.Query(text)
			if err := c.t.bindKey(q, key); err != nil {
				return err
			}
			if err := q.Run(); err != nil {
				return err
			}
		}
		return nil
	}()
	if on := m.tx.Triggers(true); err == nil {
		err = on
	}
	return err
}

// deliver gives the rows that the migration made their birth.
func (m *migration) deliver(c *carried, made []int64) error {
	if len(made) == 0 {
		return nil
	}
	t := c.t
	e, err := t.edgeOf(m.tx)
	if err != nil {
		return err
	}
	beyond := e.maxHi
	above := span{birth: c.birth, cl: t.firstLife()}
	ranged := false
	for _, r := range runsOf(made) {
		q := m.tx.Query("DELETE FROM " + t.of(kindClocks) + " WHERE rid BETWEEN ? AND ?") // of fillDefaults
		q.Int(1, r.lo)
		q.Int(2, r.hi)
		if err := q.Run(); err != nil {
			return err
		}
	}
	for _, rid := range made {
		m.out.row(t, rid)
		life, err := m.lifeOf(c, e, rid)
		if err != nil {
			return err
		}
		if rid > beyond {
			if !ranged {
				above.lo = rid
			}
			ranged, above.hi = true, rid
		}
		if rid <= beyond || life != t.firstLife() {
			if err := t.storeClocks(m.tx, rid, &clocks{birth: c.birth, cl: life}); err != nil {
				return err
			}
		}
	}
	if ranged {
		return t.addRange(m.tx, above)
	}
	return nil
}

// lifeOf is the causal length of a row that the migration made: one life more
// than its key had when it died, or was hidden.
func (m *migration) lifeOf(c *carried, e *edge, rid int64) (int64, error) {
	t := c.t
	if !e.tombs && !e.hidden {
		return t.firstLife(), nil
	}
	text := t.numberKey
	if t.rowid {
		text = "SELECT " + t.keyList("") + " FROM " + quote(t.name) + " WHERE " + t.rowidName + " = ?"
	}
	q := m.tx.Query(text)
	q.Int(1, rid)
	if !q.Step() {
		return 0, errors.Join(errDamaged, q.Err())
	}
	var k []byte
	if t.rowid {
		k = t.appendRowKey(nil, q, 0)
	} else {
		k = slices.Clone(q.ColumnBytes(0))
	}
	q.Reset()
	if t.auto {
		k = appendAutoKey(k, m.reg.sites.outer(c.birth))
	}
	life := t.firstLife()
	d, ok, err := t.tombOf(m.tx, k)
	if err != nil {
		return 0, err
	}
	if ok {
		life = max(life, d.cl+1)
		if err := t.dropTomb(m.tx, k); err != nil {
			return 0, err
		}
	}
	if e.hidden {
		cl, was, err := m.e.hiddenLife(m.tx, t, k)
		if err != nil {
			return 0, err
		}
		if was {
			life = max(life, cl+2)
		}
	}
	return life, nil
}
