package crdt

import "github.com/alcove-vault/alcove/internal/store"

// empty forgets ranges in which no row is left. That nobody asks for: a row that
// takes one of their numbers has its birth in its own clocks, because the last
// range stays, which says up to where numbers were given.
func (s *sweep) empty(c *collector) (more bool, err error) {
	t := c.t
	r, rows, rid := t.of(kindRange), quote(t.name), t.rowidName
	if !t.rowid {
		rows, rid = t.of(kindKey), "rid"
	}
	list, more, err := c.rangesFrom(s.gone)
	if err != nil || len(list) == 0 {
		return false, err
	}
	last := list[len(list)-1]
	q := c.tx.Query("DELETE FROM " + r + " WHERE lo BETWEEN ? AND ? AND hi < (SELECT max(hi) FROM " + r + ")" +
		" AND NOT EXISTS (SELECT 1 FROM " + rows + " t WHERE t." + rid + " BETWEEN " + r + ".lo AND " + r + ".hi)")
	q.Int(1, s.gone)
	q.Int(2, last.lo)
	if err := q.Run(); err != nil {
		return false, err
	}
	c.info.Ranges += c.tx.Changes()
	if more = more && last.hi < allRows.hi; more {
		s.gone = last.hi + 1
	}
	return more, nil
}

// ranges makes one of neighbouring ranges whose births everybody has seen: the
// rows have the earliest of the births. Births decide which of two rows with a
// unique key is seen, and name rows with automatic keys, so tables with such
// keys keep them; and so does history, which tells when a row began to be.
func (s *sweep) ranges(c *collector) (more bool, err error) {
	t := c.t
	if t.auto || len(t.uniques) > 0 || c.apart() {
		return false, nil
	}
	list, more, err := c.rangesFrom(s.kept)
	if err != nil || len(list) == 0 {
		return false, err
	}
	t.known = false
	var open span // that takes others in
	var took int64
	for _, next := range list {
		switch {
		case !c.mergeable(next.birth):
			if err := c.widen(open, took); err != nil {
				return false, err
			}
			open, took = span{}, 0
		case open == (span{}) || open.cl != next.cl || c.levels.of(open.birth) != c.levels.of(next.birth):
			if err := c.widen(open, took); err != nil {
				return false, err
			}
			open, took = next, 0
		default:
			open.hi = next.hi
			if c.reg.sites.before(next.birth, open.birth) {
				open.birth = next.birth
			}
			took++
		}
	}
	last := list[len(list)-1]
	if more = more && last.hi < allRows.hi; more {
		s.kept = last.hi + 1
	}
	return more, c.widen(open, took)
}

// widen writes a range that has taken in so many that follow it.
func (c *collector) widen(open span, took int64) error {
	if took == 0 {
		return nil
	}
	q := c.tx.Query("DELETE FROM " + c.t.of(kindRange) + " WHERE lo > ? AND lo <= ?")
	q.Int(1, open.lo)
	q.Int(2, open.hi)
	if err := q.Run(); err != nil {
		return err
	}
	q = c.tx.Query("UPDATE " + c.t.of(kindRange) + " SET hi = ?, h = ?, site = ? WHERE lo = ?")
	q.Int(1, open.hi)
	q.Int(2, open.birth.h)
	q.Int(3, open.birth.site)
	q.Int(4, open.lo)
	c.info.Ranges += took
	return q.Run()
}

// mergeable reports whether a birth may become an earlier one.
func (c *collector) mergeable(birth stamp) bool {
	return c.below(birth) && birth.h <= c.told
}

// rangesFrom returns the ranges that begin at rid or later, collectBatch of them
// at most, and whether there may be more.
func (c *collector) rangesFrom(rid int64) (list []span, more bool, err error) {
	q := c.tx.Query("SELECT lo, hi, h, site, m, cl FROM " + c.t.of(kindRange) + " WHERE lo >= ? ORDER BY lo LIMIT ?")
	q.Int(1, rid)
	q.Int(2, collectBatch)
	for q.Step() {
		list = append(list, readSpan(q))
	}
	return list, len(list) == collectBatch, q.Err()
}

// readSpan reads the range that a query is at.
func readSpan(q *store.Query) span {
	return span{q.ColumnInt(0), q.ColumnInt(1), stamp{q.ColumnInt(2), q.ColumnInt(3), uint32(q.ColumnInt(4))}, q.ColumnInt(5)}
}
