package store

import (
	"regexp"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// shortName is what an author may call an object of the app's own.
var shortName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// newTablePrefix may stand before an own name inside a migration: a table is
// rebuilt under it and then renamed.
const newTablePrefix = "__new_"

// owns reports whether the lower-case name is the extension's.
func (g *guard) owns(name string) bool {
	if g.changes {
		name = strings.TrimPrefix(name, newTablePrefix)
	}
	_, own := spelling.OwnTable(g.own, name)
	return own
}

// reserved reports whether something that is not the extension's can have the
// lower-case name: every object of the schema has one of these forms.
func (g *guard) reserved(name string) bool {
	return strings.Contains(name, "__") || strings.HasPrefix(name, "alcove_") ||
		strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pragma_") || g.modules[name]
}

// namesInternal reports whether the definition of a view or trigger names what
// SQLite keeps itself. SQLite asks about what it does only when it is used, and
// then it may be the host that uses it.
func (g *guard) namesInternal(text string) (found bool) {
	scan(text, func(t lexeme) bool {
		name := lowerASCII(t.word)
		found = t.mark == 0 && !readableFunctions[name] &&
			(strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pragma_") || g.modules[name])
		return !found
	})
	return found
}

// schemaTable reports whether name is one of the tables SQLite keeps itself.
func schemaTable(name string) bool {
	switch name {
	case "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema", "sqlite_sequence",
		"sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4":
		return true
	}
	return false
}
