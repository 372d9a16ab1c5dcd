package manifest

import (
	"fmt"
	"regexp"
	"strings"
)

var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// ExpandMigration replaces each {{notes}} in the text of a migration by the
// quoted full name of id's own table or index of that name. A migration is
// written before anyone knows who will sign it; this is the only place with
// placeholders.
func ExpandMigration(id ID, text string) (string, error) {
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		if !ValidTable(match[1]) {
			return "", Refuse(CodeMigrationPlaceholder, fmt.Sprintf(
				"A migration says %.80q, which is no table or index name: a small letter, then small letters, digits, “-” or “_”, at most 63, without “__”.", match[0]))
		}
	}
	return placeholder.ReplaceAllStringFunc(text, func(match string) string {
		return `"` + id.Table(strings.Trim(match, "{}")) + `"`
	}), nil
}
