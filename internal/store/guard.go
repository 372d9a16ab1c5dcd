package store

import (
	"fmt"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// guard judges what the statements of one extension reach. SQLite asks it
// while it compiles a statement, for every table, column and function the
// statement names, also inside views and triggers.
//
// An extension's views and triggers reach its own tables only (a migration may
// not define others), so in them its own rights are the measure. What a view or
// trigger of another extension does when it is granted, it does for its owner,
// with the owner's own tables and never with the owner's grants. SQLite passes
// the name of a common table expression where it passes that of a view, and an
// author chooses it freely; so forbiddenWord keeps other extensions' names from
// such expressions, and vouch makes sure that there is a view or trigger of that
// name. The functions of tracking are allowed in tracking's own triggers only,
// whose names forbiddenWord keeps authors from writing.
type guard struct {
	rights  Rights
	own     string  // table prefix, lower case
	changes bool    // tables may be made, altered and dropped: a migration
	weight  *weight // only counts what it is asked, up to a limit; else nil
	modules map[string]bool

	// Of the statement being compiled; begin resets them.
	judged   bool   // it runs
	stale    bool   // SQLite tried to compile it anew while it ran
	ended    bool   // it was interrupted
	reason   string // why it was denied, "" if it was not
	acts     bool   // it reads, writes or defines something
	adds     bool   // it may add to a table, or to a row
	defines  bool   // it defines or drops something
	selects  bool
	creates  bool   // a table
	internal bool   // it reaches SQLite's own tables or helper functions
	dropped  string // the table that it drops
	altered  string // the table that it alters
	indexed  string // the table of which it makes or drops an index
	written  []TableWrite
	pragma   string // value of a PRAGMA foreign_keys, which the host answers
	code     bool   // it defines a view or trigger
	touches  string // table of another extension that it alters or drops
	shaping  string // table of another extension that is made, or gets an index
	indexing string // index of another extension's table that it makes
	fills    string // another extension's table that it writes rows of and may not delete in
	rows     int    // that it may return because of what it reads; 0: no limit

	// Lower-case names, noted where there are grants.
	names   map[string]bool // of others, in its text
	reached map[string]bool // owners of tables and views that it reads by a grant
	changed map[string]bool // tables whose rows it changes by a grant
	counted map[string]bool // owners of tables whose rows are counted, in a view or else not allowed
	actors  map[string]bool // views and triggers that reach tables for their owner
	kin     map[string]bool // tables reached by a foreign key
	used    map[use]bool    // what it does by a grant, if that is to be told

	withheld *Withheld // what the reason is about, if that is a table of others
}

func newGuard(r Rights, modules map[string]bool, changes bool) *guard {
	return &guard{rights: r, own: lowerASCII(r.Own), modules: modules, changes: changes}
}

// begin prepares g for the next statement, the first one of text.
func (g *guard) begin(text string) {
	*g = guard{rights: g.rights, own: g.own, changes: g.changes, modules: g.modules}
	if len(g.rights.Grants) > 0 {
		g.names = namesIn(text, g.own)
	}
}

// verdict says, once the statement is compiled and before it runs, whether it
// may. It returns the reason why not, or "".
func (g *guard) verdict(text string) string {
	switch {
	case g.reason == reasonInternal && !g.changes && slices.Contains([]string{"create", "drop", "alter"}, firstWord(text)):
		return reasonChange // SQLite asks about its own books first
	case g.reason != "":
		return g.reason
	case g.internal && !g.defines, g.code && g.namesInternal(text):
		return reasonInternal
	case len(g.rights.Grants) > 0 && g.untold(text) != "":
		return g.untold(text)
	case g.creates && g.selects:
		return "CREATE TABLE … AS SELECT is not available. Create the table first, then fill it with INSERT … SELECT."
	case !g.acts && (firstWord(text) == "drop" || firstWord(text) == "create"):
		if !g.changes { // IF EXISTS, and it does not, or IF NOT EXISTS, and it does
			return reasonChange
		}
	case !g.acts:
		return reasonKind
	}
	return ""
}

// authorize is the authorizer of every connection. Without a guard the
// statement is the host's.
func (c *conn) authorize(action sqlite.AuthorizerActionCode, a, b, database, actor string) sqlite.AuthorizerReturnCode {
	g := c.guard.Load()
	if g == nil {
		return sqlite.AuthorizerOK
	}
	if g.judged {
		g.stale = true
		return sqlite.AuthorizerDeny
	}
	if sqlite3.Xsqlite3_is_interrupted(c.handle.tls, c.handle.db) != 0 {
		g.ended = true // SQLite itself seldom looks while it compiles
		return sqlite.AuthorizerDeny
	}
	if g.weight != nil {
		return g.weight.ask(lowerASCII(actor))
	}
	a, b, actor = lowerASCII(a), lowerASCII(b), lowerASCII(actor)
	if kind, ok := strings.CutPrefix(b, captureFunction); ok && action == sqlite.AuthFunction && isCaptureTrigger(actor, kind) {
		return sqlite.AuthorizerOK
	}
	return g.authorize(action, a, b, lowerASCII(database), actor)
}

func (g *guard) authorize(action sqlite.AuthorizerActionCode, a, b, database, actor string) sqlite.AuthorizerReturnCode {
	switch action {
	case sqlite.AuthSelect, sqlite.AuthRecursive:
		g.acts, g.selects = true, true
		return sqlite.AuthorizerOK
	case sqlite.AuthRead:
		return g.read(a, b, database, actor)
	case sqlite.AuthInsert, sqlite.AuthUpdate:
		return g.write(ActionReadWrite, a, b, database, actor) // INSERT names no column
	case sqlite.AuthDelete:
		return g.write(ActionDelete, a, "", database, actor)
	case sqlite.AuthFunction:
		return g.function(b)
	case sqlite.AuthCreateTable, sqlite.AuthDropTable, sqlite.AuthCreateView, sqlite.AuthDropView:
		g.creates = g.creates || action == sqlite.AuthCreateTable
		if action == sqlite.AuthDropTable {
			g.dropped = a
		}
		g.code = g.code || action == sqlite.AuthCreateView
		return g.define(action, a, a, database)
	case sqlite.AuthCreateIndex, sqlite.AuthDropIndex:
		if !strings.HasPrefix(a, autoIndexPrefix) { // or it is part of the table
			g.indexed = b
		}
		return g.define(action, a, b, database)
	case sqlite.AuthCreateTrigger, sqlite.AuthDropTrigger:
		if action == sqlite.AuthDropTrigger && b == g.dropped && b != "" && isCaptureTrigger(a, "") {
			return sqlite.AuthorizerOK // goes with its table
		}
		g.code = g.code || action == sqlite.AuthCreateTrigger
		return g.define(action, a, b, database)
	case sqlite.AuthAlterTable:
		g.altered = b
		return g.define(action, b, b, a) // the database comes first
	case sqlite.AuthPragma:
		if g.changes && a == "foreign_keys" {
			g.acts, g.pragma = true, b
			return sqlite.AuthorizerIgnore
		}
		if g.changes && a == "defer_foreign_keys" {
			g.acts = true // SQLite itself forgets it at the end of the transaction
			return sqlite.AuthorizerOK
		}
		if a == "quick_check" && g.altered != "" {
			return g.reachInternal()
		}
		return g.deny(reasonPragma)
	case sqlite.AuthTransaction, sqlite.AuthSavepoint:
		return g.deny(reasonTurn)
	case sqlite.AuthCreateTempIndex, sqlite.AuthCreateTempTable, sqlite.AuthCreateTempTrigger, sqlite.AuthCreateTempView,
		sqlite.AuthDropTempIndex, sqlite.AuthDropTempTable, sqlite.AuthDropTempTrigger, sqlite.AuthDropTempView:
		return g.deny(reasonTemp)
	case sqlite.AuthCreateVTable, sqlite.AuthDropVTable:
		return g.deny(reasonVirtual)
	case sqlite.AuthAttach, sqlite.AuthDetach:
		return g.deny(reasonAttach)
	case sqlite.AuthReindex:
		if g.changes && g.defines && (g.owns(strings.TrimPrefix(a, autoIndexPrefix)) || a != "" && a == g.indexing) {
			return sqlite.AuthorizerOK // CREATE INDEX fills the index
		}
		return g.deny(reasonUpkeep)
	case sqlite.AuthAnalyze:
		return g.deny(reasonUpkeep)
	}
	return g.deny(reasonKind)
}

// read judges the reading of a column. Without a column it is either a table
// of which only the rows count, or the name of a common table expression.
func (g *guard) read(table, column, database, actor string) sqlite.AuthorizerReturnCode {
	g.acts = true
	switch {
	case g.owns(table) && (database == "main" || database == ""):
		return sqlite.AuthorizerOK
	case readableFunctions[table]:
		return sqlite.AuthorizerOK
	case schemaTable(table), table == "pragma_quick_check" && g.altered != "":
		// ADD COLUMN with a CHECK asks whether the rows that are there keep it.
		return g.reachInternal()
	case (database == "main" || database == "") && (g.mayRead(table, column) || g.forOwner(actor, table, column, true)):
		return sqlite.AuthorizerOK
	case column == "" && !g.reserved(table):
		return sqlite.AuthorizerOK
	}
	return g.withhold(g.unreached(ActionRead, table, column), ActionRead, table)
}

// write judges a change of rows: of one column in UPDATE, else of whole ones.
func (g *guard) write(action Action, table, column, database, actor string) sqlite.AuthorizerReturnCode {
	g.acts = true
	g.adds = g.adds || action != ActionDelete
	if g.changes && !schemaTable(table) {
		g.noteWrite(action, table, column)
	}
	switch {
	case g.owns(table) && database == "main":
		return sqlite.AuthorizerOK
	case schemaTable(table):
		return g.reachInternal()
	case database == "main" && (g.mayWrite(action, table, column) || g.forOwner(actor, table, "", false)):
		return sqlite.AuthorizerOK
	}
	return g.withhold(g.unreached(action, table, column), action, table)
}

// noteWrite notes what a statement of a migration writes. INSERT names no column.
func (g *guard) noteWrite(action Action, table, column string) {
	i := slices.IndexFunc(g.written, func(w TableWrite) bool { return w.Table == table })
	if i < 0 {
		i = len(g.written)
		g.written = append(g.written, TableWrite{Table: table})
	}
	w := &g.written[i]
	switch {
	case action == ActionDelete:
	case column == "":
		w.Inserts = true
	case !slices.Contains(w.Updates, column):
		w.Updates = append(w.Updates, column)
	}
}

// define judges making, altering or dropping the object name, which belongs to
// table.
func (g *guard) define(action sqlite.AuthorizerActionCode, name, table, database string) sqlite.AuthorizerReturnCode {
	g.acts, g.defines = true, true
	switch {
	case !g.changes:
		return g.deny(reasonChange)
	case database != "main":
		return g.deny(reasonTemp)
	case g.owns(strings.TrimPrefix(name, autoIndexPrefix)) && g.owns(table):
		return sqlite.AuthorizerOK
	case name == "sqlite_sequence":
		return g.reachInternal() // made with the first AUTOINCREMENT table
	case g.mayDefine(action, name, table):
		return sqlite.AuthorizerOK
	case g.changes && !g.reserved(name) && shortName.MatchString(name):
		return g.deny(fmt.Sprintf(reasonBraces, name))
	}
	return g.withhold(reasonForeign, defining(action), table)
}

// reachInternal allows SQLite to keep its own books while a statement defines
// something; verdict denies it to every other statement.
func (g *guard) reachInternal() sqlite.AuthorizerReturnCode {
	if !g.changes {
		return g.deny(reasonInternal)
	}
	g.internal = true
	return sqlite.AuthorizerOK
}

func (g *guard) function(name string) sqlite.AuthorizerReturnCode {
	switch {
	case allowedFunctions[name]:
		return sqlite.AuthorizerOK
	case g.changes && alterFunctions[name]:
		g.internal = true
		return sqlite.AuthorizerOK
	}
	return g.deny("The function " + name + "() is not available.")
}
