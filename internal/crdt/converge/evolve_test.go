package converge

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// evolution is one migration more of a schema, and what the schema is then.
type evolution struct {
	name, text string
	schema     *schemaDef
}

func (s *schemaDef) clone() *schemaDef {
	c := &schemaDef{}
	for _, t := range s.tables {
		n := *t
		n.columns = slices.Clone(t.columns)
		n.uniques = slices.Clone(t.uniques)
		n.parents = slices.Clone(t.parents)
		c.tables = append(c.tables, &n)
	}
	return c
}

// free reports whether nothing but the table's rows needs a column.
func (s *schemaDef) free(t *tableDef, column int) bool {
	if t.isKey(column) || t.columns[column].check != "" || t.columns[len(t.columns)-1].generated != "" {
		return false
	}
	for _, u := range t.uniques {
		if slices.Contains(u.columns, column) || u.where == column {
			return false
		}
	}
	for _, other := range s.tables {
		for _, p := range other.parents {
			if other == t && slices.Contains(p.child, column) || s.tables[p.table] == t && slices.Contains(p.columns, column) {
				return false
			}
		}
	}
	return true
}

// indexed reports whether t has indexes with names, which they keep if t gets
// another one.
func (t *tableDef) indexed() bool {
	return slices.ContainsFunc(t.uniques, func(u uniqueDef) bool { return u.index })
}

// drawEvolution makes migration number n of s, which changes one thing or several.
func drawEvolution(r *rapid.T, s *schemaDef, n int) evolution {
	e := evolution{name: fmt.Sprintf("%04d", 100+n), schema: s}
	var texts []string
	for i := range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(r, "changes") {
		e.change(r, 10*n+i)
		texts = append(texts, e.text)
	}
	e.text = strings.Join(texts, ";\n")
	return e
}

// change draws one change of the schema; n makes new names.
func (e *evolution) change(r *rapid.T, n int) {
	next := e.schema.clone()
	e.schema, e.text = next, ""
	at := rapid.IntRange(0, len(next.tables)-1).Draw(r, "table")
	t := next.tables[at]
	last := len(t.columns) - 1
	kind := rapid.SampledFrom([]string{"add", "seed", "add", "drop", "seed", "rename", "rename table", "swap tables", "create", "seed", "fill", "rewrite", "seed", "delete", "rebuild", "rebuild", "seed", "drop index", "unique index"}).Draw(r, "evolution")
	switch {
	case kind == "add" && t.columns[last].generated == "":
		c := drawColumn(r, fmt.Sprintf("n%d", n))
		t.columns = append(t.columns, c)
		e.text = fmt.Sprintf("ALTER TABLE {%s} ADD COLUMN %s", t.name, c.sql(""))
	case kind == "drop" && last > len(t.key) && next.free(t, last):
		e.text = fmt.Sprintf("ALTER TABLE {%s} DROP COLUMN %s", t.name, t.columns[last].name)
		t.columns = t.columns[:last]
	case kind == "rename" && t.columns[last].check == "" && t.columns[last].generated == "":
		e.text = fmt.Sprintf("ALTER TABLE {%s} RENAME COLUMN %s TO r%d", t.name, t.columns[last].name, n)
		t.columns[last].name = fmt.Sprintf("r%d", n)
	case kind == "rename table":
		if to := fmt.Sprintf("m%d", n); !t.indexed() {
			e.text = fmt.Sprintf("ALTER TABLE {%s} RENAME TO {%s}", t.name, to)
			t.name = to
		}
	case kind == "swap tables":
		if other := next.tables[(at+1)%len(next.tables)]; other != t && !t.indexed() && !other.indexed() {
			e.text = fmt.Sprintf("ALTER TABLE {%s} RENAME TO {aside};\nALTER TABLE {%s} RENAME TO {%s};\nALTER TABLE {aside} RENAME TO {%s}",
				t.name, other.name, t.name, other.name)
			t.name, other.name = other.name, t.name
		}
	case kind == "create":
		made := &tableDef{name: fmt.Sprintf("t%d", 100+n)}
		made.drawKey(r)
		made.columns = append(made.columns, drawColumn(r, "c0"), drawColumn(r, "c1"))
		next.tables = append(next.tables, made)
		made.drawUnique(r)
		e.text = strings.Join(append([]string{made.sql(next, made.name)}, made.indexes()...), ";\n")
		if rapid.Bool().Draw(r, "with rows") {
			e.text += ";\n" + drawSeeds(r, next, made)
		}
	case kind == "seed":
		e.text = drawSeeds(r, next, t)
	case kind == "fill" && t.columns[last].generated == "":
		c := columnDef{name: fmt.Sprintf("f%d", n), decl: "TEXT", pool: "text"}
		t.columns = append(t.columns, c)
		e.text = fmt.Sprintf("ALTER TABLE {%s} ADD COLUMN %s;\nUPDATE {%s} SET %s = quote(%s)", t.name, c.sql(""), t.name, c.name, t.columns[last].name)
	case kind == "rewrite" && next.free(t, last) && t.columns[last].decl == "TEXT":
		e.text = fmt.Sprintf("UPDATE {%s} SET %s = 'w' WHERE %s = 'a'", t.name, t.columns[last].name, t.columns[last].name)
	case kind == "delete":
		e.text = fmt.Sprintf("DELETE FROM {%s} WHERE %s IS NULL", t.name, t.columns[last].name)
	case kind == "rebuild":
		e.text = next.rebuild(t)
	case kind == "drop index":
		if i := slices.IndexFunc(t.uniques, func(u uniqueDef) bool { return u.index }); i >= 0 && i == len(t.uniques)-1 {
			e.text = fmt.Sprintf("DROP INDEX {%s_u%d}", t.name, i)
			t.uniques = t.uniques[:i]
		}
	case kind == "unique index":
		u := uniqueDef{columns: []int{last}, collations: nil, where: -1, index: true}
		if t.columns[last].generated == "" {
			u.collations = append(u.collations, t.columns[last].collation)
			t.uniques = append(t.uniques, u)
			texts := t.indexes()
			e.text = texts[len(texts)-1]
		}
	}
	if e.text == "" {
		e.text = "SELECT 1"
	}
}

// rebuild is the way to change what ALTER TABLE cannot: a new table, the rows
// over, and the new one under the old name. The UNIQUE constraints go.
func (s *schemaDef) rebuild(t *tableDef) string {
	for _, other := range s.tables {
		for _, p := range other.parents {
			if s.tables[p.table] == t && !slices.Equal(p.columns, t.key) {
				return "" // it refers to a UNIQUE constraint
			}
		}
	}
	t.uniques = slices.DeleteFunc(t.uniques, func(u uniqueDef) bool { return !u.index })
	// The numbers in the names of indexes must stay those of their places.
	for i := range t.uniques {
		if !t.uniques[i].index {
			return ""
		}
	}
	var names []string
	for _, i := range t.synced() {
		names = append(names, t.columns[i].name)
	}
	list := strings.Join(names, ", ")
	text := []string{
		"PRAGMA foreign_keys = OFF",
		t.sql(s, "__new_"+t.name),
		fmt.Sprintf("INSERT INTO {__new_%s} (%s) SELECT %s FROM {%s}", t.name, list, list, t.name),
		fmt.Sprintf("DROP TABLE {%s}", t.name),
		fmt.Sprintf("ALTER TABLE {__new_%s} RENAME TO {%s}", t.name, t.name),
	}
	text = append(text, t.indexes()...)
	return strings.Join(append(text, "PRAGMA foreign_keys = ON"), ";\n")
}
