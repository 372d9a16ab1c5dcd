package crdt

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// columns is a set of columns of one table by their bits. A table has at most
// maxColumns of them.
type columns uint64

const (
	maxColumns = 61

	birthMark columns = 1 << 63 // in the encoding: the clock of the row's birth
	mMark     columns = 1 << 62 // in the encoding: the stamp has an M
)

func (c columns) has(bit int) bool { return c&(1<<bit) != 0 }
func (c columns) count() int       { return bits.OnesCount64(uint64(c)) }

// clocks are what is known of a row beyond the range its birth lies in: the
// stamps of columns that were written after the birth, and the birth itself if
// it is not in a range or is not the row's first life.
type clocks struct {
	birth   stamp
	cl      int64 // causal length; 0 if the birth is in a range
	base    int64 // causal length in that range, if it is known; 0 is 1
	entries []clockEntry
}

// clockEntry is the stamp of some columns. The sets of a row's entries do not
// meet.
type clockEntry struct {
	set columns
	stamp
}

// errClocks: a damaged or foreign table.
var errClocks = errors.New("malformed clocks of a row")

// born reports whether the birth is here and not in a range.
func (c *clocks) born() bool { return c.cl != 0 }

// life is the causal length: odd, and 1 in the row's first life.
func (c *clocks) life() int64 {
	if c.born() {
		return c.cl
	}
	return max(c.base, 1)
}

// newest is the time of what was written last.
func (c *clocks) newest() int64 {
	h := c.birth.h
	for _, e := range c.entries {
		h = max(h, e.h)
	}
	return h
}

// of returns the stamp of a column, or ok false if it is that of the birth.
func (c *clocks) of(bit int) (st stamp, ok bool) {
	for i := range c.entries {
		if c.entries[i].set.has(bit) {
			return c.entries[i].stamp, true
		}
	}
	return st, false
}

// set gives the columns of set the stamp st.
func (c *clocks) set(set columns, st stamp) {
	c.unset(set)
	for i := range c.entries {
		if c.entries[i].stamp == st {
			c.entries[i].set |= set
			return
		}
	}
	c.entries = append(c.entries, clockEntry{set, st})
}

// unset lets the columns of set have the stamp of the birth.
func (c *clocks) unset(set columns) {
	kept := c.entries[:0]
	for _, e := range c.entries {
		if e.set &^= set; e.set != 0 {
			kept = append(kept, e)
		}
	}
	c.entries = kept
}

// appendClocks appends the stored form: entries of {set, site, h, [m], [cl]},
// all varints but h, which is 8 bytes. The entry of the birth carries cl.
func appendClocks(dst []byte, c *clocks) []byte {
	if c.born() {
		dst = appendEntry(dst, birthMark, c.birth)
		dst = binary.AppendUvarint(dst, uint64(c.cl))
	}
	for _, e := range c.entries {
		dst = appendEntry(dst, e.set, e.stamp)
	}
	return dst
}

func appendEntry(dst []byte, set columns, st stamp) []byte {
	if st.m != 0 {
		set |= mMark
	}
	dst = binary.AppendUvarint(dst, bits.RotateLeft64(uint64(set), 2)) // the marks cost no bytes
	dst = binary.AppendUvarint(dst, uint64(st.site))
	dst = binary.BigEndian.AppendUint64(dst, uint64(st.h))
	if st.m != 0 {
		dst = binary.AppendUvarint(dst, uint64(st.m))
	}
	return dst
}

// readClocks reads the stored form into c, whose memory it uses again.
func readClocks(b []byte, c *clocks) error {
	*c = clocks{entries: c.entries[:0]}
	for len(b) > 0 {
		var e clockEntry
		raw, n := binary.Uvarint(b)
		if n <= 0 {
			return errClocks
		}
		b = b[n:]
		e.set = columns(bits.RotateLeft64(raw, -2))
		site, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+8 {
			return errClocks
		}
		e.site = int64(site)
		e.h = int64(binary.BigEndian.Uint64(b[n:]))
		b = b[n+8:]
		if e.set&mMark != 0 {
			m, n := binary.Uvarint(b)
			if n <= 0 {
				return errClocks
			}
			e.m, b = uint32(m), b[n:]
		}
		if e.set&birthMark == 0 {
			e.set &^= mMark
			c.entries = append(c.entries, e)
			continue
		}
		cl, n := binary.Uvarint(b)
		if n <= 0 || cl == 0 {
			return errClocks
		}
		c.birth, c.cl, b = e.stamp, int64(cl), b[n:]
	}
	return nil
}
