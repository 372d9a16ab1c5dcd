package crdt

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// parkedRow is what is kept of one row.
type parkedRow struct {
	whole bool // all of the row is here: the table is unknown, or does not take it
	state
}

// has reports whether the value of a column with a stamp, or a later one, is kept.
func (p *parkedRow) has(column GlobalID, st Stamp) bool {
	return p != nil && slices.ContainsFunc(p.cells, func(c cell) bool { return c.column == column && c.stamp.Compare(st) >= 0 })
}

// parkedOf reads what is kept of a row; nil if it is nothing.
func parkedOf(tx *store.Tx, gid GlobalID, k []byte) (*parkedRow, error) {
	q := tx.Query("SELECT data, whole FROM alcove_crdt_parked WHERE tbl = ? AND k = ?")
	q.Blob(1, gid[:])
	q.Blob(2, k)
	if !q.Step() {
		return nil, q.Err()
	}
	data, p := bytes.Clone(q.ColumnBytes(0)), parkedRow{whole: q.ColumnInt(1) != 0}
	q.Reset()
	var err error
	p.state, err = readState(data)
	return &p, err
}

// dropParked forgets what is kept of a row.
func dropParked(tx *store.Tx, gid GlobalID, k []byte) error {
	q := tx.Query("DELETE FROM alcove_crdt_parked WHERE tbl = ? AND k = ?")
	q.Blob(1, gid[:])
	q.Blob(2, k)
	return q.Run()
}

// parkState merges a state into what is kept of the row.
func (m *merger) parkState(gid GlobalID, app string, generation int64, k []byte, s *state, whole bool) error {
	if gone, err := m.purged(gid, k, s.cl); err != nil || gone {
		return err
	}
	had, err := parkedOf(m.tx, gid, k)
	if err != nil {
		return err
	}
	now := *s
	if had != nil {
		whole = whole || had.whole
		if now, err = m.mergeParked(&had.state, s); err != nil {
			return err
		}
	}
	m.report.Parked++
	if t := m.reg.byGID[gid]; t != nil {
		t.parked = true
	}
	q := m.tx.Query(`INSERT INTO alcove_crdt_parked (tbl, k, app, generation, whole, data) VALUES (?, ?, ?, ?, ?, ?)
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

// mergeParked merges two states of a row that is parked.
func (m *merger) mergeParked(a, b *state) (state, error) {
	for _, pair := range [][2]*state{{a, b}, {b, a}} {
		if over, err := m.stateOutlives(pair[0], pair[1]); over || err != nil {
			return *pair[0], err
		}
	}
	merged, forks := mergeStates(a, b)
	m.report.Forks += forks
	return merged, nil
}

// parkedEntry is what a snapshot says of one parked row.
type parkedEntry struct {
	app        string
	generation int64
	parkedRow
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
	e.generation = p.generation()
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
	}
	g, err := a.of(t)
	if err != nil {
		return err
	}
	awaits, err := g.awaits(o.k, e.cl, a.reg.sites.inner(e.stamp))
	if err != nil {
		return err
	}
	if awaits {
		if err := a.parkState(o.gid, e.app, e.generation, o.k, &e.state, e.whole); err != nil {
			return err
		}
		_, err := g.stillWaiting(o.k)
		return err
	}
	had, err := g.stillWaiting(o.k)
	if err != nil {
		return err
	}
	if had != nil && had.whole {
		if e.cl > had.cl && a.stale(a.reg.sites.inner(e.stamp)) {
			return nil
		}
		if err := a.parkState(o.gid, e.app, e.generation, o.k, &e.state, e.whole); err != nil {
			return err
		}
		return g.retry(o.k, had)
	}
	rest, err := g.unpark(o.k, &e.parkedRow, false)
	if err != nil {
		return err
	}
	if rest != nil {
		if err := a.parkState(o.gid, e.app, e.generation, o.k, &rest.state, rest.whole); err != nil {
			return err
		}
	}
	return g.retry(o.k, had)
}

// covers reports whether the header vouches for a stamp.
func (a *applying) covers(s Stamp) bool {
	if s.Site == (SiteID{}) {
		return s.H == 0
	}
	n, ok := a.reg.sites.number[s.Site]
	return ok && s.H > 0 && s.H <= at(a.sender.deps, n)
}
