package crdt

import (
	"errors"
	"slices"
)

// deliver gives the rows that the migration made their birth. Those whose keys
// died after another device had run the migration go again.
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
	above := span{birth: c.birth, cl: firstMade}
	ranged := false
	for _, r := range runsOf(made) {
		q := m.tx.Query("DELETE FROM " + t.of(kindClocks) + " WHERE rid BETWEEN ? AND ?") // of fillDefaults
		q.Int(1, r.lo)
		q.Int(2, r.hi)
		if err := q.Run(); err != nil {
			return err
		}
	}
	var dead []int64
	for _, rid := range made {
		life, err := m.lifeOf(c, e, rid)
		if err != nil {
			return err
		}
		if life == 0 {
			dead = append(dead, rid)
			continue
		}
		m.out.row(t, rid)
		if rid > beyond {
			if !ranged {
				above.lo = rid
			}
			ranged, above.hi = true, rid
		}
		if rid <= beyond || life != firstMade {
			if err := t.storeClocks(m.tx, rid, &clocks{birth: c.birth, cl: life}); err != nil {
				return err
			}
		}
	}
	if ranged {
		if err := t.addRange(m.tx, above); err != nil {
			return err
		}
	}
	return m.unmake(c, dead)
}

// firstMade is the causal length of a row that a migration made and whose key
// nothing is known of. It is not table.firstLife, which devices do not have in
// common: the longer life of a device that has collected would win over what
// people did to the row of others.
const firstMade = 1

// lifeOf is the causal length of a row that the migration made: one life more
// than its key had when it died, or was hidden. It is 0 if that was after
// another device had run the migration: then the key stays what it is. A death
// that was collected elsewhere counts no more than there.
func (m *migration) lifeOf(c *carried, e *edge, rid int64) (int64, error) {
	t := c.t
	if !e.tombs && !e.hidden {
		return firstMade, nil
	}
	k, err := m.keyOf(c, rid)
	if err != nil {
		return 0, err
	}
	if t.auto {
		k = appendAutoKey(k, m.reg.sites.outer(c.birth))
	}
	life := int64(firstMade)
	d, ok, err := t.tombOf(m.tx, k)
	if err != nil {
		return 0, err
	}
	if ok {
		if m.levels.of(d.stamp) >= c.birth.m {
			return 0, nil
		}
		settled, err := m.settled(d)
		if err != nil {
			return 0, err
		}
		if !settled {
			life = max(life, d.cl+1)
		}
		if err := t.dropTomb(m.tx, k); err != nil {
			return 0, err
		}
	}
	if !e.hidden {
		return life, nil
	}
	spared, err := m.hiddenSpared(c, k)
	if spared || err != nil {
		return 0, err
	}
	merger, err := m.lateMerger()
	if err != nil {
		return 0, err
	}
	cl, was, err := merger.takeHidden(t, k, nil)
	if was {
		life = max(life, cl+2)
	}
	return life, err
}

// settled is merger.settled.
func (m *migration) settled(d tomb) (bool, error) {
	merger, err := m.lateMerger()
	if err != nil {
		return false, err
	}
	return merger.settled(d)
}

// keyOf is the key of a row, without a birth.
func (m *migration) keyOf(c *carried, rid int64) (k []byte, err error) {
	t := c.t
	text := t.numberKey
	if t.rowid {
		text = "SELECT " + t.keyList("") + " FROM " + quote(t.name) + " WHERE " + t.rowidName + " = ?"
	}
	q := m.tx.Query(text)
	q.Int(1, rid)
	if !q.Step() {
		return nil, errors.Join(errDamaged, q.Err())
	}
	if t.rowid {
		k = t.appendRowKey(nil, q, 0)
	} else {
		k = slices.Clone(q.ColumnBytes(0))
	}
	q.Reset()
	return k, nil
}

// hiddenSpared reports whether a key has a hidden row that the migration has no
// say over.
func (m *migration) hiddenSpared(c *carried, k []byte) (bool, error) {
	merger, err := m.lateMerger()
	if err != nil {
		return false, err
	}
	g, err := merger.of(c.t)
	if err != nil {
		return false, err
	}
	var f found
	there, err := g.findHidden(k, &f)
	return there && m.levels.sparedRow(&f.clocks, c.birth.m), err
}

// unmake takes rows out that the migration made. What that does to other rows is
// settled at the end.
func (m *migration) unmake(c *carried, rids []int64) (err error) {
	if len(rids) == 0 {
		return nil
	}
	merger, err := m.lateMerger()
	if err != nil {
		return err
	}
	m.unmade = append(m.unmade, c.t)
	return merger.run(func() error {
		for _, rid := range rids {
			if err := m.unmakeRow(c, rid); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *migration) unmakeRow(c *carried, rid int64) error {
	t := c.t
	if err := t.dropClocks(m.tx, rid); err != nil { // of fillDefaults
		return err
	}
	if t.rowid {
		q := m.tx.Query("DELETE FROM " + quote(t.name) + " WHERE " + t.rowidName + " = ?")
		q.Int(1, rid)
		return q.Run()
	}
	k, err := m.keyOf(c, rid)
	if err != nil {
		return err
	}
	at, err := m.merger.of(t)
	if err != nil {
		return err
	}
	return at.remove(&found{at: visible, id: k, rid: rid})
}

// settleUnmade lets the rows be judged that refer to those that were taken out.
func (m *migration) settleUnmade() error {
	if len(m.unmade) == 0 {
		return nil
	}
	fresh, err := m.e.newMerger(m.tx)
	if err != nil {
		return err
	}
	return fresh.run(func() error {
		for _, t := range m.unmade {
			g, err := fresh.of(t)
			if err != nil {
				return err
			}
			g.judgeLinks()
		}
		return fresh.settleAll()
	})
}
