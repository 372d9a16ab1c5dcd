package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// sentRow is about how many bytes a row of the outbox takes beside its data.
const sentRow = 16

// sentPart is what a transaction in the outbox says of one table.
type sentPart struct {
	table *table
	bytes int64
}

// eachSent goes through the transactions in the outbox, the oldest first and those
// until upto, as long as fn wants more. Size is what one takes, in bytes. Parts
// are of tables that are known, and are valid until fn returns; what is about none
// belongs to nobody.
func eachSent(tx *store.Tx, reg *registry, upto int64, fn func(h, size int64, parts []sentPart) (more bool)) error {
	q := tx.Query("SELECT h, data FROM alcove_crdt_tx WHERE h <= ? ORDER BY h")
	q.Int(1, upto)
	var parts []sentPart
	for q.Step() {
		parts = parts[:0]
		p := parser{b: q.ColumnBytes(1)}
		size := int64(len(p.b)) + sentRow
		for len(p.b) > 0 {
			before := len(p.b)
			sec := readSection(&p)
			sec.skip()
			if p.bad {
				q.Reset()
				return errDamaged
			}
			if t := reg.tables[sec.table]; t != nil {
				parts = append(parts, sentPart{t, int64(before - len(p.b))})
			}
		}
		if len(parts) > 0 {
			parts[0].bytes += sentRow
		}
		if !fn(q.ColumnInt(0), size, parts) {
			q.Reset()
			break
		}
	}
	return q.Err()
}
