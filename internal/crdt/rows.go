package crdt

import "bytes"

// rows is a set of visible rows of one table: stretches of rowids, or keys in a
// table that has none. A row may have left the table since.
type rows struct {
	spans []rowSpan
	keys  [][]byte
}

type rowSpan struct{ lo, hi int64 }

// add adds a row. A row that follows the last one costs nothing.
func (r *rows) add(t *table, rid int64, id []byte) {
	if !t.rowid {
		r.keys = append(r.keys, bytes.Clone(id))
		return
	}
	if n := len(r.spans); n > 0 && rid >= r.spans[n-1].lo && rid <= r.spans[n-1].hi+1 {
		r.spans[n-1].hi = max(rid, r.spans[n-1].hi)
		return
	}
	r.spans = append(r.spans, rowSpan{rid, rid})
}

func (r *rows) empty() bool { return len(r.spans)+len(r.keys) == 0 }
