package crdt

import (
	"strings"
	"testing"
)

// TestARowThatIsItsOwnParentHidesNoViolation: SQLite counts one too few when it
// is updated in a certain way, and commits a row without a parent, which every
// other device would hide.
func TestARowThatIsItsOwnParentHidesNoViolation(t *testing.T) {
	const deferred = " DEFERRABLE INITIALLY DEFERRED"
	root, rootless := "INSERT INTO tree VALUES ('a', 0, 'a')", "INSERT INTO tree VALUES ('b', 0, 'none')"
	for name, test := range map[string]struct {
		when string // of the table's key to itself
		sql  []string
		bad  bool
	}{
		"an update of its key to what it is": {deferred, []string{root, rootless, "UPDATE tree SET k = 'a' WHERE k = 'a'"}, true},
		"an upsert":                          {deferred, []string{root, rootless, "INSERT INTO tree VALUES ('a', 1, 'x') ON CONFLICT (k) DO UPDATE SET k = excluded.k"}, true},
		"in another table":                   {deferred, []string{root, "INSERT INTO leaf VALUES (1, 'none')", "UPDATE tree SET k = k"}, true},
		"a parent that goes meanwhile":       {"", []string{root, "INSERT INTO tree VALUES ('z', 0, NULL), ('b', 0, 'z')", "UPDATE tree SET k = CASE k WHEN 'z' THEN 'q' ELSE k END"}, true},
		"nothing is without a parent":        {deferred, []string{root, "INSERT INTO tree VALUES ('b', 0, NULL)", "UPDATE tree SET k = k"}, false},
		"what has none is made one":          {deferred, []string{root, rootless, "UPDATE tree SET k = k", "INSERT INTO tree VALUES ('none', 0, NULL)"}, false},
		"it becomes its own parent":          {"", []string{"INSERT INTO tree VALUES ('a', 0, NULL), ('b', 0, 'a'), ('c', 0, 'b')", "UPDATE OR REPLACE tree SET k = up WHERE k = 'b'"}, true},
		"another column":                     {deferred, []string{root, rootless, "UPDATE tree SET n = 1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tree := range []string{"tree (k)", "TREE", `"Tree" ("K")`} { // without columns it is the primary key
				r := newReplica(t)
				createTracked(r, "CREATE TABLE tree (k TEXT PRIMARY KEY NOT NULL, n, up TEXT REFERENCES "+tree+test.when+")")
				createTracked(r, "CREATE TABLE leaf (id INTEGER PRIMARY KEY, of TEXT REFERENCES tree (k)"+deferred+")")
				err := r.try(test.sql...)
				if bad := err != nil && strings.Contains(err.Error(), "FOREIGN KEY constraint failed"); bad != test.bad || !bad && err != nil {
					t.Errorf("%s: %v", tree, err)
				}
				if n := r.count("SELECT count(*) FROM pragma_foreign_key_check"); n != 0 {
					t.Errorf("%s: %d rows have no parent", tree, n)
				}
				must(t, r.Check(t.Context(), nil))
			}
		})
	}
}
