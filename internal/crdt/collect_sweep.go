package crdt

import (
	"bytes"
	"fmt"
)

// tombs forgets tombstones. The next life of their keys must be longer still, so
// the table remembers the longest.
func (s *sweep) tombs(c *collector) (more bool, err error) {
	if c.keepsTombs() {
		return false, nil
	}
	d := c.t.of(kindTomb)
	to, more, err := s.tombsUpto(c)
	if err != nil || to == nil {
		return false, err
	}
	// No device gets to a life beyond maxFloor; who was lied to keeps the tombstone.
	where := fmt.Sprintf(" WHERE k > ?1 AND k <= ?2 AND m = 0 AND cl <= %d AND h <= (SELECT stable FROM alcove_crdt_site WHERE id = site)", int64(maxFloor))
	q := c.tx.Query("SELECT max(cl) FROM " + d + where)
	q.Blob(1, s.tomb)
	q.Blob(2, to)
	floor := int64(0)
	if q.Step() {
		floor = q.ColumnInt(0)
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return false, err
	}
	if floor > 0 {
		if !c.t.auto { // else a key has one life
			if err := c.e.raiseFloor(c.tx, c.t.gid, floor); err != nil {
				return false, err
			}
		}
		q = c.tx.Query("DELETE FROM " + d + where)
		q.Blob(1, s.tomb)
		q.Blob(2, to)
		if err := q.Run(); err != nil {
			return false, err
		}
		c.info.Tombstones += c.tx.Changes()
	}
	s.tomb = to
	return more, nil
}

// tombsUpto is the last key of the tombstones to look at now; nil if there are
// none. No key is empty.
func (s *sweep) tombsUpto(c *collector) (to []byte, more bool, err error) {
	if s.tomb == nil {
		s.tomb = []byte{}
	}
	q := c.tx.Query("SELECT max(k), count(*) FROM (SELECT k FROM " + c.t.of(kindTomb) + " WHERE k > ? ORDER BY k LIMIT ?)")
	q.Blob(1, s.tomb)
	q.Int(2, collectBatch)
	if q.Step() {
		if n := q.ColumnInt(1); n > 0 {
			to, more = bytes.Clone(q.ColumnBytes(0)), n == collectBatch
		}
		q.Reset()
	}
	return to, more, q.Err()
}

// stamps lets columns have the stamp of their row's birth, if theirs is later
// and everybody has seen it.
func (s *sweep) stamps(c *collector) (more bool, err error) {
	if !c.t.entries || c.apart() {
		return false, nil
	}
	type change struct {
		rid  int64
		data []byte // nothing: the range says all
	}
	var (
		changes []change
		own     clocks
		at      span
	)
	q := c.tx.Query("SELECT rid, data FROM " + c.t.of(kindClocks) + " WHERE rid >= ? ORDER BY rid LIMIT ?")
	q.Int(1, s.cells)
	q.Int(2, collectBatch)
	for n := 1; q.Step(); n++ {
		rid := q.ColumnInt(0)
		s.cells, more = rid+1, n == collectBatch && rid < allRows.hi
		if err := readClocks(q.ColumnBytes(1), &own); err != nil {
			q.Reset()
			return false, err
		}
		birth := own.birth
		if !own.born() {
			if birth, err = c.t.birthIn(c.tx, rid, &at); err != nil {
				q.Reset()
				return false, err
			}
		}
		if c.lower(&own, birth) {
			changes = append(changes, change{rid, appendClocks(nil, &own)})
		}
	}
	if err := q.Err(); err != nil {
		return false, err
	}
	for _, x := range changes {
		if len(x.data) == 0 {
			err = c.t.dropClocks(c.tx, x.rid)
		} else {
			err = c.t.putEntry(c.tx, x.rid, x.data)
		}
		if err != nil {
			return false, err
		}
	}
	c.info.Cells += int64(len(changes))
	return more, nil
}

// lower takes away the stamps that are not needed. A stamp may only become an
// earlier one, a later one could win over an edit that nobody has seen; and one
// of the same level, or who runs a migration late would run it twice on the
// value, or not at all. Of a row that a migration made none may: a device that
// joins makes it anew, and its values would be as late.
func (c *collector) lower(own *clocks, birth stamp) bool {
	if birth.site == reservedSite {
		return false
	}
	kept := own.entries[:0]
	for _, e := range own.entries {
		if !c.below(e.stamp) || c.reg.sites.before(e.stamp, birth) || c.levels.of(e.stamp) != c.levels.of(birth) {
			kept = append(kept, e)
		}
	}
	changed := len(kept) < len(own.entries)
	own.entries = kept
	return changed
}
