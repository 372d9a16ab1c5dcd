package crdt

import (
	"encoding/binary"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// The outbox, alcove_crdt_tx, has one row for each transaction of this device
// that changed something. Its data is sections: table (uvarint), kind (byte),
// the number of runs of rows (uvarint) and of each its distance from the one
// before (varint) and its length less one (uvarint), the number of deleted keys
// (uvarint) and each with its length. It names rows, not values: what is sent is
// what the row holds when it is sent, of that what has the transaction's stamp.
const (
	sectionWritten  = 0 // what has the transaction's stamp
	sectionMigrated = 1 // what has a stamp of a migration
	sectionMoved    = 2 // rows that have other numbers than earlier sections say: all of this site's
	sectionPurged   = 3 // the keys of orders to forget
	sectionRemoved  = 4 // the keys are prefixes of apps whose data was removed; there is no table
	sectionLevel    = 5 // the keys are prefixes of apps of which this device runs other migrations from then on; there is no table
)

// run is the rows lo to hi.
type run struct{ lo, hi int64 }

// appendSection appends a section. runs ascend and do not meet.
func appendSection(dst []byte, table int64, kind byte, runs []run, deleted [][]byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(table))
	dst = append(dst, kind)
	dst = binary.AppendUvarint(dst, uint64(len(runs)))
	last := int64(0)
	for _, r := range runs {
		dst = binary.AppendVarint(dst, r.lo-last)
		dst = binary.AppendUvarint(dst, uint64(r.hi-r.lo))
		last = r.hi
	}
	dst = binary.AppendUvarint(dst, uint64(len(deleted)))
	for _, k := range deleted {
		dst = binary.AppendUvarint(dst, uint64(len(k)))
		dst = append(dst, k...)
	}
	return dst
}

// section is one that is being read. Runs and keys are read one by one, all of
// the runs before the first key.
type section struct {
	table int64
	kind  byte
	p     *parser
	runs  uint64
	keys  uint64
	last  int64
}

// readSection begins the section that p is at.
func readSection(p *parser) section {
	s := section{table: p.int(), kind: p.byte(), p: p}
	s.runs = p.uint()
	return s
}

// run returns the next run.
func (s *section) run() (r run, ok bool) {
	if s.runs == 0 {
		s.keys = s.p.uint()
		return r, false
	}
	s.runs--
	r.lo = s.last + s.p.signed()
	r.hi = r.lo + int64(s.p.uint())
	s.last = r.hi
	return r, !s.p.bad
}

// key returns the next deleted key.
func (s *section) key() (k []byte, ok bool) {
	if s.keys == 0 {
		return nil, false
	}
	s.keys--
	k = s.p.sized()
	return k, !s.p.bad
}

// skip goes to the next section.
func (s *section) skip() {
	for {
		if _, ok := s.run(); !ok {
			break
		}
	}
	for {
		if _, ok := s.key(); !ok {
			return
		}
	}
}

// send puts sections into the outbox under the time h.
func send(tx *store.Tx, h int64, data []byte) error {
	q := tx.Query("INSERT INTO alcove_crdt_tx (h, data) VALUES (?, ?)")
	q.Int(1, h)
	q.Blob(2, data)
	return q.Run()
}

// noteMoved tells the outbox that rows which this site wrote have other numbers
// than when it wrote them: they came back from the hidden ones, or a migration
// made the table anew. What nobody has fetched yet is found under the new ones.
func (t *table) noteMoved(tx *store.Tx, rids []int64) error {
	if len(rids) == 0 {
		return nil
	}
	q := tx.Query("UPDATE alcove_crdt_tx SET data = CAST(data || ? AS BLOB) WHERE h = (SELECT max(h) FROM alcove_crdt_tx)")
	q.Blob(1, appendSection(nil, t.id, sectionMoved, runsOf(rids), nil))
	return q.Run()
}

// notePurged puts orders to forget, which have the time h, into the outbox.
func notePurged(tx *store.Tx, t *table, h int64, keys [][]byte) error {
	return send(tx, h, appendSection(nil, t.id, sectionPurged, nil, keys))
}

// noteRemoved puts into the outbox that an app has a new generation.
func (e *Engine) noteRemoved(tx *store.Tx, app string) error {
	return send(tx, e.clock.tick(), appendSection(nil, 0, sectionRemoved, nil, [][]byte{[]byte(app)}))
}

// runsOf makes runs of rows in any order.
func runsOf(rids []int64) (runs []run) {
	for _, rid := range slices.Sorted(slices.Values(rids)) {
		if n := len(runs); n > 0 && rid <= runs[n-1].hi+1 {
			runs[n-1].hi = max(runs[n-1].hi, rid)
		} else {
			runs = append(runs, run{rid, rid})
		}
	}
	return runs
}
