package crdt

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// parkState merges a state into what is kept of the row.
func (m *merger) parkState(gid GlobalID, app string, generation int64, k []byte, s *state, whole bool) error {
	if gone, err := m.purged(gid, k, s.cl); err != nil || gone {
		return err
	}
	q := m.tx.Query("SELECT data, whole FROM alcove_crdt_parked WHERE tbl = ? AND k = ?")
	q.Blob(1, gid[:])
	q.Blob(2, k)
	now := *s
	if q.Step() {
		had, err := readState(bytes.Clone(q.ColumnBytes(0)))
		whole = whole || q.ColumnInt(1) != 0
		q.Reset()
		if err != nil {
			return err
		}
		var forks int
		now, forks = mergeStates(&had, s)
		m.report.Forks += forks
	}
	if err := q.Err(); err != nil {
		return err
	}
	m.report.Parked++
	q = m.tx.Query(`INSERT INTO alcove_crdt_parked (tbl, k, app, generation, whole, data) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET whole = excluded.whole, data = excluded.data`)
	q.Blob(1, gid[:])
	q.Blob(2, k)
	q.Text(3, []byte(app))
	q.Int(4, generation)
	q.Int(5, 0)
	if whole {
		q.Int(5, 1)
	}
	q.Blob(6, appendState(nil, &now))
	return q.Run()
}

// parkedEntry is what a snapshot says of one parked row.
type parkedEntry struct {
	app        string
	generation int64
	whole      bool // the table was unknown: all of the row is here
	state
}

// appendParked appends the form that a snapshot has: generation, length and
// text of the app's prefix, 1 if the row is whole, state.
func appendParked(dst []byte, app []byte, generation int64, whole bool, state []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(generation))
	dst = binary.AppendUvarint(dst, uint64(len(app)))
	dst = append(dst, app...)
	if whole {
		dst = append(dst, 1)
	} else {
		dst = append(dst, 0)
	}
	return append(dst, state...)
}

func readParked(b []byte) (e parkedEntry, err error) {
	p := parser{b: b}
	e.generation = p.int()
	app := p.sized()
	flag := p.byte()
	if p.bad || flag > 1 || len(app) > maxText {
		return e, errState
	}
	e.app, e.whole = string(app), flag == 1
	e.state, err = readState(p.b)
	return e, err
}

