package store

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawName draws a name as somebody might choose it, quotes and all.
func drawName(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z][a-z0-9_-]{0,12}`),
		rapid.SampledFrom([]string{"order", "group", "select", "con", "a b", "it's", "q\"uote", "[x]", "Ünï", "a/../b", "%41", ".hidden", "tick`"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("aZ0 \"'`[]%./\\é😀;-,")), 1, 8, -1),
	).Filter(func(s string) bool {
		return strings.TrimSpace(s) != "" && !strings.HasPrefix(strings.ToLower(s), "sqlite_")
	}).Draw(t, label)
}

func drawValue(t *rapid.T, label string) any {
	switch rapid.IntRange(0, 5).Draw(t, label+" kind") {
	case 0:
		return nil
	case 1:
		return rapid.Int64().Draw(t, label)
	case 2:
		return rapid.Float64().Draw(t, label)
	case 3:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, label)) // rarely UTF-8
	case 4:
		return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "x'00'", "t'ff'", "1", "-0", "1e5", "\r\n", `"`, ",", "\ufeff", "null", "9e999", "0x10", "\u2028<"})).Draw(t, label)
	}
	return rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, label)
}

// drawSchema draws tables with every shape of key. No constraint can fail but
// that of the key, whose rows are then passed over.
func drawSchema(t *rapid.T) (text string, tables map[string]int) {
	tables = map[string]int{}
	seen := map[string]bool{}
	for i := range rapid.IntRange(1, 3).Draw(t, "tables") {
		name := drawName(t, fmt.Sprintf("table %d", i))
		if seen[strings.ToLower(name)] {
			continue
		}
		seen[strings.ToLower(name)] = true
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		var parts []string
		for c := range columns {
			kind := rapid.SampledFrom([]string{"", "TEXT", "INTEGER", "REAL", "BLOB", "NUMERIC", "DATETIME", "BOOLEAN", "VARCHAR(10)"}).Draw(t, "type")
			extra := rapid.SampledFrom([]string{"", " DEFAULT 'x'", " DEFAULT (1 + 1)", " COLLATE NOCASE"}).Draw(t, "extra")
			parts = append(parts, fmt.Sprintf(`"c%d ""x" %s%s`, c, kind, extra))
		}
		suffix := ""
		switch rapid.IntRange(0, 4).Draw(t, "key") {
		case 0:
			parts[0] += " PRIMARY KEY"
		case 1:
			parts = append(parts, `PRIMARY KEY ("c0 ""x")`)
			parts[0] += " NOT NULL"
			suffix = " WITHOUT ROWID"
		case 2:
			if columns > 1 {
				parts = append(parts, `PRIMARY KEY ("c0 ""x", "c1 ""x")`)
			}
		case 3:
			parts[0] = `"c0 ""x" INTEGER PRIMARY KEY AUTOINCREMENT`
		}
		if rapid.Bool().Draw(t, "computed") {
			at := len(parts)
			for at > 0 && strings.HasPrefix(parts[at-1], "PRIMARY") {
				at--
			}
			parts = append(parts[:at:at], append([]string{`"sum" AS (quote("c0 ""x"))`}, parts[at:]...)...)
		}
		full := quoteName(exportOwn + name)
		text += "CREATE TABLE " + full + " (" + strings.Join(parts, ", ") + ")" + suffix + ";\n"
		if rapid.Bool().Draw(t, "index") {
			text += "CREATE INDEX " + quoteName(exportOwn+"by "+name) + " ON " + full + ` ("c0 ""x" DESC);` + "\n"
		}
		tables[name] = columns
	}
	return text, tables
}

func TestAnySchemaAndAnyValueComeBackTheSame(t *testing.T) {
	if os.Getenv("ALCOVE_FULL") != "1" {
		was := flag.Lookup("rapid.checks").Value.String()
		if err := flag.Set("rapid.checks", "25"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set("rapid.checks", was) })
	}
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		here := filepath.Join(dir, fmt.Sprint(n))
		open := func(name string) *Store {
			at := filepath.Join(here, name)
			if err := os.MkdirAll(at, 0o700); err != nil {
				r.Fatal(err)
			}
			s, err := Create(context.Background(), at, testKeys{name: "ada"})
			if err != nil {
				r.Fatal(err)
			}
			return s
		}
		schema, tables := drawSchema(r)
		from := open("from")
		defer from.Close()
		step := []Migration{{Name: "1", SQL: schema}}
		if _, err := from.Migrate(context.Background(), nil, 7, Rights{Own: exportOwn}, step, MigrateOptions{}); err != nil {
			r.Fatalf("%v in %s", err, schema)
		}
		c := from.Confine(Rights{Own: exportOwn}, DefaultLimits())
		defer c.Close()
		for name, columns := range tables {
			for i := range rapid.IntRange(0, 8).Draw(r, "rows") {
				st := Statement{SQL: "INSERT OR IGNORE INTO " + quoteName(exportOwn+name) + " VALUES (" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"}
				for v := range columns {
					st.Params = append(st.Params, drawValue(r, fmt.Sprintf("%s %d.%d", name, i, v)))
				}
				// An automatic key takes no text, and after the largest there is
				// none, which SQLite calls full.
				_, err := c.Execute(context.Background(), st)
				if err != nil && !strings.Contains(err.Error(), "datatype mismatch") && !strings.Contains(err.Error(), "database or disk is full") {
					r.Fatalf("%v in %s", err, st.SQL)
				}
			}
		}
		if err := from.Update(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO alcove_kv (extension, key, value, updated_at) VALUES (7, ?, x'93c3cb7ff0000000000000d40001', 1)", "k\n"+schema[:5])
			return err
		}); err != nil {
			r.Fatal(err)
		}
		out := filepath.Join(here, "out")
		if _, err := from.Export(context.Background(), exportData, out, nil); err != nil {
			r.Fatalf("%v of %s", err, schema)
		}
		want := contents(t, from, exportData)
		for i, part := range []string{"", "data.json", "csv"} {
			to := open(fmt.Sprint("to", i))
			if _, err := to.Migrate(context.Background(), nil, 7, Rights{Own: exportOwn}, step, MigrateOptions{}); err != nil {
				r.Fatal(err)
			}
			_, err := to.Import(context.Background(), exportData, filepath.Join(out, part), Replace, nil)
			if err == nil {
				if diff := cmp.Diff(want, contents(t, to, exportData)); diff != "" {
					err = fmt.Errorf("%s", diff)
				}
			}
			to.Close()
			if err != nil {
				r.Fatalf("%q: %v\nof %s", part, err, schema)
			}
		}
		os.RemoveAll(here)
	})
}
