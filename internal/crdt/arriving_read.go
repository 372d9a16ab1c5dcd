package crdt

import (
	"bytes"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// read cuts the values of an op apart.
func (d *arriving) read(o *op) error {
	if o.kind == opTomb {
		return nil
	}
	has := columns(1<<len(d.def.columns) - 1)
	if o.kind == opCells {
		has = o.set()
	}
	b := o.values
	d.refused = 0
	for i := range d.def.columns {
		d.raw[i] = nil
		if !has.has(i) {
			continue
		}
		v, rest, err := sqlvalue.Read(b)
		if err != nil {
			return malformed("a value")
		}
		d.raw[i], b = b[:len(b)-len(rest)], rest
		if d.g == nil || d.bits[i] < 0 {
			continue
		}
		if bit := d.bits[i]; d.g.picky.has(bit) && !d.g.cols[d.g.t.columnOf(bit)].fits(v) {
			d.refused |= 1 << i
		} else {
			d.values[bit] = v
		}
	}
	return nil
}

// identity is the op's key as this device writes it.
func (d *arriving) identity(o *op) ([]byte, error) {
	g, k := d.g, o.k
	same := d.alike
	var out []byte
	for n, i := range g.t.key {
		v, rest, err := sqlvalue.Read(k)
		if err != nil {
			return nil, malformed("a key")
		}
		w := g.cols[i].converts.convert(v)
		if !g.takesKey(i, w) {
			return nil, malformed("a key that the table cannot have")
		}
		same = same && w.Tag == v.Tag
		if !same && out == nil {
			out = append(out, o.k[:len(o.k)-len(k)]...)
		}
		if !same {
			out = sqlvalue.AppendKey(out, w, g.t.collations[n])
		}
		k = rest
	}
	if same {
		return o.k, nil
	}
	return append(out, k...), nil // the birth, of an auto table
}

// checkKey makes sure that the values of key columns that came are those of the
// key: a cell cannot move a row.
func (d *arriving) checkKey(in *incoming) error {
	keys := in.has & d.g.t.keySet
	if keys == 0 {
		return nil
	}
	for _, i := range d.g.t.key {
		// As a text it would be another key than as the number that it is.
		if bit := d.g.t.columns[i].bit; keys.has(bit) && d.g.cols[i].converts == asText && d.values[bit].Tag == sqlvalue.Float {
			return malformed("a key that the table cannot have")
		}
	}
	if in.whole && d.alike {
		return nil
	}
	k := in.id
	var own []byte
	for n, i := range d.g.t.key {
		rest, err := sqlvalue.Skip(k)
		if err != nil {
			return malformed("a key")
		}
		if bit := d.g.t.columns[i].bit; in.has.has(bit) {
			own = sqlvalue.AppendKey(own[:0], d.g.cols[i].converts.convert(d.values[bit]), d.g.t.collations[n])
			if !bytes.Equal(own, k[:len(k)-len(rest)]) {
				return malformed("a value that is not its key's")
			}
		}
		k = rest
	}
	return nil
}
