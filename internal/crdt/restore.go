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
// is hidden in its turn. Errors: crdt.no_conflict; crdt.no_parent, if it is
// hidden because a row that it refers to is not there.
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
	return m.run(func() error {
		born := stamp{h: e.clock.tick(), site: m.reg.sites.self}
		deleted, err := g.rebirth(&f, born)
		if err != nil {
			return err
		}
		if err := g.judge(f.id, born); err != nil {
			return err
		}
		if err := m.settleAll(); err != nil {
			return err
		}
		if err := g.find(f.id, &f); err != nil {
			return err
		}
		if f.at == visible {
			return send(tx, born.h, appendSection(nil, g.t.id, sectionWritten, []run{{f.rid, f.rid}}, deleted))
		}
		return send(tx, born.h, appendSection(nil, g.t.id, sectionWritten, nil, deleted))
	})
}

// rebirth gives a hidden row another life, as deleting and inserting it would.
// It returns the keys that are deleted thereby: those of an auto table.
func (g *merging) rebirth(f *found, born stamp) (deleted [][]byte, err error) {
	if err := g.dropHiding(f.id); err != nil {
		return nil, err
	}
	c := clocks{birth: born, cl: f.life() + 2}
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
// Errors: crdt.no_conflict, and what a write can bring, such as db.constraint.
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
		if c.Kind != ConflictLost && c.Kind != ConflictFork {
			return noConflict()
		}
		if err := g.writeBack(c); err != nil {
			return err
		}
		q := tx.Query("DELETE FROM alcove_crdt_conflict WHERE id = ?")
		q.Int(1, conflict)
		return q.Run()
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
