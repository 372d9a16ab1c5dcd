package crdt

import (
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// Why a row is hidden. A row that is whyPending waits, within a transaction, to
// be judged.
const (
	whyPending = "pending"
	whyUnique  = "unique"  // a newer row has one of its unique values
	whyKey     = "key"     // a newer row has its automatic integer key
	whyForeign = "foreign" // a row that it refers to is not visible
	whyRefused = "refused" // the table does not take its values
)

// ensureShadow makes the table of the hidden rows: the columns of the table
// without their constraints, and indexes, that are not unique, on what unique
// constraints and foreign keys look at.
func (g *merging) ensureShadow() error {
	if g.t.hides {
		return nil
	}
	h := g.t.of(kindHidden)
	defs := []string{"alcove_rid INTEGER PRIMARY KEY", "alcove_k BLOB NOT NULL UNIQUE", "alcove_clocks BLOB NOT NULL", "alcove_why TEXT NOT NULL", "alcove_by BLOB"}
	for _, c := range g.every {
		d := quote(c.name) + " " + quoteType(c.declared) + " COLLATE " + c.collation
		if c.generated != "" {
			d += " AS " + c.generated
		}
		defs = append(defs, d)
	}
	if err := g.tx.Exec("CREATE TABLE " + h + " (" + strings.Join(defs, ", ") + ")"); err != nil {
		return fmt.Errorf("make the table of hidden rows: %w", err)
	}
	indexes := []string{"alcove_by"}
	for _, u := range g.uniques {
		indexes = append(indexes, u.list)
	}
	keys := make([]string, len(g.t.key))
	for n, i := range g.t.key {
		keys[n] = quote(g.t.columns[i].name)
	}
	indexes = append(indexes, strings.Join(keys, ", "))
	for _, f := range g.t.parents {
		cols := make([]string, len(f.child))
		for n, i := range f.child {
			cols[n] = quote(g.t.columns[i].name)
		}
		indexes = append(indexes, strings.Join(cols, ", "))
	}
	for n, list := range indexes {
		if err := g.tx.Exec(fmt.Sprintf(`CREATE INDEX "alcove_crdt_h_%d_%d" ON %s (%s)`, g.t.id, n, h, list)); err != nil {
			return fmt.Errorf("index the hidden rows: %w", err)
		}
	}
	g.t.hides, g.e.touched = true, true
	return nil
}

// quoteType makes a declared type one that the parser takes as it is.
func quoteType(declared string) string {
	if declared == "" {
		return ""
	}
	return quote(declared)
}

// hide moves a visible row to the hidden ones; f follows it. Rows that refer to
// it are looked at later.
func (g *merging) hide(f *found, why string, by []byte) error {
	if err := g.ensureShadow(); err != nil {
		return err
	}
	if err := g.leaving(f, g.t.all); err != nil {
		return err
	}
	q := g.tx.Query(g.merged.hide)
	if err := g.bindAt(q, f); err != nil {
		return err
	}
	c := f.clocks
	c.cl = c.life()
	n := g.merged.params
	q.Blob(n+1, f.id)
	q.Blob(n+2, appendClocks(nil, &c))
	q.Text(n+3, []byte(why))
	bindOptional(q, n+4, by)
	if err := q.Run(); err != nil {
		return err
	}
	rid := g.tx.LastInsertID()
	if err := g.remove(f); err != nil {
		return err
	}
	f.at, f.rid, f.why, f.clocks = hidden, rid, why, c
	g.edge.hidden = true
	return g.hid(f.id, why, by)
}

// addHidden adds a row that is new here to the hidden ones.
func (g *merging) addHidden(id []byte, c *clocks, values []sqlvalue.Value, why string) error {
	if err := g.ensureShadow(); err != nil {
		return err
	}
	q := g.tx.Query(g.merged.hiddenAdd)
	q.Blob(1, id)
	q.Blob(2, appendClocks(nil, c))
	q.Text(3, []byte(why))
	q.Null(4)
	for i, col := range g.t.columns {
		bindValue(q, i+5, values[col.bit])
	}
	g.edge.hidden = true
	return q.Run()
}

// rewhy says anew why a hidden row is.
func (g *merging) rewhy(f *found, why string, by []byte) error {
	q := g.tx.Query(g.merged.hiddenWhy)
	q.Text(1, []byte(why))
	bindOptional(q, 2, by)
	q.Int(3, f.rid)
	f.why = why
	if err := q.Run(); err != nil {
		return err
	}
	return g.hid(f.id, why, by)
}

// unhide moves a hidden row back to the table; f follows it. Nothing there may
// be in its way.
func (g *merging) unhide(f *found) error {
	q := g.tx.Query(g.merged.show)
	q.Int(1, f.rid)
	if err := q.Run(); store.IsRefused(err) {
		// It lets go of what it kept from others.
		if err := g.rewhy(f, whyRefused, nil); err != nil {
			return err
		}
		return g.released(f.id)
	} else if err != nil {
		return fmt.Errorf("let a hidden row back: %w", err)
	}
	rid := g.tx.LastInsertID()
	if err := g.remove(f); err != nil {
		return err
	}
	c := f.clocks
	c.cl = c.life()
	if err := g.number(f.id, rid, &c); err != nil {
		return err
	}
	if !g.t.rowid {
		rid = g.edge.lastNumber
	}
	if f.why != whyPending { // or it was counted when it came
		g.changed(f.id)
	}
	f.at, f.rid, f.why = visible, rid, ""
	g.moved[g.t] = append(g.moved[g.t], rid)
	return g.dropHiding(f.id)
}

func bindOptional(q *store.Query, i int, b []byte) {
	if b == nil {
		q.Null(i)
	} else {
		q.Blob(i, b)
	}
}
