package crdt

import (
	"slices"
	"testing"
)

func TestSplitIndex(t *testing.T) {
	for _, c := range []struct {
		sql   string
		terms []string
		where string
	}{
		{`CREATE UNIQUE INDEX i ON t (a, "b""c" DESC)`, []string{`a`, `"b""c"`}, ""},
		{`CREATE UNIQUE INDEX "i (x)" ON "t (y)" (a COLLATE NOCASE ASC)`, []string{"a"}, ""},
		{"CREATE UNIQUE INDEX [i (] ON `t (`(lower(a), substr(b, 1, 2) COLLATE \"rtrim\") WHERE a IS NOT NULL AND b <> ')'", []string{"lower ( a )", "substr ( b , 1 , 2 )"}, "a IS NOT NULL AND b <> ')'"},
		{"CREATE UNIQUE INDEX i ON t (/* a, ( */ a -- , b)\n, b) where b>=1.5e-3", []string{"a", "b"}, "b >= 1.5e-3"},
		{`CREATE UNIQUE INDEX i ON t ((a || x'2c29'), a->>'$.x,)')`, []string{"( a || x'2c29' )", "a ->> '$.x,)'"}, ""},
		{`CREATE UNIQUE INDEX i ON t ("collate" COLLATE NOCASE COLLATE BINARY, "desc")`, []string{`"collate"`, `"desc"`}, ""},
	} {
		x, err := splitIndex(c.sql)
		if err != nil || !slices.Equal(x.terms, c.terms) || x.where != c.where {
			t.Errorf("%s: %q where %q, %v", c.sql, x.terms, x.where, err)
		}
	}
	for _, sql := range []string{"", "CREATE INDEX i", "CREATE INDEX i ON t (a", "CREATE INDEX i ON t ()", "CREATE INDEX i ON t (a) WHERE", "CREATE INDEX i ON t (a,)"} {
		if x, err := splitIndex(sql); err == nil {
			t.Errorf("%q: %v", sql, x)
		}
	}
}

func FuzzSplitIndex(f *testing.F) {
	f.Add("CREATE UNIQUE INDEX i ON t (a, lower(b) DESC) WHERE c = '''' -- x")
	f.Add("CREATE INDEX i ON t (1e")
	f.Fuzz(func(t *testing.T, sql string) {
		x, err := splitIndex(sql)
		if err == nil && len(x.terms) == 0 {
			t.Fatal("no terms and no error")
		}
	})
}
