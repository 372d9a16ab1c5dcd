package crdt

import (
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestOpenMakesOneSite(t *testing.T) {
	r := newReplica(t)
	self := r.Self()
	if self == (SiteID{}) {
		t.Fatal("no site")
	}
	r.restart()
	if r.Self() != self {
		t.Fatal("another site after a restart")
	}
	v, err := r.Vector(t.Context())
	must(t, err)
	if len(v) != 1 || v[self] != 0 {
		t.Fatalf("vector %v", v)
	}
	must(t, r.NewIncarnation(t.Context()))
	if v, err = r.Vector(t.Context()); err != nil || r.Self() == self || len(v) != 2 {
		t.Fatalf("after a new incarnation: %v, %v", v, err)
	}
}

// shapeOf returns what a freshly loaded registry says of a table.
func shapeOf(r *replica, name string) (out *table) {
	r.t.Helper()
	must(r.t, r.st.ViewTx(r.t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err == nil {
			out = reg.byName[name]
		}
		return err
	}))
	if out == nil {
		r.t.Fatalf("no table %s", name)
	}
	return out
}

func TestShapes(t *testing.T) {
	r := newReplica(t)
	createTracked(r, `CREATE TABLE plain (a TEXT COLLATE NOCASE PRIMARY KEY, b INT UNIQUE, c AS (b + 1) UNIQUE)`)
	createTracked(r, `CREATE TABLE numbered (id INTEGER PRIMARY KEY, b TEXT REFERENCES plain (a) ON DELETE CASCADE)`)
	createTracked(r, `CREATE TABLE composite (x, a TEXT, b TEXT, PRIMARY KEY (b COLLATE RTRIM, a), UNIQUE (x, a COLLATE NOCASE)) WITHOUT ROWID`)
	createTracked(r, `CREATE TABLE odd (rowid TEXT, id INTEGER PRIMARY KEY DESC, _rowid_ INT, d TEXT)`)
	r.exec(`CREATE UNIQUE INDEX odd_1 ON odd (lower(d), rowid COLLATE NOCASE) WHERE _rowid_ > 3`)

	p := shapeOf(r, "plain")
	if !p.rowid || p.integer || !slices.Equal(p.key, []int{0}) || p.collations[0] != sqlvalue.NoCase || len(p.columns) != 2 || len(p.uniques) != 2 {
		t.Errorf("plain: %+v", p.keyed)
	}
	for _, u := range p.uniques {
		if want := map[string]columns{`"b"`: 2, `"c"`: 3}[u.terms[0]]; u.set != want || u.where != "" {
			t.Errorf("plain: %+v", u)
		}
	}
	n := shapeOf(r, "numbered")
	if !n.integer || len(n.parents) != 1 || n.parents[0].parent != "plain" || !slices.Equal(n.parents[0].child, []int{1}) || !slices.Equal(n.parents[0].parentCols, []string{"a"}) {
		t.Errorf("numbered: %+v", n.keyed)
	}
	c := shapeOf(r, "composite")
	if c.rowid || !slices.Equal(c.key, []int{2, 1}) || c.collations[0] != sqlvalue.RTrim || c.collations[1] != sqlvalue.Binary || c.keySet != 6 || len(c.uniques) != 1 || !slices.Equal(c.uniques[0].colls, []string{"BINARY", "NOCASE"}) {
		t.Errorf("composite: %+v", c.keyed)
	}
	o := shapeOf(r, "odd")
	if o.integer || o.rowidName != "oid" || len(o.uniques) != 1 {
		t.Fatalf("odd: %+v", o.keyed)
	}
	if u := o.uniques[0]; !slices.Equal(u.terms, []string{"lower ( d )", `"rowid"`}) || u.where != "_rowid_ > 3" || u.set != o.all || u.colls[1] != "NOCASE" {
		t.Errorf("odd: %+v", u)
	}
}
