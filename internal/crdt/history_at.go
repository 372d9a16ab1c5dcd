package crdt

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// PastRow is a row as it was at a moment.
type PastRow struct {
	Table   string // full name
	Key     []byte // key form; of an automatic integer key with the birth
	Columns []string
	Values  []any // nil, int64, float64, string or []byte
	// Hidden: the row is kept aside now, because it was in another's way, or was
	// then, until it was replaced.
	Hidden bool
}

// At calls fn for the rows of an app as they were at a moment, a hybrid time:
// what was written until then, as far as it has come to this device. table is
// the full name of the only table that matters, or "" for all; key is the key
// form of the only row, or nil. A column that came later has the value that it
// got then, or is NULL if its row is gone.
//
// It takes time in proportion to the tables and to what changed since, and
// memory to what changed since. Errors: crdt.history_gone with oldest, the
// oldest moment that can be told; crdt.no_table; that of fn.
func (e *Engine) At(ctx context.Context, app string, moment int64, table string, key []byte, fn func(*PastRow) error) error {
	return e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		tables, err := reg.scope(app, table)
		if err != nil {
			return err
		}
		for _, t := range tables {
			p, err := loadPast(tx, t, moment, key)
			if err != nil {
				return err
			}
			if err := p.each(tx, &reg.sites, key, fn); err != nil {
				return err
			}
		}
		return nil
	})
}

// scope is the tables of an app that matter, in the order of their names.
func (r *registry) scope(app, name string) ([]*table, error) {
	if name != "" {
		t := r.byName[strings.ToLower(name)]
		if t == nil || t.app != app {
			return nil, fault.New("crdt.no_table", "There is no table of this name that is kept in sync, so it has no history. Choose another one.")
		}
		return []*table{t}, nil
	}
	var list []*table
	for _, t := range r.tables {
		if t.app == app && t.name != "" {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// each calls fn for the rows that were there at the moment.
func (p *past) each(tx *store.Tx, s *sites, only []byte, fn func(*PastRow) error) error {
	met := map[string]bool{}
	row := func(hidden bool) func(*presentRow) error {
		return func(now *presentRow) error {
			if only != nil && !bytes.Equal(now.id, only) {
				return nil
			}
			r := p.rows[string(now.id)]
			if r != nil {
				met[string(now.id)] = true
			}
			if !p.alive(r, true, now.birth.h) {
				return nil
			}
			out := &PastRow{Table: p.t.name, Key: bytes.Clone(now.id), Hidden: hidden || r != nil && r.by != nil}
			for i := range p.t.columns {
				v := sqlvalue.Value{}
				switch {
				case r != nil && r.cells[i] != nil:
					v, _, _ = sqlvalue.Read(r.cells[i]) // it was read before
				case r == nil || !r.whole:
					v = now.value(i)
				}
				out.add(p.t.columns[i].name, v)
			}
			return fn(out)
		}
	}
	if err := p.t.eachRow(tx, s, row(false)); err != nil {
		return err
	}
	if err := p.t.eachHidden(tx, row(true)); err != nil {
		return err
	}
	for _, k := range p.order {
		r := p.rows[k]
		if met[k] || !p.alive(r, false, 0) {
			continue
		}
		out := &PastRow{Table: p.t.name, Key: []byte(k), Hidden: r.by != nil}
		for i, c := range p.t.columns {
			v := sqlvalue.Value{}
			if r.cells[i] != nil {
				v, _, _ = sqlvalue.Read(r.cells[i])
			}
			out.add(c.name, v)
		}
		if err := fn(out); err != nil {
			return err
		}
	}
	return nil
}

func (r *PastRow) add(column string, v sqlvalue.Value) {
	r.Columns, r.Values = append(r.Columns, column), append(r.Values, v.Go())
}
