package crdt

// ranges makes one of neighbouring ranges whose births everybody has seen: the
// rows have the earliest of the births. Births decide which of two rows with a
// unique key is seen, and name rows with automatic keys, so tables with such
// keys keep them; and so does history, which tells when a row began to be.
func (c *collector) ranges() error {
	t := c.t
	if t.auto || len(t.uniques) > 0 {
		return nil
	}
	var open span // that takes others in
	var took int64
	write := func() error {
		if took == 0 {
			return nil
		}
		q := c.tx.Query("DELETE FROM " + t.of(kindRange) + " WHERE lo > ? AND lo <= ?")
		q.Int(1, open.lo)
		q.Int(2, open.hi)
		if err := q.Run(); err != nil {
			return err
		}
		q = c.tx.Query("UPDATE " + t.of(kindRange) + " SET hi = ?, h = ?, site = ? WHERE lo = ?")
		q.Int(1, open.hi)
		q.Int(2, open.birth.h)
		q.Int(3, open.birth.site)
		q.Int(4, open.lo)
		c.info.Ranges += took
		return q.Run()
	}
	for next := allRows.lo; ; {
		s, ok, err := c.rangeFrom(next)
		if err != nil {
			return err
		}
		if !ok {
			return write()
		}
		next = s.hi + 1
		switch {
		case !c.mergeable(s.birth):
			if err := write(); err != nil {
				return err
			}
			open, took = span{}, 0
		case open == (span{}) || open.cl != s.cl || c.levels.of(open.birth) != c.levels.of(s.birth):
			if err := write(); err != nil {
				return err
			}
			open, took = s, 0
		default:
			open.hi = s.hi
			if c.reg.sites.before(s.birth, open.birth) {
				open.birth = s.birth
			}
			took++
		}
		if s.hi == allRows.hi {
			return write()
		}
	}
}

// mergeable reports whether a birth may become an earlier one.
func (c *collector) mergeable(birth stamp) bool {
	return c.below(birth) && birth.h <= c.told
}

// rangeFrom returns the first range that begins at rid or later.
func (c *collector) rangeFrom(rid int64) (s span, ok bool, err error) {
	q := c.tx.Query("SELECT lo, hi, h, site, m, cl FROM " + c.t.of(kindRange) + " WHERE lo >= ? ORDER BY lo LIMIT 1")
	q.Int(1, rid)
	if ok = q.Step(); ok {
		s = span{q.ColumnInt(0), q.ColumnInt(1), stamp{q.ColumnInt(2), q.ColumnInt(3), uint32(q.ColumnInt(4))}, q.ColumnInt(5)}
		q.Reset()
	}
	return s, ok, q.Err()
}
