package model

import (
	"cmp"
	"slices"
)

// Shape is what of a schema decides which rows are seen.
type Shape []TableShape

// TableShape is one table. Values of a row are in the order of Columns, in
// exact form.
type TableShape struct {
	ID      ID
	Columns []Column
	Unique  []Key       // each makes rows with equal keys exclude one another
	Parents []Reference // each makes a row need another
}

// Column is a column and the value of rows that have no cell for it.
type Column struct {
	ID      ID
	Default string
}

// Key makes a key of a row's values; ok false: the row takes no part.
type Key func(values []string) (key string, ok bool)

// Reference is a foreign key: Child's key must be Key's of a row of Parent,
// which is an index in the Shape.
type Reference struct {
	Child  Key
	Parent int
	Key    Key
}

// Seen is which rows of one table are seen, with their values, and which alive
// ones are hidden.
type Seen struct {
	Rows   map[string][]string
	Hidden map[string][]string
}

// Visible decides for every alive row whether it is seen. First, in each table,
// the newest births take the unique keys. Then what has no parent goes, as long
// as anything does.
func Visible(s State, shape Shape) []Seen {
	out := make([]Seen, len(shape))
	for i, t := range shape {
		out[i] = t.unique(s[t.ID])
	}
	for again := true; again; {
		again = false
		for i, t := range shape {
			for _, ref := range t.Parents {
				again = ref.orphans(&out[i], out[ref.Parent]) || again
			}
		}
	}
	return out
}

// Values returns the values of an alive row.
func (t TableShape) Values(r Row) []string {
	values := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		values[i] = c.Default
		if cell, ok := r.Cells[c.ID]; ok {
			values[i] = cell.Value
		}
	}
	return values
}

// unique lets the rows take their unique keys, newest birth first. Of equal
// births, which one transaction made, the smaller identity comes first.
func (t TableShape) unique(rows Table) Seen {
	seen := Seen{map[string][]string{}, map[string][]string{}}
	var order []string
	for id, r := range rows {
		if r.Alive() {
			order = append(order, id)
		}
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(rows[b].Stamp.Compare(rows[a].Stamp), cmp.Compare(a, b))
	})
	taken := make([]map[string]bool, len(t.Unique))
	for i := range taken {
		taken[i] = map[string]bool{}
	}
	for _, id := range order {
		values, free := t.Values(rows[id]), true
		keys := make([]string, len(t.Unique))
		takes := make([]bool, len(t.Unique))
		for i, key := range t.Unique {
			keys[i], takes[i] = key(values)
			free = free && (!takes[i] || !taken[i][keys[i]])
		}
		if !free {
			seen.Hidden[id] = values
			continue
		}
		seen.Rows[id] = values
		for i := range keys {
			if takes[i] {
				taken[i][keys[i]] = true
			}
		}
	}
	return seen
}

// orphans hides the rows whose parent is not seen and reports whether there
// were any.
func (ref Reference) orphans(child *Seen, parent Seen) (any bool) {
	there := map[string]bool{}
	for _, values := range parent.Rows {
		if key, ok := ref.Key(values); ok {
			there[key] = true
		}
	}
	for id, values := range child.Rows {
		if key, ok := ref.Child(values); ok && !there[key] {
			delete(child.Rows, id)
			child.Hidden[id] = values
			any = true
		}
	}
	return any
}
