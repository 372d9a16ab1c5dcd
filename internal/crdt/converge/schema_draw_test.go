package converge

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// drawKey makes the key columns of a table, in every shape a key has.
func (t *tableDef) drawKey(r *rapid.T) {
	t.rowid = rapid.IntRange(0, 3).Draw(r, "without rowid") > 0
	t.key, t.columnKey = []int{0}, true
	collation := rapid.SampledFrom([]sqlvalue.Collation{sqlvalue.Binary, sqlvalue.Binary, sqlvalue.NoCase, sqlvalue.RTrim}).Draw(r, "collation")
	text := columnDef{name: "k", decl: "TEXT", pool: "text", collation: collation, notNull: true}
	switch shape := rapid.SampledFrom([]string{"text", "text", "blob", "integer", "any", "real", "composite", "composite", "alias", "alias"}).Draw(r, "key"); shape {
	case "text":
		t.columns = []columnDef{text}
	case "blob":
		t.columns = []columnDef{{name: "k", decl: "BLOB", pool: "blob", notNull: true}}
	case "integer": // no other name of the rowid
		t.columns = []columnDef{{name: "k", decl: "INT", pool: "integer", notNull: true}}
	case "any":
		t.columns = []columnDef{{name: "k", decl: "", pool: "any", notNull: true, collation: collation}}
	case "real":
		t.columns = []columnDef{{name: "k", decl: "REAL", pool: "real", notNull: true}}
	case "composite":
		text.name = "k0"
		t.columns = []columnDef{text, {name: "k1", decl: "INTEGER", pool: "integer", notNull: true}}
		t.key, t.columnKey = []int{0, 1}, false
		if rapid.Bool().Draw(r, "turned") {
			t.key = []int{1, 0}
		}
	case "alias":
		t.columns = []columnDef{{name: "k", decl: "INTEGER", pool: "integer", notNull: true}}
		t.auto = t.rowid
		t.increments = t.rowid && rapid.IntRange(0, 3).Draw(r, "autoincrement") == 0
		if t.rowid {
			t.columns[0].notNull = rapid.Bool().Draw(r, "said")
		}
	}
}

func drawColumn(r *rapid.T, name string) columnDef {
	c := columnDef{name: name}
	kind := rapid.SampledFrom([]string{"text", "text", "integer", "real", "blob", "any", "numeric"}).Draw(r, "type")
	c.decl = map[string]string{"text": "TEXT", "integer": "INTEGER", "real": "REAL", "blob": "BLOB", "any": "", "numeric": "NUMERIC"}[kind]
	c.pool = kind
	if kind == "text" {
		c.collation = rapid.SampledFrom([]sqlvalue.Collation{sqlvalue.Binary, sqlvalue.Binary, sqlvalue.NoCase, sqlvalue.RTrim}).Draw(r, "collation")
	}
	fallback := map[string]string{"text": "'none'", "integer": "7", "real": "0.5", "blob": "x'00'", "any": "1", "numeric": "1.5"}[kind]
	switch rapid.IntRange(0, 7).Draw(r, "constraint") {
	case 0:
		c.notNull, c.fallback = true, fallback
	case 1:
		c.fallback = fallback
	case 2:
		c.check = c.name + " IS NULL OR length(" + c.name + ") < 30"
	}
	return c
}

// drawUnique adds a constraint or an index over one or two columns.
func (t *tableDef) drawUnique(r *rapid.T) {
	u := uniqueDef{where: -1, index: rapid.Bool().Draw(r, "index")}
	first := rapid.IntRange(0, len(t.columns)-1).Draw(r, "column")
	if t.isKey(first) && len(t.key) == 1 {
		first = len(t.columns) - 1
	}
	u.columns = []int{first}
	if second := rapid.IntRange(0, 2*len(t.columns)).Draw(r, "second"); second < len(t.columns) && second != first {
		u.columns = append(u.columns, second)
	}
	for _, c := range u.columns {
		u.collations = append(u.collations, t.columns[c].collation)
	}
	if u.index {
		switch rapid.IntRange(0, 4).Draw(r, "form") {
		case 0:
			u.where = rapid.IntRange(0, len(t.columns)-1).Draw(r, "where")
		case 1:
			u.collations[0] = rapid.SampledFrom([]sqlvalue.Collation{sqlvalue.Binary, sqlvalue.NoCase, sqlvalue.RTrim}).Draw(r, "collation")
		case 2:
			if t.columns[first].decl == "TEXT" {
				u.lower, u.columns, u.collations = true, u.columns[:1], []sqlvalue.Collation{sqlvalue.Binary}
			}
		}
	}
	t.uniques = append(t.uniques, u)
}

// drawParent adds a foreign key to the primary key of table parent, or to a
// unique constraint of it.
func (t *tableDef) drawParent(r *rapid.T, s *schemaDef, parent int) {
	p := s.tables[parent]
	columns := p.key
	if p != t {
		for _, u := range p.uniques {
			if !u.index && rapid.IntRange(0, 3).Draw(r, "to the key") > 0 {
				columns = u.columns
			}
		}
	}
	def := parentDef{table: parent, columns: columns}
	for i, c := range columns {
		child := p.columns[c]
		child.name, child.notNull, child.fallback, child.check = "p"+string(rune('0'+i)), false, "", ""
		def.child = append(def.child, len(t.columns))
		t.columns = append(t.columns, child)
	}
	var actions []string
	for _, event := range []string{" ON DELETE", " ON UPDATE"} {
		if a := rapid.SampledFrom([]string{"", " CASCADE", " CASCADE", " SET NULL", " SET DEFAULT", " RESTRICT"}).Draw(r, "action"); a != "" {
			actions = append(actions, event+a)
		}
	}
	def.actions = strings.Join(actions, "")
	if rapid.Bool().Draw(r, "deferred") {
		def.actions += " DEFERRABLE INITIALLY DEFERRED"
	}
	t.parents = append(t.parents, def)
}
