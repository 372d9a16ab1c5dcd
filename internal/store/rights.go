package store

import (
	"slices"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// Rights say what an extension's statements may reach.
type Rights struct {
	// Own is the prefix of the extension's tables, "<lineage hex>__<name>__".
	Own string
	// Extension is the number of the extension's row. What it writes is counted
	// there; with 0 it is not counted.
	Extension int64
	// Grants are about tables of other extensions. Without one, a table of
	// another extension is not there.
	Grants []Grant
	// Used, if it is not nil, is told after a statement what it did with tables
	// of other extensions by a grant, once for each action and table. It must not
	// wait.
	Used func(action Action, table string)
}

// Action is what a grant lets an extension do with a table of another one.
type Action string

// The actions. None but ActionReadWrite includes another.
const (
	ActionRead      Action = "read"      // SELECT, and reading columns in any other statement
	ActionReadWrite Action = "readWrite" // read, INSERT and UPDATE
	ActionDelete    Action = "delete"    // DELETE of rows, also by REPLACE
	ActionCreate    Action = "create"    // CREATE TABLE, in a migration
	ActionAlterDrop Action = "alterDrop" // ALTER TABLE, DROP TABLE, and indexes of the table, in a migration
)

var actions = [...]Action{ActionRead, ActionReadWrite, ActionDelete, ActionCreate, ActionAlterDrop}

// Grant is a person's decision about tables of other extensions. Target is a
// full table name, or the beginning of one and "*"; see MatchTable. A denial
// beats every grant; who denies reading denies readWrite too, and the reverse.
//
// Columns, in small letters, are the only ones that it lets be read, and be
// changed by UPDATE; nil is all. A new row writes every column, so with Columns
// none is made. MaxRows is how many rows a statement that reads the table may
// return, 0 for no such limit. A table that several grants are about has the
// columns of all of them, and the most rows of any. Neither is about a denial,
// nor about actions that do not read or write columns.
type Grant struct {
	Action  Action
	Target  string
	Deny    bool
	Columns []string
	MaxRows int
	Until   int64 // Unix milliseconds; from then on it counts no more. 0: no date
}

// at is r without the grants that have ended.
func (r *Rights) at(now time.Time) *Rights {
	ended := func(g Grant) bool { return g.Until != 0 && g.Until <= now.UnixMilli() }
	if !slices.ContainsFunc(r.Grants, ended) {
		return r
	}
	left := *r
	left.Grants = slices.DeleteFunc(slices.Clone(r.Grants), ended)
	return &left
}

// MatchTable compares a table pattern with a full table name
// "<lineage>__<name>__<table>". The pattern is a full name, or a beginning
// followed by "*": all components but its last are equal then, and the last
// begins the same, except that a lineage is only ever whole. SQLite ignores the
// case of names, so it is ignored here. Tables of the host have no such name and
// are matched by nothing.
func MatchTable(pattern, table string) bool {
	want := strings.SplitN(lowerASCII(table), "__", 3)
	if len(want) != 3 || len(want[0]) != 64 || want[1] == "" || want[2] == "" || strings.Contains(table, "*") {
		return false
	}
	begin, open := strings.CutSuffix(lowerASCII(pattern), "*")
	parts := strings.SplitN(begin, "__", 3)
	last := len(parts) - 1
	switch {
	case len(parts) == 3:
	case !open || len(parts) == 1 || parts[last] != "":
		return false // the name of an extension is whole, too
	}
	for i := range last {
		if parts[i] != want[i] {
			return false
		}
	}
	if open {
		return strings.HasPrefix(want[last], parts[last])
	}
	return parts[last] == want[last]
}

// lowerASCII makes names that SQLite takes for one the same.
func lowerASCII(name string) string { return spelling.LowerASCII(name) }

// May reports whether a grant allows action on table, which is another
// extension's.
func (r *Rights) May(action Action, table string) bool {
	return r.terms(action, table) != nil
}

// terms are what the grants that allow action on a table add up to; nil if none
// does.
type terms struct {
	columns map[string]bool // nil: all
	rows    int             // 0: as many as there are
}

func (r *Rights) terms(action Action, table string) (t *terms) {
	for _, g := range r.Grants {
		reads := g.Action == ActionReadWrite && action == ActionRead || g.Action == ActionRead && action == ActionReadWrite
		if g.Action != action && !reads || !MatchTable(g.Target, table) {
			continue
		}
		if g.Deny {
			return nil
		}
		if g.Action == action || g.Action == ActionReadWrite {
			t = t.add(&g)
		}
	}
	return t
}

func (t *terms) add(g *Grant) *terms {
	first := t == nil
	if first {
		t = &terms{rows: g.MaxRows}
		if g.Columns != nil {
			t.columns = map[string]bool{}
		}
	}
	switch {
	case g.Columns == nil:
		t.columns = nil
	case t.columns != nil:
		for _, c := range g.Columns {
			t.columns[c] = true
		}
	}
	if g.MaxRows == 0 || t.rows != 0 && g.MaxRows > t.rows {
		t.rows = g.MaxRows
	}
	return t
}

// mentions reports whether a statement may name the table at all: with a grant
// for anything that is done with it.
func (r *Rights) mentions(table string) bool {
	return len(r.Grants) > 0 && slices.ContainsFunc(actions[:], func(a Action) bool { return r.May(a, table) })
}

// ownerOf is the prefix of the extension that a lower-case name belongs to, or
// "".
func ownerOf(name string) string {
	if !lineagePrefix(name) {
		return ""
	}
	end := strings.Index(name[66:], "__")
	if end <= 0 {
		return ""
	}
	return name[:66+end+2]
}

// baseName is the lower-case name without what SQLite or a rebuild puts before
// it.
func baseName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, newTablePrefix), autoIndexPrefix)
}

// autoIndexPrefix begins the names of the indexes that SQLite makes for the
// constraints of a table.
const autoIndexPrefix = "sqlite_autoindex_"
