package converge

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// features name what is particular about a schema, for the tally.
func (s *schemaDef) features() (out []string) {
	for _, t := range s.tables {
		out = append(out, t.keyFeatures()...)
		for _, c := range t.columns {
			switch {
			case c.generated != "":
				out = append(out, "generated columns")
			case c.check != "":
				out = append(out, "columns with CHECK")
			case c.notNull && c.fallback != "":
				out = append(out, "columns NOT NULL with DEFAULT")
			}
		}
		for _, u := range t.uniques {
			out = append(out, t.uniqueFeatures(u)...)
		}
		for _, p := range t.parents {
			out = append(out, "foreign keys")
			switch {
			case s.tables[p.table] == t:
				out = append(out, "foreign keys to their own table")
			case !slices.Equal(p.columns, s.tables[p.table].key):
				out = append(out, "foreign keys to UNIQUE")
			case len(p.columns) > 1:
				out = append(out, "foreign keys of several columns")
			}
		}
	}
	return out
}

func (t *tableDef) keyFeatures() (out []string) {
	if !t.rowid {
		out = append(out, "tables WITHOUT ROWID")
	}
	k := t.columns[t.key[0]]
	if slices.ContainsFunc(t.key, func(i int) bool { return t.columns[i].collation != sqlvalue.Binary }) {
		out = append(out, "keys with a collation")
	}
	switch {
	case len(t.key) > 1:
		return append(out, "keys of several columns")
	case t.increments:
		return append(out, "keys AUTOINCREMENT")
	case t.auto:
		return append(out, "keys that SQLite makes")
	}
	return append(out, "keys of type "+k.pool)
}

func (t *tableDef) uniqueFeatures(u uniqueDef) (out []string) {
	if !u.index {
		out = append(out, "UNIQUE constraints")
	}
	if len(u.columns) > 1 {
		out = append(out, "UNIQUE over several columns")
	}
	if u.where >= 0 {
		out = append(out, "partial UNIQUE")
	}
	if u.lower {
		out = append(out, "UNIQUE over an expression")
	}
	if slices.ContainsFunc(u.collations, func(c sqlvalue.Collation) bool { return c != sqlvalue.Binary }) {
		out = append(out, "UNIQUE with a collation")
	}
	return out
}

// kind is the form of a statement, for the tally.
func (s statement) kind() string {
	verb, _, _ := strings.Cut(s.sql, "{")
	kind := strings.TrimSuffix(strings.TrimSpace(verb), " INTO")
	for _, more := range []string{"ON CONFLICT DO NOTHING", "ON CONFLICT DO UPDATE", "ON CONFLICT (", "SELECT", "RETURNING"} {
		if strings.Contains(s.sql, more) {
			kind += " " + strings.TrimSuffix(more, " (")
		}
	}
	return kind
}

// common is what the random runs must do often enough, whatever they are about.
var common = []string{
	"tables WITHOUT ROWID", "keys with a collation", "keys of several columns", "keys that SQLite makes", "keys AUTOINCREMENT",
	"keys of type text", "keys of type blob", "keys of type integer", "keys of type any", "keys of type real",
	"generated columns", "columns with CHECK", "columns NOT NULL with DEFAULT",
	"UNIQUE constraints", "UNIQUE over several columns", "partial UNIQUE", "UNIQUE over an expression", "UNIQUE with a collation",
	"foreign keys", "foreign keys to their own table", "foreign keys to UNIQUE", "foreign keys of several columns",
	"INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "INSERT OR FAIL", "REPLACE", "INSERT OR REPLACE SELECT",
	"INSERT ON CONFLICT DO NOTHING", "INSERT ON CONFLICT DO UPDATE", "INSERT ON CONFLICT",
	"UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE", "DELETE FROM", "INSERT RETURNING", "DELETE FROM RETURNING",
	"transactions", "transactions undone", "statements that failed alone", "statements that were rolled back to",
	"deliveries", "duplicates", "gaps", "damaged", "relayed", "changesets that overlap", "snapshots merged",
	"restarts", "kills", "kills within a commit", "kills within the commit of a merge", "incarnations", "collections",
	"looks with hidden rows", "rivals",
}
