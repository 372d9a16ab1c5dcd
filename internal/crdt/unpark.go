package crdt

import (
	"bytes"
	"errors"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// unpark merges a parked row into the table and returns what still has to wait:
// cells of columns that are not here yet, those that the table does not take, or
// the row as it is, if no row can be made of it. kept: it was parked here, so it
// is no news from a device that knew of less.
func (g *merging) unpark(k []byte, p *parkedRow, kept bool) (rest *parkedRow, err error) {
	if !g.keyFits(k, p) {
		return p, nil
	}
	st, err := g.inner(p.stamp)
	if err != nil {
		return nil, err
	}
	if !p.alive() {
		if p.whole {
			return nil, g.mergeTomb(k, tomb{p.cl, st})
		}
		return nil, nil
	}
	in := incoming{id: k, clocks: clocks{birth: st, cl: p.cl}, kept: kept}
	values := make([]sqlvalue.Value, maxColumns)
	left, err := g.takeCells(p, &in, values)
	if err != nil {
		return nil, err
	}
	if in.has != 0 || p.whole {
		var f found
		if err := g.find(k, &f); err != nil {
			return nil, err
		}
		// Cells alone do not make a row: it died meanwhile.
		if p.whole || (f.at == visible || f.at == hidden) && f.life() == p.cl {
			g.aside = 0
			err := g.mergeRow(&in, values)
			if errors.Is(err, errRefused) {
				return p, nil
			}
			if err != nil {
				return nil, err
			}
			left.cells = append(left.cells, g.stillRefused(&p.state)...)
			left.sortCells()
		}
	}
	if len(left.cells) == 0 {
		return nil, nil
	}
	if len(left.cells) == len(p.cells) && !p.whole {
		return p, nil
	}
	return left, nil
}

// takeCells puts the cells of a parked row that the table can have into in and
// values, and returns the others. A cell that would move its row is none.
func (g *merging) takeCells(p *parkedRow, in *incoming, values []sqlvalue.Value) (*parkedRow, error) {
	left := &parkedRow{state: state{cl: p.cl, stamp: p.stamp}}
	for _, c := range p.cells {
		if g.t.dropped[c.column] {
			continue
		}
		v, _, err := sqlvalue.Read(c.value)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(g.t.columns, func(col column) bool { return col.gid == c.column })
		if i < 0 || !g.cols[i].fits(v) {
			left.cells = append(left.cells, c)
			continue
		}
		bit := g.t.columns[i].bit
		if g.t.keySet.has(bit) && !g.isKeyPart(in.id, i, v) {
			continue
		}
		st, err := g.inner(c.stamp)
		if err != nil {
			return nil, err
		}
		if st != in.birth {
			in.set(1<<bit, st)
		}
		in.has |= 1 << bit
		values[bit] = v
	}
	return left, nil
}

// isKeyPart reports whether v is what the key k says of the key column i.
func (g *merging) isKeyPart(k []byte, i int, v sqlvalue.Value) bool {
	for n, part := range g.t.key {
		rest, err := sqlvalue.Skip(k)
		if err != nil {
			return false
		}
		if part == i {
			own := sqlvalue.AppendKey(nil, g.cols[i].converts.convert(v), g.t.collations[n])
			return bytes.Equal(own, k[:len(k)-len(rest)])
		}
		k = rest
	}
	return false
}

// keyFits reports whether k is a key that a row of the table can have, written
// as this table writes it; an automatic one with the birth of p.
func (g *merging) keyFits(k []byte, p *parkedRow) bool {
	key, birth, err := g.plainKey(k)
	if err != nil || g.t.auto && p.alive() && birth != p.stamp {
		return false
	}
	for n, i := range g.t.key {
		v, rest, err := sqlvalue.Read(key)
		if err != nil || !g.takesKey(i, v) {
			return false
		}
		own := sqlvalue.AppendKey(nil, g.cols[i].converts.convert(v), g.t.collations[n])
		if !bytes.Equal(own, key[:len(key)-len(rest)]) {
			return false
		}
		key = rest
	}
	return len(key) == 0
}

// takesKey reports whether the key column i can have v, and has it as it is.
func (g *merging) takesKey(i int, v sqlvalue.Value) bool {
	c := &g.cols[i]
	switch v.Tag {
	case sqlvalue.Null:
		return false
	case sqlvalue.Float:
		if g.t.integer || c.converts == asText {
			return false
		}
	case sqlvalue.Text, sqlvalue.Blob:
		if g.t.integer {
			return false
		}
	}
	return c.fits(v)
}

// inner translates a stamp whose site need not be known here.
func (m *merger) inner(s Stamp) (stamp, error) {
	n, err := m.e.number(m.tx, s.Site)
	return stamp{s.H, n, s.M}, err
}

// unparkBatch is how many parked rows are merged at a time.
const unparkBatch = 1000

// applyParked merges what was parked for a table, or for columns of it, that a
// migration has made.
func (e *Engine) applyParked(tx *store.Tx, t *table) error {
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	m.unparking = true
	return m.run(func() error {
		g, err := m.of(t)
		if err != nil {
			return err
		}
		var after []byte
		for more := true; more; {
			if after, more, err = g.unparkSome(after); err != nil {
				return err
			}
		}
		return m.settleAll()
	})
}

// ahead reports whether a row with this birth was made by a migration that has
// not run here yet. It waits, or that migration could not make it any more.
func (r *registry) ahead(app string, birth stamp) bool {
	n := r.migrated[app]
	return birth.site == reservedSite && n > 0 && int64(birth.m) > n
}

// awaits reports whether a row, of which something came, waits for the migration
// that makes it. It does not if it is here: another app's migration has made it,
// whose number is not one of this app's.
func (g *merging) awaits(k []byte, cl int64, birth stamp) (bool, error) {
	if cl%2 == 0 || !g.reg.ahead(g.t.app, birth) {
		return false, nil
	}
	if !g.keyFits(k, &parkedRow{state: state{cl: cl, stamp: g.reg.sites.outer(birth)}}) {
		return true, nil
	}
	var f found
	err := g.find(k, &f)
	return f.at != visible && f.at != hidden || f.birth != birth, err
}

// unparkSome merges the parked rows after a key, and returns the last of them.
func (g *merging) unparkSome(after []byte) (last []byte, more bool, err error) {
	type row struct {
		k []byte
		p parkedRow
	}
	var list []row
	q := g.tx.Query("SELECT k, data, whole FROM alcove_crdt_parked WHERE tbl = ? AND k > ? ORDER BY k LIMIT ?")
	q.Blob(1, g.t.gid[:])
	q.Blob(2, after)
	q.Int(3, unparkBatch)
	for q.Step() {
		s, err := readState(bytes.Clone(q.ColumnBytes(1)))
		if err != nil {
			q.Reset()
			return nil, false, err
		}
		list = append(list, row{bytes.Clone(q.ColumnBytes(0)), parkedRow{q.ColumnInt(2) != 0, s}})
	}
	if err := q.Err(); err != nil {
		return nil, false, err
	}
	for i := range list {
		if err := g.unparkOne(list[i].k, &list[i].p, nil); err != nil {
			return nil, false, err
		}
	}
	if len(list) < unparkBatch {
		return nil, false, nil
	}
	return list[len(list)-1].k, true, nil
}

// unparkOne merges what is parked of one row, keeps what still has to wait, and
// lists what of that is refused and was not in had.
func (g *merging) unparkOne(k []byte, p, had *parkedRow) error {
	if awaits, err := g.awaits(k, p.cl, g.reg.sites.inner(p.stamp)); awaits || err != nil {
		return err
	}
	rest, err := g.unpark(k, p, true)
	if err != nil {
		return err
	}
	switch rest {
	case p:
	case nil:
		err = dropParked(g.tx, g.t.gid, k)
	default:
		// The row is in the table now: only cells wait.
		q := g.tx.Query("UPDATE alcove_crdt_parked SET data = ?3, whole = 0 WHERE tbl = ?1 AND k = ?2")
		q.Blob(1, g.t.gid[:])
		q.Blob(2, k)
		q.Blob(3, appendState(nil, &rest.state))
		err = q.Run()
	}
	if err != nil || !g.keyFits(k, p) {
		return err
	}
	return g.listRefused(k, had, rest)
}
