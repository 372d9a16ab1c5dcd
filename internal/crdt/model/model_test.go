package model

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

var columns = []ID{{1}, {2}, {3}}

func stamps() *rapid.Generator[Stamp] {
	return rapid.Custom(func(r *rapid.T) Stamp {
		return Stamp{
			rapid.Int64Range(0, 3).Draw(r, "h"),
			Site{rapid.ByteRange(0, 2).Draw(r, "site")},
			rapid.Uint32Range(0, 1).Draw(r, "m"),
		}
	})
}

func rows() *rapid.Generator[Row] {
	return rapid.Custom(func(r *rapid.T) Row {
		row := Row{Life: rapid.Int64Range(1, 4).Draw(r, "life"), Stamp: stamps().Draw(r, "stamp")}
		if row.Alive() {
			row.Cells = map[ID]Cell{}
			for _, c := range columns {
				if rapid.IntRange(0, 3).Draw(r, "has") > 0 {
					row.Cells[c] = Cell{stamps().Draw(r, "cell"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "value")}
				}
			}
		}
		return row
	})
}

func states() *rapid.Generator[State] {
	return rapid.Custom(func(r *rapid.T) State {
		s := State{}
		for _, table := range []ID{{8}, {9}} {
			s[table] = rapid.MapOfN(rapid.SampledFrom([]string{"k", "l", "m", "n"}), rows(), 0, 4).Draw(r, "rows")
		}
		return s
	})
}

func merged(list ...State) State {
	s := State{}
	for _, other := range list {
		s.Merge(other)
	}
	return s
}

func TestMergeIsAJoin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a, b, c := states().Draw(r, "a"), states().Draw(r, "b"), states().Draw(r, "c")
		before := merged(a)
		for what, pair := range map[string][2]State{
			"commutative": {merged(a, b), merged(b, a)},
			"associative": {merged(merged(a, b), c), merged(a, merged(b, c))},
			"idempotent":  {merged(a, b, a, b), merged(a, b)},
			"unchanged":   {before, merged(a)},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				r.Fatalf("not %s:\n%v\n%v", what, pair[0], pair[1])
			}
		}
	})
}

// twoTables: rows of the second have a unique first column and need a row of
// the first, or of their own table, or none if that column is empty.
func twoTables() Shape {
	column := func(i int) Key {
		return func(v []string) (string, bool) { return v[i], v[i] != "" }
	}
	var cs []Column
	for _, c := range columns {
		cs = append(cs, Column{ID: c})
	}
	return Shape{
		{ID: ID{8}, Columns: cs, Unique: []Key{column(0)}},
		{ID: ID{9}, Columns: cs, Unique: []Key{column(0)}, Parents: []Reference{
			{Child: column(1), Parent: 0, Key: column(0)},
			{Child: column(2), Parent: 1, Key: column(0)},
		}},
	}
}

func TestWhatIsVisibleObeysTheConstraints(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, shape := states().Draw(r, "state"), twoTables()
		seen := Visible(s, shape)
		if !reflect.DeepEqual(seen, Visible(merged(s), shape)) {
			r.Fatal("one state, two views")
		}
		for i, table := range shape {
			for _, key := range table.Unique {
				have := map[string]bool{}
				for id, v := range seen[i].Rows {
					if k, ok := key(v); ok && have[k] {
						r.Fatalf("%q of row %s is there twice", k, id)
					} else if ok {
						have[k] = true
					}
				}
			}
			alive := 0
			for _, row := range s[table.ID] {
				if row.Alive() {
					alive++
				}
			}
			if alive != len(seen[i].Rows)+len(seen[i].Hidden) {
				r.Fatal("an alive row is neither seen nor hidden")
			}
			for _, ref := range table.Parents {
				if ref.orphans(&seen[i], seen[ref.Parent]) {
					r.Fatal("an orphan is seen")
				}
			}
		}
	})
}

func TestHidingTakesTheOlderBirth(t *testing.T) {
	at := func(h int64, site byte) Stamp { return Stamp{H: h, Site: Site{site}} }
	row := func(birth Stamp, values ...string) Row {
		r := Row{1, birth, map[ID]Cell{}}
		for i, v := range values {
			r.Cells[columns[i]] = Cell{birth, v}
		}
		return r
	}
	for _, c := range []struct {
		what string
		s    State
		want [2]string // seen rows
	}{
		{"newer birth", State{{8}: {"k": row(at(1, 1), "x"), "l": row(at(2, 1), "x")}}, [2]string{"l", ""}},
		{"greater site", State{{8}: {"k": row(at(1, 2), "x"), "l": row(at(1, 1), "x")}}, [2]string{"k", ""}},
		{"one transaction", State{{8}: {"k": row(at(1, 1), "x"), "l": row(at(1, 1), "x")}}, [2]string{"k", ""}},
		{"an orphan still holds its key", State{{9}: {"k": row(at(1, 1), "x"), "l": row(at(2, 1), "x", "none")}}, [2]string{"", ""}},
		{"the child of a loser", State{
			{8}: {"k": row(at(1, 1), "x"), "l": row(at(2, 1), "x")},
			{9}: {"m": row(at(1, 1), "c", "x")},
		}, [2]string{"l", "m"}},
		{"a row that is its own parent", State{{9}: {"k": row(at(1, 1), "x", "", "x")}}, [2]string{"", "k"}},
	} {
		for i, seen := range Visible(c.s, twoTables()) {
			got := ""
			for id := range seen.Rows {
				got += id
			}
			if got != c.want[i] {
				t.Errorf("%s: table %d shows %q, want %q", c.what, i, got, c.want[i])
			}
		}
	}
}
