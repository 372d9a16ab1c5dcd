package crdt

import (
	"errors"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// arriving is a table of a changeset: how what comes of it is understood here.
type arriving struct {
	*applying
	def *tableDef
	g   *merging // nil: the table is not here
	// discard: the table was dropped here, or its app's data removed.
	discard bool
	bits    []int            // by column of the definition: its bit here, or one of below
	foreign columns          // of the definition: columns that are parked
	refused columns          // of the definition: columns whose value, in the op at hand, this version does not take
	alike   bool             // keys are written alike
	values  []sqlvalue.Value // by bit; this and raw are every table's in turn
	raw     [][]byte         // by column of the definition
	in      incoming
}

const (
	bitParked  = -1 // the column is not here yet
	bitDropped = -2 // the column was dropped here
)

// arriving returns a table of the changeset.
func (a *applying) arriving(table int) (*arriving, error) {
	for len(a.defs) < len(a.c.defs) {
		a.defs = append(a.defs, nil)
	}
	if d := a.defs[table]; d != nil {
		d.discard = d.discard || d.def.generation < a.reg.apps[d.def.app]
		return d, nil
	}
	def := &a.c.defs[table]
	if err := a.generation(def.app, def.generation); err != nil {
		return nil, err
	}
	d := &arriving{applying: a, def: def, values: a.values, raw: a.raw}
	a.defs[table] = d
	t := a.reg.byGID[def.gid]
	switch {
	case def.generation < a.reg.apps[def.app]:
		d.discard = true
		return d, nil
	case t == nil:
		return d, nil
	case t.app != def.app || t.auto != def.auto:
		return nil, malformed("a table under the name of another")
	case t.name == "":
		d.discard = true
		return d, nil
	}
	if !sameKey(t, def) {
		return d, nil // its keys mean nothing here: it waits for a schema in which they do
	}
	g, err := a.of(t)
	if err != nil {
		return nil, err
	}
	d.g, d.alike = g, true
	for n, part := range def.key {
		d.alike = d.alike && part.collation == t.collations[n]
	}
	for i, gid := range def.columns {
		bit := bitParked
		if t.dropped[gid] {
			bit = bitDropped
		}
		for _, c := range t.columns {
			if c.gid == gid {
				bit = c.bit
			}
		}
		if bit == bitParked {
			d.foreign |= 1 << i
		}
		d.bits = append(d.bits, bit)
	}
	return d, nil
}

// sameKey reports whether the key of t is made of the columns of def's.
func sameKey(t *table, def *tableDef) bool {
	if len(t.key) != len(def.key) {
		return false
	}
	for n, i := range t.key {
		if t.columns[i].gid != def.columns[def.key[n].column] {
			return false
		}
	}
	return true
}

// merge merges one row, some cells, or a deletion.
func (d *arriving) merge(o *op) error {
	if d.discard {
		return nil
	}
	if err := d.read(o); err != nil {
		return err
	}
	if d.g == nil {
		return d.park(o, ^columns(0), true)
	}
	awaits, err := d.g.awaits(o.k, o.cl, o.birth)
	if err != nil {
		return err
	}
	if awaits {
		if err := d.park(o, ^columns(0), o.kind == opRow); err != nil {
			return err
		}
		_, err := d.g.stillWaiting(o.k)
		return err
	}
	id, err := d.identity(o)
	if err != nil {
		return err
	}
	had, err := d.g.stillWaiting(id)
	if err != nil {
		return err
	}
	if o.kind == opTomb {
		if err := d.g.mergeTomb(id, tomb{o.cl, o.birth}); err != nil || had == nil {
			return err
		}
		return d.g.retry(id, had)
	}
	in := &d.in
	*in = incoming{id: id, clocks: clocks{birth: o.birth, cl: o.cl, entries: in.entries[:0]}, whole: o.kind == opRow}
	for _, c := range o.cells {
		if set := d.inner(c.set); set != 0 {
			in.entries = append(in.entries, clockEntry{set, c.stamp})
			in.has |= set
		}
	}
	if in.whole {
		in.has = d.inner(1<<len(d.def.columns) - 1)
	}
	if err := d.checkKey(in); err != nil {
		return err
	}
	if had != nil && had.whole {
		if o.cl > had.cl && d.stale(o.birth) {
			return nil
		}
		if err := d.park(o, ^columns(0), true); err != nil {
			return err
		}
		return d.g.retry(id, had)
	}
	if err := d.loseToRefused(id, o, had); err != nil {
		return err
	}
	if in.whole || in.has != 0 {
		d.g.aside = 0
		err := d.g.mergeRow(in, d.values)
		if errors.Is(err, errRefused) {
			if err := d.park(o, ^columns(0), true); err != nil {
				return err
			}
			return d.g.retry(id, had)
		}
		if err != nil {
			return err
		}
		for i, bit := range d.bits {
			if bit >= 0 && d.g.aside.has(bit) {
				d.refused |= 1 << i
			}
		}
	}
	if wait := d.foreign | d.refused; wait != 0 {
		if err := d.park(o, wait, false); err != nil {
			return err
		}
	}
	if d.refused == 0 && had == nil {
		return nil
	}
	return d.g.retry(id, had)
}

// loseToRefused lists values that the table keeps only because it does not take
// the later ones that came. had is what was parked before: of that, it was done.
func (d *arriving) loseToRefused(id []byte, o *op, had *parkedRow) error {
	if d.refused == 0 {
		return nil
	}
	var f found
	if err := d.g.find(id, &f); err != nil || f.at != visible && f.at != hidden || f.life() != o.cl {
		return err
	}
	var set columns
	for i, bit := range d.bits {
		if !d.refused.has(i) || had.has(d.def.columns[i], d.reg.sites.outer(o.stampOf(i))) {
			continue
		}
		if d.reg.sites.before(f.stampOf(bit), o.stampOf(i)) {
			set |= 1 << bit
		}
	}
	return d.g.lose(&f, set, Overwritten)
}

// inner translates a set of columns of the definition, without those that wait.
func (d *arriving) inner(set columns) (out columns) {
	for i, bit := range d.bits {
		if set.has(i) && bit >= 0 && !d.refused.has(i) {
			out |= 1 << bit
		}
	}
	return out
}

// park keeps what came of columns that are not here. whole: the table is not
// here either.
func (d *arriving) park(o *op, set columns, whole bool) error {
	s := state{cl: o.cl, stamp: d.reg.sites.outer(o.birth)}
	if o.kind == opTomb {
		return d.parkState(d.def.gid, d.def.app, d.def.generation, o.k, &s, whole)
	}
	for i, gid := range d.def.columns {
		if d.raw[i] == nil || !set.has(i) {
			continue
		}
		s.cells = append(s.cells, cell{gid, d.reg.sites.outer(o.stampOf(i)), d.raw[i]})
	}
	if len(s.cells) == 0 && !whole {
		return nil
	}
	s.sortCells()
	return d.parkState(d.def.gid, d.def.app, d.def.generation, o.k, &s, whole)
}
