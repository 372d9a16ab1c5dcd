package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/fault"
)

// padding makes a statement long enough to be rearranged, with columns that
// follow its own.
func padding(term string) string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, ", "+term, i)
	}
	return b.String()
}

// sameArranged compares what a query answers alone and among many expressions.
// The marker %s is where these go.
func sameArranged(t interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, c *Confined, text, term string,
) {
	t.Helper()
	ask := func(text string) [][]any {
		got, err := c.Query(context.Background(), Statement{SQL: own(text)})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return got.Rows
	}
	few, many := ask(strings.ReplaceAll(text, "%s", "")), ask(strings.ReplaceAll(text, "%s", padding(term)))
	if len(few) != len(many) {
		t.Errorf("%s: %d rows, and %d among many expressions", text, len(few), len(many))
		return
	}
	for i := range few {
		if diff := cmp.Diff(few[i], many[i][:len(few[i])]); diff != "" {
			t.Errorf("%s, row %d: %s", text, i, diff)
		}
	}
}

// placed is a table whose values differ by collation, type and order.
func placed(t testing.TB) *Confined {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("placed", `CREATE TABLE {p} (id INTEGER PRIMARY KEY, g, n, a TEXT COLLATE NOCASE, b TEXT, r TEXT COLLATE RTRIM);
		INSERT INTO {p} (g, n, a, b, r) VALUES (1, 3, 'b', 'b', 'x'), (1, 1, 'Z', 'Z', 'x  '), (2, 2, 'a', 'a', 'y'), (2, NULL, 'A', 'A', 'y '),
		(2, 2.5, 'B', 'B', 'X'), (NULL, 7, NULL, NULL, NULL), (3, 'ten', 'z', 'z', ''), (1, x'41', 'c', 'C', ' ')`)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOperationsThatLookAroundThem: min(), max() and what else is told by the
// operation before it what to compare by, and bare columns.
func TestOperationsThatLookAroundThem(t *testing.T) {
	c := placed(t)
	for _, text := range []string{
		"SELECT min(n), b%s FROM {p}", "SELECT max(n), b, id%s FROM {p} WHERE id <> 99",
		"SELECT g, min(n), b, a%s FROM {p} GROUP BY g ORDER BY g", "SELECT g, max(n), b%s FROM {p} GROUP BY g HAVING max(n) > 1 ORDER BY g",
		"SELECT max(b COLLATE NOCASE), id%s FROM {p}", "SELECT min(a), max(a), min(b), max(b), min(r), max(r)%s FROM {p}",
		"SELECT max(a) FILTER (WHERE g = 1), max(b) FILTER (WHERE g = 2)%s FROM {p}", "SELECT max(n) FILTER (WHERE g = 1), b%s FROM {p}",
		"SELECT count(DISTINCT a), count(DISTINCT b), group_concat(DISTINCT a), min(DISTINCT b), max(DISTINCT a)%s FROM {p}",
		"SELECT max(id, n), g%s FROM {p} GROUP BY id", "SELECT group_concat(b, '' ORDER BY a, b DESC)%s FROM {p}",
		"SELECT min(x), y%s FROM (SELECT max(n) AS x, b AS y, id AS n, id FROM {p} GROUP BY g)",
	} {
		sameArranged(t, c, text, "sum(n + %d)")
	}
	for _, text := range []string{
		"SELECT max(a, b), min(a, b), max(a COLLATE NOCASE, 'B'), min(b, 'B' COLLATE NOCASE)%s FROM {p} ORDER BY id",
		"SELECT nullif(a, 'B'), nullif(b, 'B' COLLATE NOCASE), nullif(r, 'x'), nullif(b, 'B')%s FROM {p} ORDER BY id",
		"SELECT a LIKE 'B', instr(a, 'B'), a GLOB 'b', a IN ('B', 'z'), b COLLATE NOCASE IN ('B', 'z'), a BETWEEN 'B' AND 'C'%s FROM {p} ORDER BY id",
		"SELECT CASE a WHEN 'B' THEN 1 WHEN 'Z' THEN 2 END, (a, b) < ('b', 'B'), a IS 'B', a = b, (a, r) = ('B', 'X')%s FROM {p} ORDER BY id",
		"SELECT max(a) OVER w, min(b) OVER w, max(b COLLATE NOCASE) OVER w%s FROM {p} WINDOW w AS (PARTITION BY g ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY id",
		"SELECT min(a) FILTER (WHERE g < 3) OVER (ORDER BY id), max(n) OVER (ORDER BY a, id RANGE UNBOUNDED PRECEDING), first_value(b) OVER (ORDER BY a DESC, id), ntile(3) OVER (ORDER BY b)%s FROM {p} ORDER BY id",
		"SELECT DISTINCT b COLLATE NOCASE, n IS NULL%s FROM (SELECT min(b) AS b, 1 AS n FROM {p} GROUP BY a) ORDER BY 1", "SELECT (SELECT max(q.b) FROM {p} q WHERE q.a = p.a), (SELECT q.b FROM (SELECT min(id), b FROM {p} WHERE g = p.g) q)%s FROM {p} p ORDER BY id",
	} {
		sameArranged(t, c, text, "length(n || %d)")
	}
}

// TestAnyAggregateAmongMany: the same with drawn expressions.
func TestAnyAggregateAmongMany(t *testing.T) {
	c := placed(t)
	rapid.Check(t, func(t *rapid.T) {
		one := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "part") }
		column := func() string {
			return one("a", "b", "r", "n", "g") + one("", "", " COLLATE NOCASE", " COLLATE RTRIM", " COLLATE BINARY", " || 'b'")
		}
		var parts []string
		bare := 0
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			x := column()
			switch one("choice", "total", "distinct", "scalar", "bare") {
			case "choice":
				if bare++; bare > 1 {
					continue // of two, either may choose the row
				}
				parts = append(parts, one("min", "max")+"("+x+")", one("id", "b", "nullif(a, 'B')", "max(a, 'B')", "a = 'Z'"))
			case "total":
				parts = append(parts, one("count", "sum", "group_concat")+"("+x+")"+one("", " FILTER (WHERE id % 2)"))
			case "distinct":
				parts = append(parts, one("count", "total")+"(DISTINCT "+x+")")
			case "scalar":
				parts = append(parts, "sum("+one("max", "min", "nullif", "ifnull")+"("+x+", "+column()+"))")
			case "bare":
				parts = append(parts, "count("+x+" IN ("+column()+", 'B'))", "total("+x+" "+one("<", "=", "IS", "LIKE")+" "+column()+")")
			}
		}
		if len(parts) == 0 {
			return
		}
		group := one("", " GROUP BY g ORDER BY g", " GROUP BY a ORDER BY a", " GROUP BY id % 3 ORDER BY id % 3")
		sameArranged(t, c, "SELECT "+strings.Join(parts, ", ")+"%s FROM {p}"+group, one("sum(id + %d)", "total(b > %d)", "count(n > %d)"))
	})
}

// TestManyFunctionsHaveToBePure: what an index, a generated column or a CHECK
// computes may not depend on the time, among however many expressions.
func TestManyFunctionsHaveToBePure(t *testing.T) {
	s, c := twoExtensions(t)
	var columns strings.Builder
	for i := range 40 {
		fmt.Fprintf(&columns, ", c%d AS (date(d, '+%d days')) STORED", i, i)
	}
	if err := migrate(s, 1, notesPrefix, migration("pure", "CREATE TABLE {pure} (d"+columns.String()+")")); err != nil {
		t.Fatal(err)
	}
	execute(t, c, "INSERT INTO {pure} (d) VALUES ('2026-01-02')")
	if _, err := c.Execute(t.Context(), Statement{SQL: own("INSERT INTO {pure} (d) VALUES ('now')")}); fault.Code(err) != "db.syntax" {
		t.Errorf("a column that changes with time: %v", err)
	}
}