// eachParked calls fn for all that is parked, in the form that a snapshot has.
// The bytes are valid until fn returns.
func eachParked(tx *store.Tx, fn func(gid GlobalID, k, data []byte) error) error {
	q := tx.Query("SELECT tbl, k, app, generation, whole, data FROM alcove_crdt_parked")
	var data []byte
	for q.Step() {
		var gid GlobalID
		copy(gid[:], q.ColumnBytes(0))
		data = appendParked(data[:0], q.ColumnBytes(2), q.ColumnInt(3), q.ColumnInt(4) != 0, q.ColumnBytes(5))
		if err := fn(gid, q.ColumnBytes(1), data); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

// parkedCame merges what the sender keeps for a schema that it does not have:
// this device may have it.
func (a *applying) parkedCame(o *op) error {
	e, err := readParked(o.data)
	if err != nil {
		return malformed("a parked row")
	}
	if !a.covers(e.stamp) || e.stamp == (Stamp{}) {
		return malformed("a stamp")
	}
	for _, c := range e.cells {
		if !a.covers(c.stamp) {
			return malformed("a stamp")
		}
	}
	if err := a.generation(e.app, e.generation); err != nil {
		return err
	}
	if e.generation < a.reg.apps[e.app] {
		return nil
	}
	t := a.reg.byGID[o.gid]
	switch {
	case t == nil:
		return a.parkState(o.gid, e.app, e.generation, o.k, &e.state, e.whole)
	case t.app != e.app:
		return malformed("a table under the name of another")
	case t.name == "":
		return nil
	case e.alive() && a.reg.early(t.app, a.reg.sites.inner(e.stamp)):
		return a.parkState(o.gid, e.app, e.generation, o.k, &e.state, e.whole)
	}
	g, err := a.of(t)
	if err != nil {
		return err
	}
	rest, err := g.unpark(o.k, &e)
	if err != nil || rest == nil {
		return err
	}
	return a.parkState(o.gid, e.app, e.generation, o.k, rest, e.whole && rest == &e.state)
}

// covers reports whether the header vouches for a stamp.
func (a *applying) covers(s Stamp) bool {
	if s.Site == (SiteID{}) {
		return s.H == 0
	}
	n, ok := a.reg.sites.number[s.Site]
	return ok && s.H > 0 && s.H <= at(a.sender.deps, n)
}

// unpark merges a parked row into the table and returns what still has to wait:
// cells of columns that are not here yet.
func (g *merging) unpark(k []byte, e *parkedEntry) (rest *state, err error) {
	if !g.keyFits(k) {
		return &e.state, nil
	}
	st, err := g.inner(e.stamp)
	if err != nil {
		return nil, err
	}
	if !e.alive() {
		if e.whole {
			return nil, g.mergeTomb(k, tomb{e.cl, st})
		}
		return nil, nil
	}
	in := incoming{id: k, clocks: clocks{birth: st, cl: e.cl}}
	values := make([]sqlvalue.Value, maxColumns)
	left := state{cl: e.cl, stamp: e.stamp}
	for _, c := range e.cells {
		if g.t.dropped[c.column] {
			continue
		}
		v, _, err := sqlvalue.Read(c.value)
		if err != nil {
			return nil, err
		}
		bit := -1
		for i, col := range g.t.columns {
			if col.gid == c.column && g.cols[i].fits(v) {
				bit = col.bit
			}
		}
		if bit < 0 {
			left.cells = append(left.cells, c)
			continue
		}
		cs, err := g.inner(c.stamp)
		if err != nil {
			return nil, err
		}
		if cs != st {
			in.set(1<<bit, cs)
		}
		in.has |= 1 << bit
		values[bit] = v
	}
	if in.has != 0 || e.whole {
		var f found
		if err := g.find(k, &f); err != nil {
			return nil, err
		}
		if !e.whole {
			in.fresh = in.has
		}
		// Cells alone do not make a row: it died meanwhile.
		if e.whole || (f.at == visible || f.at == hidden) && f.life() == e.cl {
			g.aside = 0
			err := g.mergeRow(&in, values)
			if errors.Is(err, errRefused) {
				return &e.state, nil
			}
			if err != nil {
				return nil, err
			}
			left.cells = append(left.cells, g.stillRefused(e)...)
			left.sortCells()
		}
	}
	if len(left.cells) == 0 {
		return nil, nil
	}
	return &left, nil
}

// keyFits reports whether k is a key that a row of the table can have.
func (g *merging) keyFits(k []byte) bool {
	key, _, err := g.plainKey(k)
	if err != nil {
		return false
	}
	for _, i := range g.t.key {
		v, rest, err := sqlvalue.Read(key)
		if err != nil || !g.takesKey(i, v) {
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

// early reports whether a row with this birth was made by a migration that has
// not run here yet. It waits, or that migration could not make it any more.
func (r *registry) early(app string, birth stamp) bool {
	n := r.migrated[app]
	return birth.site == reservedSite && n > 0 && int64(birth.m) > n
}

// unparkSome merges the parked rows after a key, and returns the last of them.
func (g *merging) unparkSome(after []byte) (last []byte, more bool, err error) {
	type row struct {
		k []byte
		e parkedEntry
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
		list = append(list, row{bytes.Clone(q.ColumnBytes(0)), parkedEntry{whole: q.ColumnInt(2) != 0, state: s}})
	}
	if err := q.Err(); err != nil {
		return nil, false, err
	}
	for i := range list {
		if s := &list[i].e.state; s.alive() && g.reg.early(g.t.app, g.reg.sites.inner(s.stamp)) {
			continue
		}
		rest, err := g.unpark(list[i].k, &list[i].e)
		if err != nil {
			return nil, false, err
		}
		if rest == &list[i].e.state {
			continue // its key is not one of this table's
		}
		if rest == nil {
			q = g.tx.Query("DELETE FROM alcove_crdt_parked WHERE tbl = ? AND k = ?")
			q.Blob(1, g.t.gid[:])
			q.Blob(2, list[i].k)
		} else {
			// The table is here now: only cells wait.
			q = g.tx.Query("UPDATE alcove_crdt_parked SET data = ?3, whole = 0 WHERE tbl = ?1 AND k = ?2")
			q.Blob(1, g.t.gid[:])
			q.Blob(2, list[i].k)
			q.Blob(3, appendState(nil, rest))
		}
		if err := q.Run(); err != nil {
			return nil, false, err
		}
	}
	if len(list) < unparkBatch {
		return nil, false, nil
	}
	return list[len(list)-1].k, true, nil
}
