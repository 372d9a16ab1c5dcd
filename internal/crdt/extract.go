package crdt

import (
	"io"
	"math"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// extractor writes the state of rows into a changeset. Its memory does not grow
// with what it writes.
type extractor struct {
	tx     *store.Tx
	reg    *registry
	w      *changesetWriter
	tables map[int64]*source
	site   int64 // whose changes are wanted
	from   int64 // exclusive
	upto   int64
	cells  []stamped
	values []byte
	key    []byte
	clocks clocks
}

// source is a table that is read.
type source struct {
	*table
	index int  // of its definition in the changeset
	span  span // that the last birth was found in
	moved bool // bits and indexes of columns differ
}

// wanted says which stamps a row is written for.
type wanted func(st stamp) bool

func everything(stamp) bool { return true }

// newExtractor reads the registry and writes the header of a changeset of the
// transaction's state.
func newExtractor(tx *store.Tx, reg *registry, vector Vector, kind byte, from int64, w io.Writer) (*extractor, error) {
	stable, err := loadStable(tx, &reg.sites)
	if err != nil {
		return nil, err
	}
	self := reg.sites.self
	h := &header{kind: kind, site: reg.sites.ids[self], from: from}
	h.upto = vector[h.site]
	h.deps = append(h.deps, dep{h.site, h.upto, stable[h.site]})
	index := make([]int64, len(reg.sites.ids))
	index[self] = 1
	for n, id := range reg.sites.ids {
		if n := int64(n); n != self && n != reservedSite && id != (SiteID{}) {
			h.deps = append(h.deps, dep{id, vector[id], stable[id]})
			index[n] = int64(len(h.deps))
		}
	}
	x := &extractor{tx: tx, reg: reg, tables: map[int64]*source{}, site: self, from: from, upto: h.upto}
	x.w, err = newChangesetWriter(w, h, index)
	return x, err
}

// source returns the table with an id, which the changeset defines when it
// comes first; nil if it is not there any more.
func (x *extractor) source(id int64) (*source, error) {
	if s, ok := x.tables[id]; ok {
		return s, nil
	}
	t := x.reg.tables[id]
	if t == nil || t.name == "" {
		x.tables[id] = nil
		return nil, nil
	}
	if err := t.loadShape(x.tx); err != nil {
		return nil, err
	}
	s := &source{table: t}
	d := tableDef{gid: t.gid, app: t.app, generation: x.reg.apps[t.app], auto: t.auto}
	for i, c := range t.columns {
		d.columns = append(d.columns, c.gid)
		s.moved = s.moved || c.bit != i
	}
	for n, i := range t.key {
		d.key = append(d.key, keyPart{i, t.collations[n]})
	}
	var err error
	if s.index, err = x.w.define(&d); err != nil {
		return nil, err
	}
	if floor := x.reg.floors[t.gid]; floor > 0 && x.w.kind == kindLog {
		if err := x.w.floor(t.gid, floor); err != nil {
			return nil, err
		}
	}
	x.tables[id] = s
	return s, nil
}

// byIndex makes a set of bits one of indexes.
func (s *source) byIndex(set columns) (out columns) {
	if !s.moved {
		return set
	}
	for i, c := range s.columns {
		if set.has(c.bit) {
			out |= 1 << i
		}
	}
	return out
}

// rows writes of the rows of a run what want wants.
func (x *extractor) rows(s *source, r run, want wanted) error {
	q := x.tx.Query(s.rowsOf)
	q.Int(1, r.lo)
	q.Int(2, r.hi)
	for q.Step() {
		if err := x.row(s, q, want); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

// row writes of the row that q is at what want wants.
func (x *extractor) row(s *source, q *store.Query, want wanted) error {
	rid := q.ColumnInt(0)
	x.clocks = clocks{entries: x.clocks.entries[:0]}
	if q.ColumnType(1) != store.Null {
		if err := readClocks(q.ColumnBytes(1), &x.clocks); err != nil {
			return err
		}
	}
	if !x.clocks.born() {
		if rid < s.span.lo || rid > s.span.hi || s.span == (span{}) {
			at, ok, err := s.rangeOf(x.tx, rid)
			if err != nil {
				return err
			}
			if !ok {
				return errDamaged
			}
			s.span = at
		}
		x.clocks.birth, x.clocks.base = s.span.birth, s.span.cl
	}
	if !x.wants(want) {
		return nil
	}
	if s.rowid {
		return x.write(s, q, 2, nil, want)
	}
	k := q.ColumnBytes(2)
	row := x.tx.Query(s.rowOfKey)
	if err := s.bindKey(row, k); err != nil {
		return err
	}
	if !row.Step() {
		if err := row.Err(); err != nil {
			return err
		}
		return errDamaged
	}
	err := x.write(s, row, 0, k, want)
	row.Reset()
	return err
}

func (x *extractor) wants(want wanted) bool {
	if want(x.clocks.birth) {
		return true
	}
	for i := range x.clocks.entries {
		if want(x.clocks.entries[i].stamp) {
			return true
		}
	}
	return false
}

// write writes a row whose clocks are in x.clocks and whose columns begin at
// column at of q: whole, if its birth is wanted, or else the cells that are. k is
// the row's key, if it is known.
func (x *extractor) write(s *source, q *store.Query, at int, k []byte, want wanted) error {
	c := &x.clocks
	whole := want(c.birth)
	var set columns
	x.cells = x.cells[:0]
	for i := range c.entries {
		if e := &c.entries[i]; whole || want(e.stamp) {
			set |= e.set
			x.cells = append(x.cells, stamped{s.byIndex(e.set), e.stamp})
		}
	}
	x.values = x.values[:0]
	for i := range s.columns {
		if whole || set.has(s.columns[i].bit) {
			x.values = sqlvalue.Append(x.values, columnValue(q, at+i))
		}
	}
	if whole {
		return x.w.row(s.index, c.life(), c.birth, x.cells, x.values)
	}
	if k == nil {
		x.key = x.key[:0]
		for n, i := range s.key {
			x.key = sqlvalue.AppendKey(x.key, columnValue(q, at+i), s.collations[n])
		}
		if s.auto {
			x.key = appendAutoKey(x.key, x.reg.sites.outer(c.birth))
		}
		k = x.key
	}
	return x.w.cells(s.index, k, c.life(), c.birth, x.cells, x.values)
}

// hidden writes of the hidden rows of a table what want wants.
func (x *extractor) hidden(s *source, want wanted) error {
	q := x.tx.Query(s.hiddenRows)
	for q.Step() {
		err := readClocks(q.ColumnBytes(2), &x.clocks)
		if err == nil && x.wants(want) {
			err = x.write(s, q, 3, q.ColumnBytes(1), want)
		}
		if err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

// allRows is the run of all rows.
var allRows = run{math.MinInt64, math.MaxInt64}
