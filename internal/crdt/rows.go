package crdt

import (
	"bytes"
	"iter"
)

// rows is a set of visible rows of one table: stretches of rowids, or keys in a
// table that has none. A row may have left the table since.
type rows struct {
	spans []rowSpan
	keys  [][]byte
	every bool // there were too many: every row may be meant
}

// maxRows is how many stretches or keys are kept; beyond that a table is read as
// a whole.
const maxRows = 20_000

type rowSpan struct{ lo, hi int64 }

// all are the rowids of a stretch, of which the last may be the greatest number
// there is.
func (s rowSpan) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for rid := s.lo; yield(rid) && rid < s.hi; rid++ {
		}
	}
}

// add adds a row. A row that follows the last one costs nothing.
func (r *rows) add(t *table, rid int64, id []byte) {
	switch n := len(r.spans); {
	case r.every:
	case len(r.keys)+n >= maxRows:
		*r = rows{every: true}
	case !t.rowid:
		r.keys = append(r.keys, bytes.Clone(id))
	case n > 0 && rid >= r.spans[n-1].lo && rid <= r.spans[n-1].hi+1:
		r.spans[n-1].hi = max(rid, r.spans[n-1].hi)
	default:
		r.spans = append(r.spans, rowSpan{rid, rid})
	}
}

// stretch adds rows of a table that has rowids.
func (r *rows) stretch(s rowSpan) {
	if r.every = r.every || len(r.spans) >= maxRows; r.every {
		r.spans = nil
	} else {
		r.spans = append(r.spans, s)
	}
}

func (r *rows) empty() bool { return !r.every && len(r.spans)+len(r.keys) == 0 }
