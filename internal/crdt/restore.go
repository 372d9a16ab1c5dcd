package crdt

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// RestoreHidden lets the hidden row of a conflict be seen: it is born again, by
// this device and now, and so is newer than the row that is seen instead, which
// is hidden in its turn. Of values that the table refused, see RestoreLost.
// Errors: crdt.no_conflict; crdt.no_parent, if it is hidden because a row that it
// refers to is not there; crdt.refused.
func (e *Engine) RestoreHidden(ctx context.Context, conflict int64) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		err := e.restoreHidden(tx, conflict)
		if err != nil {
			e.stale = true
		}
		return err
	})
}

func (e *Engine) restoreHidden(tx *store.Tx, conflict int64) error {
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	g, c, err := m.conflict(conflict)
	if err != nil {
		return err
	}
	if c.Kind == ConflictRefused {
		return g.tryRefused(c.Key)
	}
	var f found
	there, err := g.findHidden(c.Key, &f)
	switch {
	case err != nil:
		return err
	case c.Kind == ConflictForeign && there:
		return fault.New("crdt.no_parent", "This row refers to one that is not there, so it cannot be shown. Bring that one back, then this one comes by itself.")
	case c.Kind != ConflictUnique && c.Kind != ConflictKey || !there:
		return noConflict()
	}
	f.id = c.Key
	return m.run(func() error { return g.showInstead(&f) })
}

// showInstead lets a hidden row be born again, now, and decides what is visible.
func (g *merging) showInstead(f *found) error {
	born := stamp{h: g.e.clock.tick(), site: g.reg.sites.self}
	if err := g.rememberRow(f, born); err != nil {
		return err
	}
	deleted, err := g.rebirth(f, born)
	if err != nil {
		return err
	}
	if err := g.judge(f.id, born); err != nil {
		return err
	}
	if err := g.settleAll(); err != nil {
		return err
	}
	if err := g.find(f.id, f); err != nil {
		return err
	}
	var runs []run
	if f.at == visible {
		runs = []run{{f.rid, f.rid}}
	}
	return send(g.tx, born.h, appendSection(nil, g.t.id, sectionWritten, runs, deleted))
}

// rebirth gives a hidden row another life, as deleting and inserting it would.
// It returns the keys that are deleted thereby: those of an auto table.
func (g *merging) rebirth(f *found, born stamp) (deleted [][]byte, err error) {
	life := g.t.anotherLife(f.life())
	if life > maxLife {
		return nil, wornOut()
	}
	if err := g.dropHiding(f.id); err != nil {
		return nil, err
	}
	c := clocks{birth: born, cl: life}
	id := f.id
	if g.t.auto {
		if err := g.t.storeTomb(g.tx, id, tomb{f.life() + 1, stamp{born.h, born.site, madeBy(f.birth)}}); err != nil {
			return nil, err
		}
		deleted = append(deleted, id)
		key, _, err := g.plainKey(id)
		if err != nil {
			return nil, err
		}
		id, c.cl = appendAutoKey(bytes.Clone(key), g.reg.sites.outer(born)), 1
	}
	if err := g.t.endWaiting(g.tx, f.id, c.cl); err != nil {
		return nil, err
	}
	q := g.tx.Query("UPDATE " + g.t.of(kindHidden) + " SET alcove_k = ?, alcove_clocks = ?, alcove_why = ?, alcove_by = NULL WHERE alcove_rid = ?")
	q.Blob(1, id)
	q.Blob(2, appendClocks(nil, &c))
	q.Text(3, []byte(whyPending))
	q.Int(4, f.rid)
	f.id, f.clocks, f.why = id, c, whyPending
	return deleted, q.Run()
}

// conflict reads a conflict and what is kept of its table.
func (m *merger) conflict(id int64) (*merging, *Conflict, error) {
	q := m.tx.Query("SELECT app, tbl, k, kind, data FROM alcove_crdt_conflict WHERE id = ?")
	q.Int(1, id)
	if !q.Step() {
		if err := q.Err(); err != nil {
			return nil, nil, err
		}
		return nil, nil, noConflict()
	}
	c := &Conflict{ID: id, App: string(q.ColumnBytes(0)), Key: bytes.Clone(q.ColumnBytes(2)), Kind: ConflictKind(q.ColumnBytes(3))}
	copy(c.Table[:], q.ColumnBytes(1))
	err := readConflict(bytes.Clone(q.ColumnBytes(4)), c)
	q.Reset()
	if err != nil {
		return nil, nil, err
	}
	t := m.reg.byGID[c.Table]
	if t == nil || t.name == "" {
		return nil, nil, noConflict()
	}
	g, err := m.of(t)
	return g, c, err
}

