package store

import "modernc.org/sqlite"

// The sentences of a denial. They name only what the author wrote.
const (
	reasonKind     = "This kind of statement is not available."
	reasonInternal = "The tables of SQLite itself, which describe the database, are not available."
	reasonForeign  = "Only the app's own tables are available, and those of other apps that were granted for this."
	reasonBraces   = reasonForeign + " In a migration the app's own names are written in double braces: {{%s}}."
	reasonChange   = "Tables are made, changed and dropped in migrations, not in statements."
	reasonTemp     = "Temporary tables, views and triggers are not available."
	reasonPragma   = "PRAGMA is not available. Alcove sets up the database itself."
	reasonTurn     = "BEGIN, COMMIT, ROLLBACK and SAVEPOINT are not available. Send the statements together as one transaction."
	reasonVirtual  = "Virtual tables are not available."
	reasonAttach   = "Other database files are not available."
	reasonUpkeep   = "ANALYZE and REINDEX are not available. Alcove looks after the database itself."
	reasonCode     = "A view or trigger of an app uses only the app's own tables: it would outlive what was granted."
	reasonReplace  = "REPLACE deletes the rows that are in its way. That needs to be granted, too."
	reasonColumn   = "Only some columns of this table were granted, and not this one."
	reasonNewRow   = "Only some columns of this table were granted, and a new row would write all of them."
	reasonJoin     = "NATURAL JOIN and USING are not available beside a table of which only some columns were granted. Say what is compared with ON."
	reasonRename   = "A table of another app keeps its name, and a table of this app does not become one of another."

	reasonExpression = "A common table expression cannot have the name of another app's table. Give it a short name."
)

func (g *guard) deny(reason string) sqlite.AuthorizerReturnCode {
	if g.reason == "" {
		g.reason = reason
	}
	return sqlite.AuthorizerDeny
}
