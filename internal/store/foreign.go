package store

import (
	"strings"

	"modernc.org/sqlite"
)

// What the guard says of tables that belong to another extension.

// may reports whether a grant allows action on table. In a migration the name a
// table is rebuilt under counts as the table's own.
func (g *guard) may(action Action, table string) bool {
	if len(g.rights.Grants) == 0 {
		return false
	}
	if g.changes {
		table = strings.TrimPrefix(table, newTablePrefix)
	}
	return g.rights.May(action, table)
}

// terms is may with what the grants limit; nil if there is none.
func (g *guard) terms(action Action, table string) *terms {
	if len(g.rights.Grants) == 0 {
		return nil
	}
	if g.changes {
		table = strings.TrimPrefix(table, newTablePrefix)
	}
	return g.rights.terms(action, table)
}

// mayRead is may for reading a column, or without one the rows. The columns of
// a table or index that is being made are read to make it.
func (g *guard) mayRead(table, column string) bool {
	if g.defines && table == g.shaping {
		return true
	}
	t := g.terms(ActionRead, table)
	if t == nil {
		return false
	}
	if t.columns != nil && column != "" && !t.columns[column] {
		return false
	}
	g.limitRows(t)
	note(&g.reached, ownerOf(baseName(table)))
	g.uses(ActionRead, table)
	return true
}

// mayWrite is may for a change of rows: of one column, or without one of whole
// rows. DROP TABLE deletes them, too.
func (g *guard) mayWrite(action Action, table, column string) bool {
	if action == ActionDelete && table == g.dropped {
		return true
	}
	t := g.terms(action, table)
	if t == nil || action == ActionReadWrite && t.columns != nil && !t.columns[column] {
		return false
	}
	if !g.may(ActionDelete, table) {
		g.fills = baseName(table)
	}
	note(&g.changed, table)
	g.uses(action, table)
	return true
}

// use is something that was done by a grant.
type use struct {
	action Action
	table  string
}

func (g *guard) uses(action Action, table string) {
	if g.rights.Used == nil {
		return
	}
	if g.used == nil {
		g.used = map[use]bool{}
	}
	g.used[use{action, baseName(table)}] = true
}

// tellUsed says what the statement did by grants, now that it has run.
func (g *guard) tellUsed() {
	for u := range g.used {
		g.rights.Used(u.action, u.table)
	}
}

// withhold denies the statement because of what it does with a table of others.
func (g *guard) withhold(reason string, action Action, table string) sqlite.AuthorizerReturnCode {
	if g.reason == "" && foreignName(table, g.own) {
		g.withheld = &Withheld{action, baseName(table)}
	}
	return g.deny(reason)
}

// defining is what has to be granted to make or change something.
func defining(action sqlite.AuthorizerActionCode) Action {
	if action == sqlite.AuthCreateTable {
		return ActionCreate
	}
	return ActionAlterDrop
}

// unreached is why a table of another extension is not reached.
func (g *guard) unreached(action Action, table, column string) string {
	t := g.terms(action, table)
	switch {
	case t == nil:
		return reasonForeign
	case action == ActionReadWrite && column == "":
		return reasonNewRow
	}
	return reasonColumn
}

// mayDefine is may for tables and indexes. Views and triggers of another
// extension are never made or changed: they would run as part of it. They only
// go with their table.
func (g *guard) mayDefine(action sqlite.AuthorizerActionCode, name, table string) bool {
	switch action {
	case sqlite.AuthCreateTable:
		g.shaping = name
		if !g.may(ActionCreate, name) {
			return false
		}
		g.uses(ActionCreate, name)
		return true
	case sqlite.AuthDropTable, sqlite.AuthAlterTable:
		if !g.may(ActionAlterDrop, table) {
			return false
		}
		g.uses(ActionAlterDrop, table)
		g.touches = table
		return true
	case sqlite.AuthCreateIndex, sqlite.AuthDropIndex:
		if strings.HasPrefix(name, autoIndexPrefix) {
			return g.may(ActionCreate, table)
		}
		if ownerOf(name) != ownerOf(strings.TrimPrefix(table, newTablePrefix)) || !g.may(ActionAlterDrop, table) {
			return false
		}
		g.uses(ActionAlterDrop, table)
		g.indexing, g.shaping = name, table
		return true
	case sqlite.AuthDropTrigger:
		return table == g.dropped
	}
	return false
}

// untold judges what the authorizer is not told about the statement text, and
// returns the reason why it may not run, or "".
func (g *guard) untold(text string) string {
	t := traitsOf(text, g.own)
	switch {
	case g.code && t.foreign:
		return reasonCode
	case g.fills != "" && t.replaces:
		g.withheld = &Withheld{ActionDelete, g.fills}
		return reasonReplace
	case t.joins:
		return g.joined()
	case g.altered != "" && t.renamesTo != "" && !g.renames(t.renamesTo):
		return reasonRename
	}
	return ""
}

// joined judges NATURAL JOIN and USING. SQLite asks nothing about the columns
// they compare, and nothing at all about a table of which the statement uses no
// others. So every table that it names counts as read, with all its columns.
func (g *guard) joined() string {
	for name := range g.names {
		switch t := g.terms(ActionRead, baseName(name)); {
		case t == nil:
			g.withheld = &Withheld{ActionRead, baseName(name)}
			return reasonForeign
		case t.columns != nil:
			g.withheld = &Withheld{ActionRead, baseName(name)}
			return reasonJoin
		default:
			g.limitRows(t)
			g.uses(ActionRead, name)
		}
	}
	return ""
}

func (g *guard) limitRows(t *terms) {
	if t.rows != 0 && (g.rows == 0 || t.rows < g.rows) {
		g.rows = t.rows
	}
}

// renames judges ALTER TABLE … RENAME TO. Data does not change its owner that
// way, nor come under a name that other grants are about: a table of another
// extension is only renamed to end its rebuilding.
func (g *guard) renames(to string) bool {
	if g.touches == "" && !foreignName(to, g.own) {
		return true // SQLite does not tell the new name; the audit looks at it
	}
	return g.touches != "" && baseName(g.touches) == baseName(to) && g.may(ActionAlterDrop, to)
}
