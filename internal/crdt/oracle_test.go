package crdt

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// oracleRow is the state of one key, as plainly as it can be said.
type oracleRow struct {
	cl     int64 // even: dead
	birth  Stamp // or the stamp of the deletion
	stamps map[int]Stamp
	values map[int]string // exact form, by column
}

// stampOf is the stamp of a column.
func (r *oracleRow) stampOf(col int) Stamp {
	if st, ok := r.stamps[col]; ok {
		return st
	}
	return r.birth
}

func (r *oracleRow) String() string {
	return fmt.Sprintf("{cl %d, birth %x/%x, stamps %v, values %x}", r.cl, r.birth.H, r.birth.Site[:1], r.stamps, r.values)
}

func (r *oracleRow) clone() *oracleRow {
	return &oracleRow{r.cl, r.birth, maps.Clone(r.stamps), maps.Clone(r.values)}
}

// sameState reports how two states differ: columns by what stamp they have,
// whether it is the birth's or their own.
func sameState(a, b map[string]*oracleRow, cols int) error {
	for k, x := range a {
		y := b[k]
		if y == nil {
			return fmt.Errorf("key %q is %v here and nothing there", k, x)
		}
		same := x.cl == y.cl && x.birth == y.birth
		for i := 0; same && x.cl%2 == 1 && i < cols; i++ {
			same = x.stampOf(i) == y.stampOf(i) && x.values[i] == y.values[i]
		}
		if !same {
			return fmt.Errorf("key %q is %v here and %v there", k, x, y)
		}
	}
	for k, y := range b {
		if a[k] == nil {
			return fmt.Errorf("key %q is nothing here and %v there", k, y)
		}
	}
	return nil
}

// stored reads what the tables of a replica say of a tracked table.
func (r *replica) stored(name string) (out map[string]*oracleRow) {
	r.t.Helper()
	must(r.t, r.st.ViewTx(context.Background(), func(tx *store.Tx) (err error) {
		out, err = storedIn(tx, name)
		return err
	}))
	return out
}

func storedIn(tx *store.Tx, name string) (map[string]*oracleRow, error) {
	reg, err := loadRegistry(tx)
	if err != nil {
		return nil, err
	}
	t := reg.byName[name]
	out := map[string]*oracleRow{}
	rids := map[int64]bool{}
	q := tx.Query(t.rowsOf)
	q.Int(1, allRows.lo)
	q.Int(2, allRows.hi)
	for q.Step() {
		var c clocks
		rid := q.ColumnInt(0)
		rids[rid] = true
		if err := t.loadClocks(tx, rid, &c); err != nil {
			return nil, fmt.Errorf("row %d: %w", rid, err)
		}
		row, at, key := q, 2, []byte(nil)
		if !t.rowid {
			key = bytes.Clone(q.ColumnBytes(2))
			row, at = tx.Query(t.rowOfKey), 0
			if err := t.bindKey(row, key); err != nil {
				return nil, err
			}
			if !row.Step() {
				return nil, fmt.Errorf("the number %d has no row", rid)
			}
		}
		x := &oracleRow{c.life(), reg.sites.outer(c.birth), map[int]Stamp{}, map[int]string{}}
		var made []byte
		for n, i := range t.key {
			made = sqlvalue.AppendKey(made, columnValue(row, at+i), t.collations[n])
		}
		if key != nil && !bytes.Equal(key, made) {
			return nil, fmt.Errorf("the number %d is of %q, not %q", rid, key, made)
		}
		for i, col := range t.columns {
			x.values[i] = string(sqlvalue.Append(nil, columnValue(row, at+i)))
			if st, ok := c.of(col.bit); ok {
				x.stamps[i] = reg.sites.outer(st)
			}
		}
		if !t.rowid {
			row.Reset()
		}
		if t.auto {
			made = appendAutoKey(made, x.birth)
		}
		out[string(made)] = x
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT rid FROM " + t.of(kindClocks))
	for q.Step() {
		if !rids[q.ColumnInt(0)] {
			return nil, fmt.Errorf("clocks of row %d, which is not there", q.ColumnInt(0))
		}
	}
	q = tx.Query(t.tombAll)
	for q.Step() {
		k := string(q.ColumnBytes(0))
		if out[k] != nil {
			return nil, fmt.Errorf("key %q lives and has a tombstone", k)
		}
		out[k] = &oracleRow{cl: q.ColumnInt(1), birth: reg.sites.outer(stamp{q.ColumnInt(2), q.ColumnInt(3), uint32(q.ColumnInt(4))})}
	}
	if !t.rowid {
		n, _, err := oneInt(tx, "SELECT count(*) FROM "+quote(name))
		if err != nil || n != int64(len(rids)) {
			return nil, fmt.Errorf("%d rows and %d numbers, %w", n, len(rids), err)
		}
	}
	return out, q.Err()
}

// mergeInto merges a changeset into states by table, in the plainest way.
func mergeInto(states map[GlobalID]map[string]*oracleRow, r io.Reader) (*changesetReader, error) {
	c, ops, err := readAll(r)
	if err != nil {
		return c, err
	}
	sites := c.sites()
	outer := func(st stamp) Stamp { return Stamp{st.h, sites[st.site], st.m} }
	for i := range ops {
		o := &ops[i]
		if o.kind == opFloor || o.kind > opTomb {
			continue
		}
		d := &c.defs[o.table]
		state := states[d.gid]
		if state == nil {
			state = map[string]*oracleRow{}
			states[d.gid] = state
		}
		in := &oracleRow{o.cl, outer(o.birth), map[int]Stamp{}, map[int]string{}}
		set := o.set()
		for _, s := range o.cells {
			for i := range d.columns {
				if s.set.has(i) {
					in.stamps[i] = outer(s.stamp)
				}
			}
		}
		values := o.values
		for i := range d.columns {
			if o.kind == opRow || o.kind == opCells && set.has(i) {
				rest, err := sqlvalue.Skip(values)
				if err != nil {
					return c, err
				}
				in.values[i] = string(values[:len(values)-len(rest)])
				values = rest
			}
		}
		mergeRow(state, string(o.k), in)
	}
	return c, nil
}

// mergeRow is the merge of SPEC.md, for states that may lack columns.
func mergeRow(state map[string]*oracleRow, k string, in *oracleRow) {
	have := state[k]
	switch {
	case have == nil || have.cl < in.cl || have.cl == in.cl && have.cl%2 == 0 && have.birth.Compare(in.birth) < 0:
		state[k] = in.clone()
		return
	case have.cl > in.cl || have.cl%2 == 0:
		return
	}
	out := have.clone()
	if out.birth.Compare(in.birth) < 0 {
		out.birth = in.birth
	}
	for i := range maxColumns {
		a, hasA := have.values[i]
		b, hasB := in.values[i]
		switch {
		case hasA && (!hasB || have.stampOf(i).Compare(in.stampOf(i)) > 0 || have.stampOf(i) == in.stampOf(i) && a >= b):
			out.stamps[i], out.values[i] = have.stampOf(i), a
		case hasB:
			out.stamps[i], out.values[i] = in.stampOf(i), b
		}
	}
	state[k] = out
}

// changesOf returns what a replica changed since h.
func (r *replica) changesOf(since int64) []byte {
	r.t.Helper()
	var b bytes.Buffer
	_, err := r.Changes(context.Background(), Vector{r.Self(): since}, &b)
	must(r.t, err)
	return b.Bytes()
}
