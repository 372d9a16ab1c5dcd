package crdt

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// naiveTable says which rows of a table exclude one another, and which rows
// they need, in Go and by going through all of them.
type naiveTable struct {
	name    string
	uniques []func(row []any) string // "" takes no part
	parents []naiveParent
}

type naiveParent struct {
	child  func(row []any) string
	table  string
	parent func(row []any) string
}

type naiveRow struct {
	id     []byte
	birth  Stamp
	values []any
	life   int64
	stamps []Stamp
	seen   bool // in the table
	should bool
}

// text makes a key of columns, or "" if one is NULL.
func text(fold bool, cols ...int) func([]any) string {
	return func(row []any) string {
		out := ""
		for _, c := range cols {
			if row[c] == nil {
				return ""
			}
			s := fmt.Sprint(row[c]) // 1 and 1.0 are the same
			switch v := row[c].(type) {
			case string:
				if s = "t" + v; fold {
					s = strings.ToLower(s)
				}
			case []byte:
				s = "b" + string(v)
			}
			out += "|" + s
		}
		return out
	}
}

// everyRow reads the rows of a table that are alive, hidden or not.
func everyRow(t testing.TB, e *Engine, tx *store.Tx, name string) (list []*naiveRow) {
	t.Helper()
	m, err := e.newMerger(tx)
	must(t, err)
	g, err := m.of(m.reg.byName[name])
	must(t, err)
	read := func(f *found) {
		values, err := g.readRow(f)
		must(t, err)
		r := &naiveRow{id: bytes.Clone(f.id), birth: m.reg.sites.outer(f.birth), seen: f.at == visible, life: f.life()}
		for _, c := range g.t.columns {
			r.values = append(r.values, values[c.bit].Go())
			r.stamps = append(r.stamps, m.reg.sites.outer(f.stampOf(c.bit)))
		}
		list = append(list, r)
	}
	var keys [][]byte
	q := tx.Query("SELECT " + g.merged.keysVisible + " FROM " + quote(name) + " x")
	for q.Step() {
		keys = append(keys, g.t.appendRowKey(nil, q, 1))
	}
	must(t, q.Err())
	for _, k := range keys {
		f := found{id: k}
		if there, err := g.findVisible(k, &f); err != nil || !there {
			t.Fatalf("%s: the row of key %x is not found: %v", name, k, err)
		}
		must(t, g.loadRow(&f))
		if g.t.auto {
			f.id = appendAutoKey(k, m.reg.sites.outer(f.birth))
		}
		read(&f)
	}
	if !g.t.hides {
		return list
	}
	keys = nil
	q = tx.Query("SELECT alcove_k FROM " + g.t.of(kindHidden))
	for q.Step() {
		keys = append(keys, bytes.Clone(q.ColumnBytes(0)))
	}
	must(t, q.Err())
	for _, k := range keys {
		f := found{id: k}
		if there, err := g.findHidden(k, &f); err != nil || !there || f.why == whyPending {
			t.Fatalf("%s: hidden row %x: %v %s", name, k, err, f.why)
		}
		f.id = k
		read(&f)
	}
	return list
}

// checkVisible holds what is visible against the pure function of the state.
func (r *replica) checkVisible(tables []naiveTable) error {
	r.t.Helper()
	all := map[string][]*naiveRow{}
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for _, n := range tables {
			all[n.name] = everyRow(r.t, r.Engine, tx, n.name)
		}
		return nil
	}))
	for _, n := range tables {
		list := all[n.name]
		sort.Slice(list, func(i, j int) bool {
			if c := list[i].birth.Compare(list[j].birth); c != 0 {
				return c > 0
			}
			return bytes.Compare(list[i].id, list[j].id) < 0
		})
		taken := map[string]bool{}
		for _, row := range list {
			row.should = true
			var keys []string
			for i, u := range n.uniques {
				if k := u(row.values); k != "" {
					keys = append(keys, fmt.Sprint(i, k))
					row.should = row.should && !taken[fmt.Sprint(i, k)]
				}
			}
			for _, k := range keys {
				if row.should {
					taken[k] = true
				}
			}
		}
	}
	for again := true; again; {
		again = false
		for _, n := range tables {
			for _, p := range n.parents {
				there := map[string]bool{}
				for _, row := range all[p.table] {
					if row.should {
						there[p.parent(row.values)] = true
					}
				}
				for _, row := range all[n.name] {
					if k := p.child(row.values); row.should && k != "" && !there[k] {
						row.should, again = false, true
					}
				}
			}
		}
	}
	for _, n := range tables {
		for _, row := range all[n.name] {
			if row.seen != row.should {
				return fmt.Errorf("%s: row %x %v: visible is %v, should be %v", n.name, row.id, row.values, row.seen, row.should)
			}
		}
	}
	return nil
}

// everything is the state of a device, row by row.
func (r *replica) everything(tables []naiveTable) string {
	var out []string
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for _, n := range tables {
			for _, row := range everyRow(r.t, r.Engine, tx, n.name) {
				line := fmt.Sprintf("%s %x life %d born %d/%x visible %v:", n.name, row.id, row.life, row.birth.H, row.birth.Site[:2], row.seen)
				for i, v := range row.values {
					line += fmt.Sprintf(" %T %v %d/%x", v, v, row.stamps[i].H, row.stamps[i].Site[:2])
				}
				out = append(out, line)
			}
			m, err := r.newMerger(tx)
			must(r.t, err)
			q := tx.Query("SELECT k, cl, h, site FROM " + m.reg.byName[n.name].of(kindTomb))
			for q.Step() {
				out = append(out, fmt.Sprintf("%s %x dead %d %d/%x", n.name, q.ColumnBytes(0), q.ColumnInt(1), q.ColumnInt(2), m.reg.sites.ids[q.ColumnInt(3)][:2]))
			}
			must(r.t, q.Err())
		}
		return nil
	}))
	slices.Sort(out)
	return strings.Join(out, "\n")
}
