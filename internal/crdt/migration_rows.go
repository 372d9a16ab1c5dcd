package crdt

import (
	"slices"
)

// returnRowids gives rows that have another rowid than before their old one
// again: clocks, and what is yet to be sent, name rows by it. Rows that the
// migration made give way. It returns where those are then.
func (m *migration) returnRowids(c *carried, moved []movedRow, made []int64) ([]int64, error) {
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

// bury makes tombstones of the rows that were there before and are not now. It
// returns the rowids of those that the migration has no say over (see
// levels.spared): they wait to be merged again.
func (m *migration) bury(c *carried) (spared map[int64]bool, err error) {
	spared = map[int64]bool{}
	was := &c.f.was
	keys := ""
	for _, i := range was.key {
		keys += ", o." + oldColumn(i)
	}
	q := m.tx.Query("SELECT o.rid" + keys + " FROM " + c.t.old() + " o WHERE NOT EXISTS (SELECT 1 FROM " + quote(c.t.name) + " n WHERE " + c.sameRow() + ")")
	var cl clocks
	for q.Step() {
		stays, err := m.buryRow(c, q.ColumnInt(0), c.t.appendRowKey(nil, q, 1), &cl)
		if err != nil {
			q.Reset()
			return nil, err
		}
		if stays {
			spared[q.ColumnInt(0)] = true
		}
	}
	return spared, q.Err()
}

func (m *migration) buryRow(c *carried, at int64, k []byte, cl *clocks) (spared bool, err error) {
	t, rid := c.t, at
	if !t.rowid {
		if rid, err = t.numberOfKey(m.tx, k); err != nil {
			return false, err
		}
		q := m.tx.Query(t.numberTake)
		q.Int(1, rid)
		if err := q.Run(); err != nil {
			return false, err
		}
	}
	if err := t.loadClocks(m.tx, rid, cl); err != nil {
		return false, err
	}
	if err := t.dropClocks(m.tx, rid); err != nil {
		return false, err
	}
	if m.levels.sparedRow(cl, c.birth.m) {
		return true, m.setAsideRow(c, at, cl)
	}
	if err := m.rememberRow(c, at, cl); err != nil {
		return false, err
	}
	if t.auto {
		k = appendAutoKey(k, m.reg.sites.outer(cl.birth))
	}
	m.out.buried(t, k)
	return false, t.storeTomb(m.tx, k, tomb{cl.life() + 1, stamp{cl.birth.h, cl.birth.site, c.birth.m}})
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
// stamps: a value keeps its time and site. Values that have gone through the
// migration before wait to be merged again.
func (m *migration) restamp(c *carried, touched []touchedRow) error {
	var cl clocks
	for _, row := range touched {
		if err := c.t.loadClocks(m.tx, row.rid, &cl); err != nil {
			return err
		}
		was := cl
		was.entries = slices.Clone(cl.entries)
		var spared columns
		for _, k := range c.kept {
			if !row.changed.has(k.bit) {
				continue
			}
			st := was.stampOf(k.bit)
			if m.levels.spared(st, c.birth.m) {
				spared |= 1 << k.bit
				continue
			}
			st.m = c.birth.m
			cl.set(1<<k.bit, st)
		}
		if row.filled != 0 {
			cl.set(row.filled, c.birth)
		}
		if spared != 0 {
			cl.set(spared, stamp{})
		}
		if err := c.t.storeClocks(m.tx, row.rid, &cl); err != nil {
			return err
		}
		ours := row.changed &^ spared
		if err := m.setAside(c, row.copy, &was, spared, ours); err != nil {
			return err
		}
		if ours|row.filled != 0 {
			m.out.row(c.t, row.rid)
		}
	}
	return nil
}
