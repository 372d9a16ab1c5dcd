package manifest

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// newTable begins the full name of a table that takes the place of another at
// the end of a migration.
const newTable = "__new_"

// ExpandMigration replaces each {{notes}} in the text of a migration by the
// quoted full name of id's own table or index of that name, and {{__new_notes}}
// by that of the table in which notes is made anew. A migration is
// written before anyone knows who will sign it; this is the only place with
// placeholders.
func ExpandMigration(id ID, text string) (string, error) {
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if !ValidTable(strings.TrimPrefix(match[1], newTable)) {
			return "", Refuse(CodeMigrationPlaceholder, fmt.Sprintf(
				"A migration says %.80q, which is no table or index name: a small letter, then small letters, digits, “-” or “_”, at most 63, without “__”.", match[0]))
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := strings.Trim(match, "{}")
		if short, ok := strings.CutPrefix(name, newTable); ok {
			return `"` + newTable + id.Table(short) + `"`
		}
		return `"` + id.Table(name) + `"`
	}), nil
}

// statementBreak separates the statements of a haex migration.
const statementBreak = "--> statement-breakpoint"

// HaexMigration is the text of a haex migration, which names its tables in full,
// as statements that follow each other. What stands before a break need not end
// in a semicolon, and may end in a comment.
func HaexMigration(text string) string {
	var list []string
	for part := range strings.SplitSeq(text, statementBreak) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return strings.Join(list, "\n;\n")
}

// HaexMigrationName is the name by which a haex extension registers a migration
// of its package: that of the file, without folder and ending.
func HaexMigrationName(file string) string {
	return strings.TrimSuffix(path.Base(file), ".sql")
}
