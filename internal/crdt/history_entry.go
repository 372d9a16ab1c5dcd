package crdt

import (
	"encoding/binary"
	"errors"
)

// oldValues is what one transaction replaced in one row: some cells of a row
// that lived on, or the whole row that died. The stored form is in SPEC.md.
type oldValues struct {
	k     []byte // key, or identity of an auto table
	whole bool   // the row died
	by    []byte // the row was hidden: the key of the one that was seen instead
	// birth is that of the row that died. Of a row that lived on it is the birth
	// before, if a merge gave it another, or else noBirth.
	birth  int64
	stamps []oldStamp // of a row that lived on
	values []byte     // exact forms: of all columns in their order, or of those in stamps by rising bit
}

// oldStamp is when some columns had got the values that were replaced.
type oldStamp struct {
	set columns
	h   int64
}

// noBirth: the birth did not change.
const noBirth = -1

const (
	oldCells  = 0 // what an entry is about, in the lowest bits of its head
	oldRow    = 1
	oldBirth  = 2
	oldHidden = 3
	kindsBits = 2
)

var errHistory = errors.New("malformed history")

// set is the columns of a row that lived on.
func (o *oldValues) set() (all columns) {
	for _, s := range o.stamps {
		all |= s.set
	}
	return all
}

// appendOld appends the stored form of what was replaced at h.
func appendOld(dst []byte, o *oldValues, h int64) []byte {
	kind := uint64(oldCells)
	switch {
	case o.whole && len(o.by) > 0:
		kind = oldHidden
	case o.whole:
		kind = oldRow
	case o.birth != noBirth:
		kind = oldBirth
	}
	dst = binary.AppendUvarint(dst, uint64(len(o.k))<<kindsBits|kind)
	dst = append(dst, o.k...)
	if kind == oldHidden {
		dst = binary.AppendUvarint(dst, uint64(len(o.by)))
		dst = append(dst, o.by...)
	}
	if kind != oldCells {
		dst = binary.AppendVarint(dst, h-o.birth)
	}
	if !o.whole {
		dst = binary.AppendUvarint(dst, uint64(len(o.stamps)))
		for _, s := range o.stamps {
			dst = binary.AppendUvarint(dst, uint64(s.set))
			dst = binary.AppendVarint(dst, h-s.h)
		}
	}
	return append(dst, o.values...)
}

// readOld reads the entry that p is at, of a layout of so many columns. What it
// returns aliases the bytes.
func readOld(p *parser, h int64, count int, o *oldValues) error {
	*o = oldValues{birth: noBirth, stamps: o.stamps[:0]}
	head := p.uint()
	kind := head & (1<<kindsBits - 1)
	if head>>kindsBits > uint64(len(p.b)) {
		return errHistory
	}
	o.k, o.whole = p.take(int(head>>kindsBits)), kind == oldRow || kind == oldHidden
	if kind == oldHidden {
		if o.by = p.sized(); len(o.by) == 0 {
			return errHistory
		}
	}
	if kind != oldCells {
		o.birth = h - p.signed()
	}
	if !o.whole {
		var set columns
		for n := p.count(2); n > 0; n-- {
			s := oldStamp{columns(p.uint()), 0}
			s.h = h - p.signed()
			if s.set == 0 || s.set&set != 0 || s.set>>maxColumns != 0 {
				return errHistory
			}
			set |= s.set
			o.stamps = append(o.stamps, s)
		}
		count = set.count()
	}
	from := p.b
	for range count {
		p.value()
	}
	if p.bad {
		return errHistory
	}
	o.values = from[:len(from)-len(p.b)]
	return nil
}
