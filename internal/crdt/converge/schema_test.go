package converge

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// schemaDef is a schema made at random: what is needed to write its SQL, to
// make statements that fit it, and to judge its constraints without SQLite.
type schemaDef struct {
	tables []*tableDef
}

type tableDef struct {
	name       string // without the app's prefix
	columns    []columnDef
	key        []int // of the primary key, in its order
	rowid      bool
	auto       bool // automatic integer key
	increments bool // AUTOINCREMENT
	uniques    []uniqueDef
	parents    []parentDef
	columnKey  bool // PRIMARY KEY stands at the column
}

type columnDef struct {
	name, decl string
	pool       string // values it takes, see pools
	collation  sqlvalue.Collation
	notNull    bool
	fallback   string // SQL of DEFAULT, or ""
	check      string // SQL of a CHECK, or ""
	generated  string // SQL, or ""
}

// uniqueDef is a UNIQUE constraint or index.
type uniqueDef struct {
	columns    []int
	collations []sqlvalue.Collation // those of the columns unless the index says otherwise
	lower      bool                 // on lower(column) of its one column
	where      int                  // partial: only where this column IS NOT NULL; -1 if not
	index      bool                 // CREATE UNIQUE INDEX, not a constraint
}

// parentDef is a foreign key.
type parentDef struct {
	table   int
	child   []int
	columns []int // of the parent
	actions string
}

func (c sqlCollation) sql() string {
	return [...]string{"", " COLLATE NOCASE", " COLLATE RTRIM"}[c]
}

type sqlCollation sqlvalue.Collation

func (s *schemaDef) String() string { return strings.Join(s.sql(), "; ") }

// GoString is for the reports of rapid.
func (s *schemaDef) GoString() string { return s.String() }

// sql returns the statements that make the schema, with {name} for full names.
func (s *schemaDef) sql() []string {
	var out []string
	for _, t := range s.tables {
		out = append(out, t.sql(s, t.name))
		out = append(out, t.indexes()...)
	}
	return out
}

func (t *tableDef) sql(s *schemaDef, name string) string {
	var parts []string
	for i, c := range t.columns {
		key := ""
		if t.columnKey && t.key[0] == i {
			key = " PRIMARY KEY"
		}
		if t.increments && key != "" {
			key += " AUTOINCREMENT"
		}
		parts = append(parts, c.sql(key))
	}
	if !t.columnKey {
		parts = append(parts, "PRIMARY KEY ("+t.names(t.key)+")")
	}
	for _, u := range t.uniques {
		if !u.index {
			parts = append(parts, "UNIQUE ("+t.names(u.columns)+")")
		}
	}
	for _, p := range t.parents {
		parts = append(parts, fmt.Sprintf("FOREIGN KEY (%s) REFERENCES {%s} (%s)%s",
			t.names(p.child), s.tables[p.table].name, s.tables[p.table].names(p.columns), p.actions))
	}
	text := fmt.Sprintf("CREATE TABLE {%s} (%s)", name, strings.Join(parts, ", "))
	if !t.rowid {
		text += " WITHOUT ROWID"
	}
	return text
}

func (t *tableDef) indexes() []string {
	var out []string
	for i, u := range t.uniques {
		if !u.index {
			continue
		}
		var terms []string
		for j, c := range u.columns {
			term := t.columns[c].name
			if u.lower {
				term = "lower(" + term + ")"
			}
			if u.collations[j] != t.columns[c].collation || u.lower {
				term += [...]string{" COLLATE BINARY", " COLLATE NOCASE", " COLLATE RTRIM"}[u.collations[j]]
			}
			terms = append(terms, term)
		}
		text := fmt.Sprintf("CREATE UNIQUE INDEX {%s_u%d} ON {%s} (%s)", t.name, i, t.name, strings.Join(terms, ", "))
		if u.where >= 0 {
			text += " WHERE " + t.columns[u.where].name + " IS NOT NULL"
		}
		out = append(out, text)
	}
	return out
}

func (c columnDef) sql(key string) string {
	text := c.name + " " + c.decl + key + sqlCollation(c.collation).sql()
	if c.generated != "" {
		return text + " AS (" + c.generated + ")"
	}
	if c.notNull {
		text += " NOT NULL"
	}
	if c.fallback != "" {
		text += " DEFAULT " + c.fallback
	}
	if c.check != "" {
		text += " CHECK (" + c.check + ")"
	}
	return text
}

func (t *tableDef) names(columns []int) string {
	var names []string
	for _, c := range columns {
		names = append(names, t.columns[c].name)
	}
	return strings.Join(names, ", ")
}

// synced lists the columns that are not generated.
func (t *tableDef) synced() []int {
	var out []int
	for i, c := range t.columns {
		if c.generated == "" {
			out = append(out, i)
		}
	}
	return out
}

func (t *tableDef) isKey(column int) bool {
	return slices.Contains(t.key, column)
}

// schemas makes one to three tables, some of which refer to others.
func schemas() *rapid.Generator[*schemaDef] {
	return rapid.Custom(func(r *rapid.T) *schemaDef {
		s := &schemaDef{}
		for i := range rapid.SampledFrom([]int{2, 1, 3}).Draw(r, "tables") {
			t := &tableDef{name: fmt.Sprintf("t%d", i)}
			t.drawKey(r)
			for j := range rapid.IntRange(1, 4).Draw(r, "columns") {
				t.columns = append(t.columns, drawColumn(r, fmt.Sprintf("c%d", j)))
			}
			s.tables = append(s.tables, t)
			if rapid.Bool().Draw(r, "foreign key") {
				// More often to another table than to its own.
				t.drawParent(r, s, rapid.SampledFrom([]int{max(i-1, 0), 0, i}).Draw(r, "parent"))
			}
			for range rapid.SampledFrom([]int{0, 1, 1, 2}).Draw(r, "uniques") {
				t.drawUnique(r)
			}
			if rapid.IntRange(0, 9).Draw(r, "generated") == 0 {
				t.columns = append(t.columns, columnDef{name: "g", decl: "TEXT", generated: "quote(" + t.columns[len(t.columns)-1].name + ")"})
			}
		}
		return s
	})
}

func hasParents(s *schemaDef) bool {
	return slices.ContainsFunc(s.tables, func(t *tableDef) bool { return len(t.parents) > 0 })
}
