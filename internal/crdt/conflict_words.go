package crdt

import (
	"context"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// maxShown is how many bytes of a text or blob are shown of a conflict.
const maxShown = 1 << 10

// ConflictWords is a conflict in the words of its table. Columns that are not
// there any more are left out.
type ConflictWords struct {
	Conflict
	TableName string // full; "" if it is not there any more
	// Row is the row that it is about, as it is now; nil if it is not there.
	Row    []Cell
	Hidden bool   // Row is hidden
	Seen   []Cell // of a hidden row: the one that is seen instead
	Gone   []Cell // the values that gave way
	// Restorable: RestoreHidden or RestoreLost would find what it needs.
	Restorable bool
}

// Cell is a value of a row, cut to a kibibyte.
type Cell struct {
	Column string
	Value  any // nil, int64, float64, string or []byte
	Size   int // bytes of a string or []byte before it was cut
	Key    bool
}

// ConflictWords lists an app's conflicts like Conflicts, with what they say.
func (e *Engine) ConflictWords(ctx context.Context, app string, before int64, limit int) (list []ConflictWords, err error) {
	conflicts, err := e.Conflicts(ctx, app, before, limit)
	if err != nil || len(conflicts) == 0 {
		return nil, err
	}
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		m := e.mergerOf(tx, reg)
		for i := range conflicts {
			w := ConflictWords{Conflict: conflicts[i]}
			if err := m.describe(&w); err != nil {
				return err
			}
			list = append(list, w)
		}
		return nil
	})
	return list, err
}

// describe says what a conflict is about.
func (m *merger) describe(w *ConflictWords) error {
	t := m.reg.byGID[w.Table]
	if t == nil || t.name == "" {
		return nil
	}
	g, err := m.of(t)
	if err != nil {
		return err
	}
	w.TableName = t.name
	var set columns
	for _, v := range w.Values {
		for i, c := range t.columns {
			if c.gid != v.Column {
				continue
			}
			value, _, err := sqlvalue.Read(v.Value)
			if err != nil {
				return err
			}
			set |= 1 << c.bit
			w.Gone = append(w.Gone, t.cell(i, value))
		}
	}
	var f found
	if w.Row, err = g.cells(w.Key, &f); err != nil {
		return err
	}
	w.Hidden = f.at == hidden
	switch w.Kind {
	case ConflictLost, ConflictFork:
		w.Restorable = set != 0 && (f.at == visible || f.at != hidden && set&t.keySet == t.keySet)
	case ConflictUnique, ConflictKey:
		w.Restorable = w.Hidden
	case ConflictRefused:
		w.Restorable = true // whether it fits by now shows when it is tried
	}
	if w.Hidden && len(w.By) > 0 {
		var by found
		w.Seen, err = g.cells(w.By, &by)
	}
	return err
}

// cells reads a row, wherever it is; nil if it is not alive.
func (g *merging) cells(id []byte, f *found) (list []Cell, err error) {
	if err := g.find(id, f); err != nil {
		return nil, err
	}
	if f.at != visible && f.at != hidden {
		return nil, nil
	}
	values, err := g.readRow(f)
	if err != nil {
		return nil, err
	}
	for i, c := range g.t.columns {
		list = append(list, g.t.cell(i, values[c.bit]))
	}
	return list, nil
}

// cell is a value of column i, cut.
func (t *table) cell(i int, v sqlvalue.Value) Cell {
	c := Cell{Column: t.columns[i].name, Size: len(v.Data), Key: t.keySet.has(t.columns[i].bit)}
	if n := maxShown; len(v.Data) > n {
		for v.Tag == sqlvalue.Text && n > maxShown-utf8.UTFMax && !utf8.RuneStart(v.Data[n]) {
			n--
		}
		v.Data = v.Data[:n]
	}
	c.Value = v.Go()
	return c
}

// ConflictOf returns one conflict of an app. Errors: crdt.no_conflict.
func (e *Engine) ConflictOf(ctx context.Context, app string, id int64) (Conflict, error) {
	if id > 0 && id < 1<<62 {
		list, err := e.Conflicts(ctx, app, id+1, 1)
		if err != nil {
			return Conflict{}, err
		}
		if len(list) == 1 && list[0].ID == id {
			return list[0], nil
		}
	}
	return Conflict{}, noConflict()
}

// CountConflicts says how many conflicts of an app are listed.
func (e *Engine) CountConflicts(ctx context.Context, app string) (n int64, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		q := tx.Query("SELECT count(*) FROM alcove_crdt_conflict WHERE app = ?")
		q.Text(1, []byte(app))
		if q.Step() {
			n = q.ColumnInt(0)
			q.Reset()
		}
		return q.Err()
	})
	return n, err
}
