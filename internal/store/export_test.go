package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// The extension whose data leaves and comes back, and another one.
var (
	exportOwn   = strings.Repeat("ab", 32) + "__note-book__"
	exportOther = strings.Repeat("cd", 32) + "__other__"
	exportData  = Data{Extension: 7, Rights: Rights{Own: exportOwn}, App: plain.App{ID: "abab.note-book", Name: "note-book", Title: "Note\nBook", Version: "1.2.0"}}
)

func define(t testing.TB, s *Store, ext int64, own, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, "{{", `"`+own)
	text = strings.ReplaceAll(text, "}}", `"`)
	step := Migration{Name: text, SQL: text, Hash: sha256.Sum256([]byte(text))}
	if _, err := s.Migrate(t.Context(), nil, ext, Rights{Own: own}, []Migration{step}, MigrateOptions{}); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

const bookSchema = `
CREATE TABLE {{notes}} (id TEXT PRIMARY KEY, body TEXT NOT NULL DEFAULT ('new'), size INTEGER, blob BLOB, any, at DATETIME,
  words GENERATED ALWAYS AS (length(body)) VIRTUAL, folder TEXT REFERENCES {{order}} (name));
CREATE TABLE {{order}} (name TEXT COLLATE NOCASE, rank INTEGER, PRIMARY KEY (name)) WITHOUT ROWID;
CREATE TABLE {{log}} (n INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT UNIQUE CHECK (what <> ''));
CREATE TABLE {{strict one}} (a INT PRIMARY KEY, "b ""q""" ANY) STRICT;
CREATE INDEX {{by size}} ON {{notes}} (size DESC) WHERE size > 0;
CREATE VIEW {{big}} AS SELECT id FROM {{notes}} AS n WHERE n.size > 10;
CREATE TRIGGER {{logged}} AFTER INSERT ON {{notes}} BEGIN INSERT INTO {{log}} (what) VALUES ('note ' || NEW.id); END;`

// book is a store whose extension has every kind of value.
func book(t testing.TB) *Store {
	t.Helper()
	s := create(t)
	define(t, s, 7, exportOwn, bookSchema)
	define(t, s, 8, exportOther, "CREATE TABLE {{secret}} (id TEXT PRIMARY KEY)")
	run(t, s, `INSERT INTO "`+exportOther+`secret" VALUES ('THEIRS')`)
	c := s.Confine(Rights{Own: exportOwn}, DefaultLimits())
	defer c.Close()
	for _, st := range []Statement{
		{`INSERT INTO {{order}} VALUES (?, ?), ('Später', 2)`, []any{"inbox", int64(1)}},
		{
			`INSERT INTO {{notes}} (id, body, size, blob, any, at, folder) VALUES ('a', ?, ?, ?, ?, '2026-01-02 03:04:05', 'INBOX')`,
			[]any{"line\r\none, \"two\" \u2028 😀", int64(math.MaxInt64), []byte{0, 1, 255}, 1.0},
		},
		{
			`INSERT INTO {{notes}} (id, body, size, blob, any, at) VALUES ('b', '', ?, ?, ?, 'not a time')`,
			[]any{int64(math.MinInt64), []byte{}, math.Inf(-1)},
		},
		{`INSERT INTO {{notes}} (id, body, any, at) VALUES ('c', ?, ?, 1700000000)`, []any{"nul\x00inside", "12"}},
		{`INSERT INTO {{notes}} (id, body, any) VALUES ('d', ?, CAST(x'ff41' AS TEXT)), ('e', '=1+1', 5e-324), ('f', 'x''00''', 1e300)`, []any{"007"}},
		{`INSERT INTO {{strict one}} VALUES (1, x'00'), (2, 9007199254740993), (3, NULL)`, nil},
		{`DELETE FROM {{log}} WHERE n > 4`, nil},
	} {
		st.SQL = strings.ReplaceAll(strings.ReplaceAll(st.SQL, "{{", `"`+exportOwn), "}}", `"`)
		if _, err := c.Execute(t.Context(), st); err != nil {
			t.Fatalf("%v in %s", err, st.SQL)
		}
	}
	run(t, s, "INSERT INTO alcove_kv (extension, key, value, updated_at) VALUES (7, 'theme', x'a46461726b', 1), (7, 'n', x'cf0020000000000001', 1), (8, 'theirs', x'c0', 1)")
	return s
}

