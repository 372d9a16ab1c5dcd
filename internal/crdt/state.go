package crdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// state is all that is known of one row, in terms that every device shares: it
// is how rows and cells are kept whose table or columns are not here yet.
type state struct {
	cl    int64 // odd: alive, even: dead
	stamp Stamp // of the birth, or of the deletion
	cells []cell
}

// cell is a value with its stamp. The cells of a state are in the order of
// their columns, each at most once. A row may be known in part.
type cell struct {
	column GlobalID
	stamp  Stamp
	value  []byte // exact form
}

func (s *state) alive() bool { return s.cl%2 == 1 }

// mergeStates is the merge rule: the longer life wins; of two deletions, the
// later; of two births of one life, the later, and of each column the later
// cell. Equal stamps with unequal values are a fork, which only a copied device
// makes; the greater bytes win.
func mergeStates(a, b *state) (merged state, forks int) {
	switch {
	case a.cl != b.cl:
		if a.cl < b.cl {
			a = b
		}
		return *a, 0
	case a.stamp.Compare(b.stamp) < 0:
		a, b = b, a
	}
	if !a.alive() {
		return state{cl: a.cl, stamp: a.stamp}, 0
	}
	merged = state{cl: a.cl, stamp: a.stamp}
	x, y := a.cells, b.cells
	for len(x) > 0 && len(y) > 0 {
		switch bytes.Compare(x[0].column[:], y[0].column[:]) {
		case -1:
			merged.cells, x = append(merged.cells, x[0]), x[1:]
		case 1:
			merged.cells, y = append(merged.cells, y[0]), y[1:]
		default:
			c := x[0].stamp.Compare(y[0].stamp)
			if c == 0 {
				c = bytes.Compare(x[0].value, y[0].value)
				// A migration may have made different things of different rows.
				if st := x[0].stamp; c != 0 && st.M == 0 && st.Site != (SiteID{}) {
					forks++
				}
			}
			if c < 0 {
				x[0] = y[0]
			}
			merged.cells, x, y = append(merged.cells, x[0]), x[1:], y[1:]
		}
	}
	merged.cells = append(append(merged.cells, x...), y...)
	return merged, forks
}

// sortCells puts the cells in order.
func (s *state) sortCells() {
	slices.SortFunc(s.cells, func(a, b cell) int { return bytes.Compare(a.column[:], b.column[:]) })
}

// appendState appends the stored form: life, stamp, number of cells, and for
// each its column, stamp and value. Counts are varints, h is 8 bytes.
func appendState(dst []byte, s *state) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.cl))
	dst = appendStamp(dst, s.stamp)
	dst = binary.AppendUvarint(dst, uint64(len(s.cells)))
	for _, c := range s.cells {
		dst = append(dst, c.column[:]...)
		dst = appendStamp(dst, c.stamp)
		dst = append(dst, c.value...)
	}
	return dst
}

func appendStamp(dst []byte, s Stamp) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.H))
	dst = append(dst, s.Site[:]...)
	return binary.AppendUvarint(dst, uint64(s.M))
}

// errState: not the stored form of a state.
var errState = errors.New("malformed state of a row")

// readState reads the stored form. The values alias b.
func readState(b []byte) (s state, err error) {
	cl, n := binary.Uvarint(b)
	if n <= 0 || cl == 0 || cl > maxLife {
		return s, errState
	}
	s.cl = int64(cl)
	if s.stamp, b, err = readStamp(b[n:]); err != nil {
		return s, err
	}
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) || count > 0 && !s.alive() {
		return s, errState
	}
	b = b[n:]
	for range count {
		var c cell
		if len(b) < len(c.column) {
			return s, errState
		}
		copy(c.column[:], b)
		if c.stamp, b, err = readStamp(b[len(c.column):]); err != nil {
			return s, err
		}
		rest, err := sqlvalue.Skip(b)
		if err != nil {
			return s, errState
		}
		c.value, b = b[:len(b)-len(rest)], rest
		if k := len(s.cells); k > 0 && bytes.Compare(s.cells[k-1].column[:], c.column[:]) >= 0 {
			return s, errState
		}
		s.cells = append(s.cells, c)
	}
	if len(b) > 0 {
		return s, errState
	}
	return s, nil
}

func readStamp(b []byte) (s Stamp, rest []byte, err error) {
	if len(b) < 8+len(s.Site) {
		return s, nil, errState
	}
	s.H = int64(binary.BigEndian.Uint64(b))
	copy(s.Site[:], b[8:])
	m, n := binary.Uvarint(b[8+len(s.Site):])
	if n <= 0 || m > 1<<32-1 || s.H < 0 {
		return s, nil, errState
	}
	s.M = uint32(m)
	return s, b[8+len(s.Site)+n:], nil
}

// splitIdentity takes the stamp of the birth off the key of a row of an auto
// table.
func splitIdentity(id []byte) (key []byte, birth Stamp, ok bool) {
	n := len(id) - autoKeySize
	if n < 1 {
		return nil, birth, false
	}
	tail := id[n:]
	birth.H = int64(binary.BigEndian.Uint64(tail))
	copy(birth.Site[:], tail[8:])
	birth.M = binary.BigEndian.Uint32(tail[24:])
	return id[:n], birth, birth.H >= 0
}
