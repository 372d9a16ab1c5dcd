package crdt

import (
	"bytes"
)

// forgetHistoryOf takes a row's old values out of the history, as far as they
// were written until the order's time.
func (m *merger) forgetHistoryOf(p *purgeOrder) error {
	type layoutInfo struct{ id, count int64 }
	var layouts []layoutInfo
	q := m.tx.Query("SELECT id, length(columns) / 17 FROM alcove_crdt_history_layout WHERE tbl = ?")
	q.Blob(1, p.gid[:])
	for q.Step() {
		layouts = append(layouts, layoutInfo{q.ColumnInt(0), q.ColumnInt(1)})
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, l := range layouts {
		type row struct {
			app, h, part int64
			data         []byte
		}
		var changed []row
		q := m.tx.Query("SELECT app, h, part, data FROM alcove_crdt_history WHERE layout = ?")
		q.Int(1, l.id)
		for q.Step() {
			data, found, err := withoutRow(q.ColumnBytes(3), q.ColumnInt(1), int(l.count), p)
			if err != nil {
				q.Reset()
				return err
			}
			if found {
				changed = append(changed, row{q.ColumnInt(0), q.ColumnInt(1), q.ColumnInt(2), data})
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, r := range changed {
			text := "UPDATE alcove_crdt_history SET data = ?5 WHERE app = ?1 AND h = ?2 AND layout = ?3 AND part = ?4"
			if len(r.data) == 0 {
				text = "DELETE FROM alcove_crdt_history WHERE app = ?1 AND h = ?2 AND layout = ?3 AND part = ?4"
			}
			q := m.tx.Query(text)
			q.Int(1, r.app)
			q.Int(2, r.h)
			q.Int(3, l.id)
			q.Int(4, r.part)
			if len(r.data) > 0 {
				q.Blob(5, r.data)
			}
			if err := q.Run(); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutRow is a row of the history without what is to be forgotten.
func withoutRow(data []byte, h int64, count int, p *purgeOrder) (out []byte, found bool, err error) {
	for r := (parser{b: data}); len(r.b) > 0; {
		all := r.b
		var o oldValues
		if err := readOld(&r, h, count, &o); err != nil {
			return nil, false, err
		}
		if hashKey(p.gid, o.k) == p.hash && o.until(p.upto) {
			found = true
			continue
		}
		if len(o.by) > 0 && hashKey(p.gid, o.by) == p.hash {
			found, o.by = true, nil
			out = appendOld(out, &o, h)
			continue
		}
		out = append(out, all[:len(all)-len(r.b)]...)
	}
	return out, found, nil
}

// until reports whether any of the old values was written until a time.
func (o *oldValues) until(upto int64) bool {
	for _, s := range o.stamps {
		if s.h <= upto {
			return true
		}
	}
	return o.birth != noBirth && o.birth <= upto
}

// forgetConflicts takes the row out of the list of conflicts: its own, and those
// of rows that it hid.
func (m *merger) forgetConflicts(p *purgeOrder) error {
	var ids []int64
	q := m.tx.Query("SELECT id, k, data FROM alcove_crdt_conflict WHERE tbl = ?")
	q.Blob(1, p.gid[:])
	for q.Step() {
		var c Conflict
		if err := readConflict(q.ColumnBytes(2), &c); err != nil {
			q.Reset()
			return err
		}
		if hashKey(p.gid, q.ColumnBytes(1)) == p.hash || hashKey(p.gid, c.By) == p.hash {
			ids = append(ids, q.ColumnInt(0))
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		q := m.tx.Query("DELETE FROM alcove_crdt_conflict WHERE id = ?")
		q.Int(1, id)
		if err := q.Run(); err != nil {
			return err
		}
	}
	return nil
}

// forgetParked takes the row out of what waits for a schema.
func (m *merger) forgetParked(p *purgeOrder) error {
	var over [][]byte
	q := m.tx.Query("SELECT k, data FROM alcove_crdt_parked WHERE tbl = ?")
	q.Blob(1, p.gid[:])
	for q.Step() {
		if hashKey(p.gid, q.ColumnBytes(0)) != p.hash {
			continue
		}
		s, err := readState(q.ColumnBytes(1))
		if err != nil {
			q.Reset()
			return err
		}
		if s.cl < p.cl {
			over = append(over, bytes.Clone(q.ColumnBytes(0)))
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, k := range over {
		q := m.tx.Query("DELETE FROM alcove_crdt_parked WHERE tbl = ? AND k = ?")
		q.Blob(1, p.gid[:])
		q.Blob(2, k)
		if err := q.Run(); err != nil {
			return err
		}
	}
	return nil
}

// purged reports whether a life of a row is one that was ordered to be forgotten.
func (m *merger) purged(gid GlobalID, k []byte, cl int64) (bool, error) {
	if !m.reg.purges[gid] {
		return false, nil
	}
	p, ok, err := loadPurge(m.tx, gid, hashKey(gid, k))
	return ok && cl < p.cl, err
}

// forgetKeys takes the key out of the outbox: who has not heard that the row was
// deleted hears of the order.
func (m *merger) forgetKeys(p *purgeOrder) error {
	t := m.reg.byGID[p.gid]
	if t == nil || p.cl == 0 {
		return nil
	}
	return m.rewriteSent(func(data []byte) ([]byte, bool, error) { return withoutKey(data, t.id, p) })
}

// rewriteSent calls change for every row of the outbox, which returns another one.
func (m *merger) rewriteSent(change func([]byte) (data []byte, changed bool, err error)) error {
	after := int64(-1)
	for {
		q := m.tx.Query("SELECT h, data FROM alcove_crdt_tx WHERE h > ? ORDER BY h LIMIT 1")
		q.Int(1, after)
		if !q.Step() {
			return q.Err()
		}
		after = q.ColumnInt(0)
		data, changed, err := change(q.ColumnBytes(1))
		q.Reset()
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		q = m.tx.Query("UPDATE alcove_crdt_tx SET data = ? WHERE h = ?")
		q.Blob(1, data)
		q.Int(2, after)
		if err := q.Run(); err != nil {
			return err
		}
	}
}

// withoutKey is an outbox row without a deleted key.
func withoutKey(data []byte, table int64, order *purgeOrder) (out []byte, changed bool, err error) {
	p := &parser{b: append([]byte(nil), data...)}
	for len(p.b) > 0 {
		all := p.b
		s := readSection(p)
		if s.table != table || s.kind == sectionPurged {
			s.skip()
			out = append(out, all[:len(all)-len(p.b)]...)
			continue
		}
		var runs []run
		for r, ok := s.run(); ok; r, ok = s.run() {
			runs = append(runs, r)
		}
		var keys [][]byte
		for k, ok := s.key(); ok; k, ok = s.key() {
			if hashKey(order.gid, k) == order.hash {
				changed = true
			} else {
				keys = append(keys, k)
			}
		}
		out = appendSection(out, s.table, s.kind, runs, keys)
	}
	if p.bad {
		return nil, false, errDamaged
	}
	return out, changed, nil
}