// contents is everything in an extension's tables, values as SQLite holds them,
// rows in an order of their own.
func contents(t testing.TB, s *Store, d Data) map[string][][]any {
	t.Helper()
	all := map[string][][]any{}
	err := s.snapshot(context.Background(), func(h handle) error {
		tables, _, err := h.portableSchema(d.Rights.Own)
		if err != nil {
			return err
		}
		for _, table := range tables {
			name := table.plain.Name
			all[name] = [][]any{}
			if err := h.rows("SELECT * FROM "+quoteName(table.full), nil, func(row []any) error {
				all[name] = append(all[name], slices.Clone(row))
				return nil
			}); err != nil {
				return err
			}
			slices.SortFunc(all[name], func(a, b []any) int { return strings.Compare(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b)) })
		}
		return h.rows("SELECT key, value FROM alcove_kv WHERE extension = ? ORDER BY key", []any{d.Extension}, func(row []any) error {
			all["kv"] = append(all["kv"], slices.Clone(row))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func export(t testing.TB, s *Store) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := s.Export(context.Background(), exportData, dir, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestExportComesBackTheSameFromEachFormat(t *testing.T) {
	s := book(t)
	want := contents(t, s, exportData)
	dir := export(t, s)
	for _, part := range []string{"", "note-book.sqlite", "data.json", "csv"} {
		back := create(t)
		define(t, back, 7, exportOwn, bookSchema)
		out, err := back.Import(t.Context(), exportData, filepath.Join(dir, part), KeepExisting, nil)
		if err != nil {
			t.Errorf("%q: %v", part, err)
			continue
		}
		if diff := cmp.Diff(want, contents(t, back, exportData)); diff != "" {
			t.Errorf("%q: %s", part, diff)
		}
		if out.Values != 2 {
			t.Errorf("%q: %+v", part, out)
		}
		var triggers int
		if err := back.View(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").Scan(&triggers)
		}); err != nil || triggers != 1 {
			t.Errorf("%q: %d triggers after the import, %v", part, triggers, err)
		}
	}
}

func TestExportIsReadableWithoutAlcove(t *testing.T) {
	s := book(t)
	// What the host puts on an extension's tables is not the extension's.
	run(t, s, `CREATE TRIGGER alcove_capture AFTER INSERT ON "`+exportOwn+`notes" BEGIN SELECT 1; END`)
	dir := export(t, s)

	db, err := sql.Open("sqlite", filepath.Join(dir, "note-book.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"PRAGMA integrity_check": "ok",
		"SELECT group_concat(type || ' ' || name, ', ') FROM (SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name)": "index by size, table alcove_kv, table log, table notes, table order, table strict one, trigger logged, view big",
		"SELECT words FROM notes WHERE id = 'd'":                     "3",
		"SELECT quote(size) || quote(blob) FROM notes WHERE id='a'":  "9223372036854775807X'0001FF'",
		"SELECT group_concat(id) FROM big":                           "a",
		"SELECT seq FROM sqlite_sequence WHERE name = 'log'":         "6",
		"SELECT json FROM alcove_kv WHERE key = 'n'":                 "9007199254740993",
		"SELECT rank FROM \"order\" WHERE name = 'Inbox'":            "1",
		"SELECT count(*) FROM pragma_foreign_key_check":              "0",
		"SELECT \"table\" FROM pragma_foreign_key_list('notes')":     "order",
		"SELECT typeof(any) || typeof(at) FROM notes WHERE id = 'c'": "textinteger",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", query, got, err, want)
		}
	}

	data, _ := os.ReadFile(filepath.Join(dir, "data.json"))
	var all struct {
		App    plain.App
		Tables []struct {
			Name, CSV string
			Rows      [][]any
		}
		Values []map[string]any
	}
	if err := json.Unmarshal(data, &all); err != nil || len(all.Tables) != 4 || all.App != exportData.App {
		t.Errorf("data.json: %v, %+v", err, all.App)
	}
	for _, table := range all.Tables {
		text, err := os.ReadFile(filepath.Join(dir, table.CSV))
		if err != nil {
			t.Fatal(err)
		}
		if table.Name == "log" && string(text) != "\"n\",\"what\"\r\n1,\"note a\"\r\n2,\"note b\"\r\n3,\"note c\"\r\n4,\"note d\"\r\n" {
			t.Errorf("CSV: %q", text)
		}
		if table.Name == "strict one" && string(text) != "\"a\",\"b \"\"q\"\"\"\r\n1,x'00'\r\n2,9007199254740993\r\n3,\r\n" {
			t.Errorf("CSV: %q", text)
		}
	}

	whole := ""
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		info, _ := d.Info()
		if mode := info.Mode().Perm(); d.IsDir() && mode != 0o700 || !d.IsDir() && mode != 0o600 {
			t.Errorf("%s has mode %o", path, mode)
		}
		text, _ := os.ReadFile(path)
		whole += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"THEIRS", "theirs", exportOwn, exportOther, "alcove_capture", "alcove_extension"} {
		if strings.Contains(whole, word) {
			t.Errorf("the export holds %q", word)
		}
	}
}

func TestAFailedExportLeavesNothing(t *testing.T) {
	s := book(t)
	parent := t.TempDir()
	taken := filepath.Join(parent, "taken")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	vault := dirOf(s)
	for target, want := range map[string]string{
		taken:                               plain.CodeExists,
		filepath.Join(parent, "no", "such"): plain.CodeFolder,
		filepath.Join(vault, "out"):         "export.inside_vault",
		filepath.Join(vault, "no", "out"):   "export.inside_vault",
	} {
		if _, err := s.Export(t.Context(), exportData, target, nil); fault.Code(err) != want {
			t.Errorf("%s: %v, want %s", target, err, want)
		}
	}
	// Ended in the middle of the rows, and before the first.
	for name, at := range map[string]int64{"early": 0, "middle": 256} {
		run(t, s, `INSERT OR IGNORE INTO "`+exportOwn+`log" (what) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT 'row ' || i FROM n`)
		ctx, cancel := context.WithCancel(t.Context())
		if at == 0 {
			cancel()
		}
		_, err := s.Export(ctx, exportData, filepath.Join(parent, name), func(done, total int64) {
			if done >= at {
				cancel()
			}
			if total != 2000+2+3+6+4+2 {
				t.Errorf("total %d", total)
			}
		})
		cancel()
		if err == nil || ctx.Err() == nil {
			t.Errorf("%s: not ended: %v", name, err)
		}
	}
	left, _ := os.ReadDir(parent)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if entries, _ := os.ReadDir(taken); len(entries) != 0 {
		t.Error("something was put into a folder that was there")
	}
}

func TestExportSeesOneState(t *testing.T) {
	s := book(t)
	run(t, s, `INSERT INTO "`+exportOwn+`log" (what) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT 'row ' || i FROM n`)
	want := contents(t, s, exportData)
	dir := filepath.Join(t.TempDir(), "out")
	wrote := false
	_, err := s.Export(t.Context(), exportData, dir, func(int64, int64) {
		if !wrote {
			wrote = true
			run(t, s, `DELETE FROM "`+exportOwn+`log"`)
			run(t, s, `DELETE FROM "`+exportOwn+`strict one"`)
		}
	})
	if err != nil || !wrote {
		t.Fatal(err, wrote)
	}
	if _, err := s.Import(t.Context(), exportData, dir, Replace, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, contents(t, s, exportData)); diff != "" {
		t.Error(diff)
	}
}

func TestShortNames(t *testing.T) {
	own := strings.Repeat("ab", 32) + "__n__"
	for text, want := range map[string]string{
		`CREATE TABLE "` + own + `notes" (a)`:                                     `CREATE TABLE "notes" (a)`,
		`CREATE TABLE ` + own + `order (a -- ` + own + "x\n)":                     `CREATE TABLE "order" (a -- ` + own + "x\n)",
		"CREATE VIEW [" + strings.ToUpper(own) + "v] AS SELECT 1 /* " + own + "v": "CREATE VIEW [v] AS SELECT 1 /* " + own + "v",
		"CREATE TABLE `" + own + "a``b` (c DEFAULT 'it''s')":                      "CREATE TABLE `a``b` (c DEFAULT 'it''s')",
		`SELECT 'not ` + own + `x', "x` + own + `y", ` + own:                      `SELECT 'not ` + own + `x', "x` + own + `y", ` + own,
	} {
		if got := shortened(text, own); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}
