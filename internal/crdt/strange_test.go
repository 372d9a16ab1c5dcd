package crdt

import (
	"bytes"
	"math/rand/v2"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// strangeWriter writes changesets that no device would: what is in them goes
// together in no way, but every stamp is the writer's.
type strangeWriter struct {
	*rand.Rand
	w    *changesetWriter
	defs []tableDef
	site SiteID
	big  bool // values and keys may be anything
}

func (s *strangeWriter) value() []byte {
	texts := []string{"a", "A", "b", "1", "2.5", "", "k", "l"}
	kinds := 8
	if !s.big {
		kinds = 6
	}
	switch s.IntN(kinds) {
	case 0:
		return sqlvalue.AppendNull(nil)
	case 1, 2:
		return sqlvalue.AppendInteger(nil, s.Int64N(4))
	case 3:
		return sqlvalue.AppendFloat(nil, float64(s.IntN(4))/2)
	case 4, 5:
		return sqlvalue.AppendText(nil, []byte(texts[s.IntN(len(texts))]))
	case 6:
		return sqlvalue.AppendBlob(nil, []byte(texts[s.IntN(len(texts))]))
	}
	return sqlvalue.AppendText(nil, []byte("\xff\x00'\""))
}

// key is a value of a key column: one that its table takes, unless big.
func (s *strangeWriter) key(table string, n int) []byte {
	if s.big && s.IntN(4) == 0 {
		return s.value()
	}
	switch {
	case table == "n", table == "s", table == "w" && n == 0:
		return sqlvalue.AppendInteger(nil, s.Int64N(3))
	case table == "f" && s.IntN(2) == 0:
		return sqlvalue.AppendFloat(nil, float64(s.IntN(3)))
	}
	return sqlvalue.AppendText(nil, []byte([]string{"k", "K", "l"}[s.IntN(3)]))
}

func (s *strangeWriter) stamp() stamp {
	if s.IntN(12) == 0 {
		return stamp{0, reservedSite, 1 + uint32(s.IntN(2))}
	}
	return stamp{1 + s.Int64N(4), 1, uint32(s.IntN(8) / 7)}
}

func (s *strangeWriter) life() int64 {
	if s.big && s.IntN(9) == 0 {
		return maxLife - 1
	}
	return 1 + 2*s.Int64N(2)
}

// stamps are the stamps of some of n columns; all: of each of want.
func (s *strangeWriter) stamps(want columns, all bool) (list []stamped, set columns) {
	for rest := want; rest != 0; {
		part := rest & columns(s.Uint64())
		if all && s.IntN(2) == 0 {
			part = rest
		}
		if part != 0 {
			list, set = append(list, stamped{part, s.stamp()}), set|part
		}
		if rest &^= part; !all && s.IntN(2) == 0 {
			break
		}
	}
	return list, set
}

func (s *strangeWriter) one(name string, i int) error {
	d := &s.defs[i]
	values := make([][]byte, len(d.columns))
	for c := range values {
		values[c] = s.value()
	}
	var k []byte
	for n, part := range d.key {
		v := s.key(name, n)
		values[part.column] = v
		x, _, err := sqlvalue.Read(v)
		if err != nil {
			return err
		}
		k = sqlvalue.AppendKey(k, x, part.collation)
	}
	birth := s.stamp()
	if d.auto {
		site := SiteID{}
		if birth.site != reservedSite {
			site = s.site
		}
		k = appendAutoKey(k, Stamp{birth.h, site, birth.m})
	}
	whole := columns(1)<<len(d.columns) - 1
	if s.big && s.IntN(4) == 0 {
		return s.other(d, k, values)
	}
	switch s.IntN(5) {
	case 0:
		return s.w.tomb(i, k, tomb{s.life() + 1, s.stamp()})
	case 1, 2:
		list, set := s.stamps(whole, false)
		if set == 0 {
			return nil
		}
		var b []byte
		for c, v := range values {
			if set.has(c) {
				b = append(b, v...)
			}
		}
		return s.w.cells(i, k, s.life(), birth, list, b)
	}
	list, _ := s.stamps(whole, false)
	return s.w.row(i, s.life(), birth, list, bytes.Join(values, nil))
}

// other is an operation that is not about a row of a table.
func (s *strangeWriter) other(d *tableDef, k []byte, values [][]byte) error {
	switch s.IntN(8) {
	case 0:
		return s.w.floor(d.gid, 2+2*s.Int64N(2))
	case 1:
		h := hashKey(d.gid, k)
		return s.w.purge(d.gid, h[:], purgeLife*s.Int64N(2), s.Int64N(5), stamp{1 + s.Int64N(4), 1, 0})
	case 2:
		return s.w.generation("zz__other__", s.Int64N(3))
	}
	outer := func() Stamp {
		st := s.stamp()
		if st.site == reservedSite {
			return Stamp{M: st.m}
		}
		return Stamp{st.h, s.site, st.m}
	}
	p := state{cl: s.life(), stamp: outer()}
	if s.IntN(6) == 0 {
		p.cl++
	}
	for i, gid := range d.columns {
		if p.alive() && s.IntN(2) == 0 {
			v := values[i]
			if s.IntN(4) == 0 {
				v = s.value()
			}
			p.cells = append(p.cells, cell{gid, outer(), v})
		}
	}
	p.sortCells()
	if s.IntN(4) == 0 {
		k = append(s.value(), k...)[:len(k)]
	}
	return s.w.parked(d.gid, k, appendParked(nil, []byte(d.app), 0, s.IntN(2) == 0, appendState(nil, &p)))
}
