package store

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// A letter that only Unicode takes for a k would name a table that is neither
// the extension's own nor anybody's.
func TestNamesAreComparedByASCIIOnly(t *testing.T) {
	const own = "K\u212Ak\xff\xccZ"
	if got := lowerASCII(own); got != "k\u212Ak\xff\xccz" {
		t.Errorf("%q", got)
	}
	s := create(t)
	lineage := strings.Repeat("ab", 32)
	err := migrate(s, 1, lineage+"__k__", Migration{Name: "1", SQL: `CREATE TABLE "` + lineage + "__\u212A__notes\" (id TEXT PRIMARY KEY)"})
	if fault.Code(err) != "db.migration_failed" {
		t.Errorf("the table of another name: %v", err)
	}
}