// RestoreLost writes the values of a conflict back, as an ordinary write of this
// device, and takes it off the list. A row that was deleted is inserted again.
// Values that the table refused are merged with the time at which they were
// written, if the table takes them by now. Errors: crdt.no_conflict;
// crdt.refused, if the table still does not take them; and what a write can
// bring, such as db.constraint.
func (e *Engine) RestoreLost(ctx context.Context, conflict int64) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		m, err := e.newMerger(tx)
		if err != nil {
			return err
		}
		g, c, err := m.conflict(conflict)
		if err != nil {
			return err
		}
		switch c.Kind {
		case ConflictLost, ConflictFork:
		case ConflictRefused:
			err := g.tryRefused(c.Key)
			if err != nil {
				e.stale = true
			}
			return err
		default:
			return noConflict()
		}
		if err := g.writeBack(c); store.IsConstraint(err) || store.IsRefused(err) {
			return fault.Wrap("db.constraint", "The values do not fit the table as it is now: another row has one that must be unique, or something they need is not there. Change that, then restore them.", err)
		} else if err != nil {
			return err
		}
		q := tx.Query("DELETE FROM alcove_crdt_conflict WHERE id = ?")
		q.Int(1, conflict)
		return q.Run()
	})
}

// tryRefused lets the table take what it refused of a row, or the row that is
// hidden because it was refused. What is not taken stays where it is.
func (g *merging) tryRefused(k []byte) error {
	return g.run(func() error {
		var f found
		isHidden, err := g.findHidden(k, &f)
		if err != nil {
			return err
		}
		p, err := g.waiting(k)
		switch {
		case err != nil:
			return err
		case isHidden && f.why == whyRefused:
			err = g.judge(k, f.birth)
		case p != nil && len(g.refusedOf(p)) > 0:
			err = g.unparkOne(k, p, nil)
		default:
			return noConflict()
		}
		if err != nil {
			return err
		}
		if err := g.settleAll(); err != nil {
			return err
		}
		f = found{}
		if isHidden, err = g.findHidden(k, &f); err != nil {
			return err
		}
		if p, err = g.waiting(k); err != nil {
			return err
		}
		if isHidden && f.why == whyRefused || len(g.refusedOf(p)) > 0 {
			return fault.New("crdt.refused", "The table, as this version of the extension has it, does not take this value. It is kept, and is taken as soon as it fits: update the extension, or change the row here or where the value comes from. Dismissing the entry loses nothing.")
		}
		return nil
	})
}

// writeBack writes the values of a conflict into its row.
func (g *merging) writeBack(c *Conflict) error {
	values := make([]sqlvalue.Value, maxColumns)
	var set columns
	var names, marks []string
	for _, v := range c.Values {
		for _, col := range g.t.columns {
			if col.gid != v.Column {
				continue
			}
			set |= 1 << col.bit
			var err error
			if values[col.bit], _, err = sqlvalue.Read(v.Value); err != nil {
				return err
			}
		}
	}
	var f found
	if err := g.find(c.Key, &f); err != nil {
		return err
	}
	switch {
	case set == 0:
		return noConflict()
	case f.at == visible:
		return g.write(&f, set, values)
	case f.at == hidden:
		return fault.New("crdt.hidden_row", "This row is hidden because of another conflict. Settle that one first.")
	case set&g.t.keySet != g.t.keySet:
		return noConflict()
	}
	for bit := range maxColumns {
		if set.has(bit) {
			names, marks = append(names, quote(g.t.columns[g.t.columnOf(bit)].name)), append(marks, "?")
		}
	}
	q := g.tx.Query(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quote(g.t.name), strings.Join(names, ", "), strings.Join(marks, ", ")))
	n := 0
	for bit := range maxColumns {
		if set.has(bit) {
			n++
			bindValue(q, n, values[bit])
		}
	}
	return q.Run()
}
