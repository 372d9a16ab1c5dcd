package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

const peopleSchema = `
CREATE TABLE {{people}} (id TEXT PRIMARY KEY, mail TEXT COLLATE NOCASE UNIQUE, age INTEGER DEFAULT 18 CHECK (age >= 0), boss TEXT REFERENCES {{people}} (id) ON DELETE CASCADE,
  upper_mail GENERATED ALWAYS AS (upper(mail)) STORED);
CREATE TABLE {{pairs}} (a INTEGER, b INTEGER, note TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE {{audit_no_sync}} (line TEXT);
CREATE VIEW {{adults}} AS SELECT * FROM {{people}};
CREATE TRIGGER {{audited}} AFTER INSERT ON {{people}} BEGIN INSERT INTO {{audit_no_sync}} VALUES (NEW.id); END;`

func people(t testing.TB, rows ...string) *Store {
	t.Helper()
	s := create(t)
	define(t, s, 7, exportOwn, peopleSchema)
	for _, row := range rows {
		run(t, s, `INSERT INTO "`+exportOwn+`people" (id, mail, age, boss) VALUES `+row)
	}
	return s
}

// file makes a plain database by the statements.
func file(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, st := range statements {
		if _, err := db.Exec(st); err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
	return path
}

func text(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func list(t testing.TB, s *Store, query string) (all string) {
	t.Helper()
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT ifnull(group_concat(line, ' '), '') FROM (" + strings.ReplaceAll(strings.ReplaceAll(query, "{{", `"`+exportOwn), "}}", `"`) + ")").Scan(&all)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const everyone = "SELECT id || ':' || ifnull(mail, '-') || ':' || age || ':' || ifnull(boss, '-') AS line FROM {{people}} ORDER BY id"

func TestImportKeepsOrReplaces(t *testing.T) {
	const have = "('a', 'A@x', 30, NULL), ('b', 'b@x', 31, 'a')"
	for name, c := range map[string]struct {
		rows   string // of the file
		policy Policy
		want   string
	}{
		"keep":                    {"('a', 'new@x', 1, NULL), ('c', 'c@x', 2, 'b')", KeepExisting, "a:A@x:30:- b:b@x:31:a c:c@x:2:b"},
		"keep by a unique value":  {"('z', 'a@X', 1, NULL)", KeepExisting, "a:A@x:30:- b:b@x:31:a"},
		"replace":                 {"('a', 'new@x', 1, NULL), ('c', 'c@x', 2, 'b')", Replace, "a:new@x:1:- b:b@x:31:a c:c@x:2:b"},
		"replace swaps uniques":   {"('a', 'B@x', 1, NULL), ('b', 'a@x', 2, NULL)", Replace, "a:B@x:1:- b:a@x:2:-"},
		"replace by unique value": {"('z', 'B@X', 1, NULL)", Replace, "a:A@x:30:- z:B@X:1:-"},
		"children before parents": {"('q', 'q', 1, 'r'), ('r', 'r', 1, 'a')", Replace, "a:A@x:30:- b:b@x:31:a q:q:1:r r:r:1:a"},
		"a boss replaced by unique value stays as boss": {"('a', 'b@x', 5, NULL), ('b', 'A@x', 6, 'a')", Replace, "a:b@x:5:- b:A@x:6:a"},
	} {
		s := people(t, have)
		path := file(t, "CREATE TABLE people (id, mail, age, boss)", "INSERT INTO people VALUES "+c.rows)
		if _, err := s.Import(t.Context(), exportData, path, c.policy, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := list(t, s, everyone); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
		if got := list(t, s, "SELECT line FROM {{audit_no_sync}}"); got != "a b" {
			t.Errorf("%s: the app's trigger ran: %s", name, got)
		}
		run(t, s, `INSERT INTO "`+exportOwn+`people" (id) VALUES ('later')`)
		if got := list(t, s, "SELECT line FROM {{audit_no_sync}}"); got != "a b later" {
			t.Errorf("%s: the app's trigger is gone: %s", name, got)
		}
	}
}

func TestImportOfWhatDoesNotFitChangesNothing(t *testing.T) {
	sqliteOf := func(statements ...string) func(testing.TB) string {
		return func(t testing.TB) string { return file(t, statements...) }
	}
	jsonOf := func(tables string) func(testing.TB) string {
		return func(t testing.TB) string {
			return text(t, "data.json", `{"format":"alcove-export/1","tables":[`+tables+`]}`)
		}
	}
	const good = `{"name":"people","columns":[{"name":"id"}],"rows":[["new"]]}`
	for name, c := range map[string]struct {
		file func(testing.TB) string
		want string
	}{
		"unknown table":     {sqliteOf("CREATE TABLE people (id)", "INSERT INTO people VALUES ('n')", "CREATE TABLE nobody (x)"), "import.unknown_table"},
		"another's table":   {sqliteOf(`CREATE TABLE "../people" (id)`), "import.unknown_table"},
		"host table":        {sqliteOf("CREATE TABLE alcove_grant (extension)"), "import.unknown_table"},
		"full name, new":    {sqliteOf(`CREATE TABLE "` + exportOwn + `nobody" (id)`), "import.unknown_table"},
		"another's names":   {sqliteOf(`CREATE TABLE "` + strings.Repeat("cd", 32) + `__note-book__people" (id)`), plain.CodeNoTables},
		"unknown column":    {sqliteOf(`CREATE TABLE people (id, "x""; DROP")`), "import.unknown_column"},
		"computed here":     {sqliteOf("CREATE TABLE people (id, upper_mail)"), "import.unknown_column"},
		"computed there":    {sqliteOf("CREATE TABLE people (id, age AS (1))"), plain.CodeCorrupt},
		"no key":            {sqliteOf("CREATE TABLE people (mail)"), "import.missing_key"},
		"half a key":        {sqliteOf("CREATE TABLE pairs (a, note)"), "import.missing_key"},
		"constraint":        {sqliteOf("CREATE TABLE people (id, age)", "INSERT INTO people VALUES ('n', 1), ('m', -1)"), "import.constraint"},
		"foreign key":       {sqliteOf("CREATE TABLE people (id, boss)", "INSERT INTO people VALUES ('n', 'nobody')"), "import.foreign_key"},
		"a parent replaced": {sqliteOf("CREATE TABLE people (id, mail)", "INSERT INTO people VALUES ('n', 'A@X')"), "import.foreign_key"},
		"values":            {sqliteOf("CREATE TABLE people (id)", "CREATE TABLE alcove_kv (key, value)", "INSERT INTO alcove_kv VALUES ('k', x'c1')"), "import.value"},
		"values of text":    {sqliteOf("CREATE TABLE alcove_kv (key, value)", "INSERT INTO alcove_kv VALUES ('k', 'v')"), plain.CodeCorrupt},
		"values of nothing": {sqliteOf("CREATE TABLE alcove_kv (key)"), plain.CodeCorrupt},

		"JSON: twice":        {jsonOf(good + "," + good), plain.CodeCorrupt},
		"JSON: short row":    {jsonOf(good + `,{"name":"pairs","columns":[{"name":"a"},{"name":"b"}],"rows":[[1]]}`), plain.CodeCorrupt},
		"JSON: long row":     {jsonOf(`{"name":"people","columns":[{"name":"id"}],"rows":[["x",1]]}`), plain.CodeCorrupt},
		"JSON: rows first":   {jsonOf(`{"rows":[[1]],"name":"people","columns":[{"name":"id"}]}`), plain.CodeCorrupt},
		"JSON: same column":  {jsonOf(`{"name":"people","columns":[{"name":"id"},{"name":"ID"}],"rows":[["x",1]]}`), plain.CodeCorrupt},
		"JSON: nested":       {jsonOf(`{"name":"people","columns":[{"name":"id"}],"rows":[[["x"]]]}`), plain.CodeCorrupt},
		"JSON: mark":         {jsonOf(`{"name":"people","columns":[{"name":"id"}],"rows":[[{"base64":"!"}]]}`), plain.CodeCorrupt},
		"JSON: two marks":    {jsonOf(`{"name":"people","columns":[{"name":"id"}],"rows":[[{"base64":"","float":"Infinity"}]]}`), plain.CodeCorrupt},
		"JSON: cut":          {func(t testing.TB) string { return text(t, "x", `{"format":"alcove-export/1","tables":[`+good) }, plain.CodeCorrupt},
		"JSON: more":         {func(t testing.TB) string { return text(t, "x", `{"format":"alcove-export/1","tables":[`+good+`]} x`) }, plain.CodeCorrupt},
		"JSON: later format": {func(t testing.TB) string { return text(t, "x", `{"format":"alcove-export/2","tables":[`+good+`]}`) }, plain.CodeCorrupt},
		"JSON: no format":    {func(t testing.TB) string { return text(t, "x", `{"tables":[`+good+`]}`) }, plain.CodeCorrupt},
		"JSON: not UTF-8":    {jsonOf(good + `,{"name":"pairs","columns":[{"name":"a"},{"name":"b"},{"name":"note"}],"rows":[[1,1,"` + "\xff" + `"]]}`), plain.CodeCorrupt},
		"JSON: deep": {func(t testing.TB) string {
			return text(t, "x", `{"format":"alcove-export/1","later":`+strings.Repeat("[", 100_000))
		}, plain.CodeCorrupt},
		"CSV: quote":          {func(t testing.TB) string { return text(t, "people.csv", "id\r\n\"new\r\n") }, plain.CodeCorrupt},
		"CSV: fields":         {func(t testing.TB) string { return text(t, "people.csv", "id,age\r\nnew,1,2\r\n") }, plain.CodeCorrupt},
		"CSV: quote inside":   {func(t testing.TB) string { return text(t, "people.csv", "id\r\nne\"w\r\n") }, plain.CodeCorrupt},
		"CSV: nothing":        {func(t testing.TB) string { return text(t, "people.csv", "") }, plain.CodeCorrupt},
		"CSV: not UTF-8":      {func(t testing.TB) string { return text(t, "people.csv", "id\r\n\"\xff\"\r\n") }, plain.CodeCorrupt},
		"CSV: no name":        {func(t testing.TB) string { return text(t, "%long-00.csv", "id\r\nnew\r\n") }, plain.CodeFormat},
		"another file":        {func(t testing.TB) string { return text(t, "x.png", "\x89PNG") }, plain.CodeFormat},
		"an empty file":       {func(t testing.TB) string { return text(t, "x.sqlite", "") }, plain.CodeFormat},
		"no file":             {func(t testing.TB) string { return filepath.Join(t.TempDir(), "gone") }, plain.CodeUnreadable},
		"an empty folder":     {func(t testing.TB) string { return t.TempDir() }, plain.CodeFormat},
		"a device":            {func(testing.TB) string { return os.DevNull }, plain.CodeUnreadable},
		"only the first page": {func(t testing.TB) string { return text(t, "x", "SQLite format 3\x00"+strings.Repeat("\xff", 4080)) }, plain.CodeCorrupt},
	} {
		s := people(t, "('a', 'a@x', 30, NULL)", "('b', 'b@x', 31, 'a')")
		want := contents(t, s, exportData)
		_, err := s.Import(t.Context(), exportData, c.file(t), Replace, nil)
		if fault.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		} else if f := fault.Of(err); strings.Contains(f.Message, exportOwn) || !strings.HasSuffix(f.Message, ".") {
			t.Errorf("%s: %s", name, f.Message)
		}
		if diff := cmp.Diff(want, contents(t, s, exportData)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// Nothing of the import stays switched off.
		if err := s.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO "` + exportOwn + `people" (id, boss) VALUES ('x', 'nobody')`)
			return err
		}); err == nil {
			t.Errorf("%s: foreign keys are off", name)
		}
	}
}

func TestImportFillsInWhatTheFileLacks(t *testing.T) {
	for _, path := range []string{
		file(t, "CREATE TABLE People (ID)", "INSERT INTO People VALUES ('n')", "CREATE VIEW adults AS SELECT 1", "ANALYZE"),
		text(t, "data.json", `{"format":"alcove-export/1","new":{"a":[1]},"tables":[{"columns":[{"name":"id","x":1}],"name":"people","rows":[["n"]]}]}`),
		text(t, "people.csv", "\ufeffid\nn"),
	} {
		s := people(t)
		if _, err := s.Import(t.Context(), exportData, path, Replace, nil); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		if got := list(t, s, everyone); got != "n:-:18:-" {
			t.Errorf("%s: %s", filepath.Base(path), got)
		}
	}
}

func TestNothingOfAnImportedDatabaseRuns(t *testing.T) {
	schema := func(kind, name, text string, root int) string {
		return fmt.Sprintf("INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('%s', '%s', '%s', %d, '%s')", kind, name, name, root, text)
	}
	const bomb = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS id FROM n"
	for name, statements := range map[string][]string{
		"view":              {"CREATE VIEW people AS " + bomb},
		"view of a table":   {"CREATE TABLE x (id)", "INSERT INTO x VALUES ('theirs')", "CREATE VIEW people AS SELECT id FROM x"},
		"virtual table":     {"CREATE VIRTUAL TABLE people USING fts5(id)"},
		"view as table":     {"PRAGMA writable_schema=1", schema("table", "people", "CREATE VIEW people AS "+bomb, 0)},
		"view with pages":   {"CREATE TABLE x (id)", "PRAGMA writable_schema=1", schema("table", "people", "CREATE VIEW people AS "+bomb, 2)},
		"virtual with page": {"CREATE TABLE x (id)", "PRAGMA writable_schema=1", schema("table", "people", "CREATE VIRTUAL TABLE people USING fts5(id)", 2)},
		"other name":        {"CREATE TABLE x (id)", "PRAGMA writable_schema=1", schema("table", "people", "CREATE TABLE other (id)", 2)},
		"pages of another":  {"PRAGMA writable_schema=1", schema("table", "people", "CREATE TABLE people (id)", 999)},
		"schema as pages":   {"PRAGMA writable_schema=1", schema("table", "people", "CREATE TABLE people (id)", 1)},
		"no text":           {"CREATE TABLE people (id)", "PRAGMA writable_schema=1", "UPDATE sqlite_schema SET sql = NULL"},
	} {
		path := file(t, statements...)
		s := people(t, "('a', 'a@x', 30, NULL)")
		_, err := s.Import(t.Context(), exportData, path, Replace, nil)
		if code := fault.Code(err); code != plain.CodeCorrupt && code != "import.unknown_table" {
			t.Errorf("%s: %v", name, err)
		}
		if got := list(t, s, everyone); got != "a:a@x:30:-" {
			t.Errorf("%s: %s", name, got)
		}
	}

	// Triggers, CHECK and computed columns of the file may be there.
	path := file(t, "CREATE TABLE people (id, age CHECK (abs(age) < 1000), upper_mail AS (abs(-9223372036854775807 + id)))",
		"INSERT INTO people VALUES ('1', 1)", "CREATE TRIGGER t AFTER INSERT ON people BEGIN SELECT raise(FAIL, 'ran'); END",
		"PRAGMA writable_schema=1", "UPDATE sqlite_schema SET sql = replace(sql, '807 + id', '807 - id')")
	s := people(t)
	if _, err := s.Import(t.Context(), exportData, path, Replace, nil); err != nil {
		t.Error(err)
	}
	if got := list(t, s, everyone); got != "1:-:1:-" {
		t.Error(got)
	}
}

func TestImportRefusesADatabaseThatIsBeingWritten(t *testing.T) {
	for _, suffix := range []string{"-wal", "-journal"} {
		path := file(t, "CREATE TABLE people (id)")
		if err := os.WriteFile(path+suffix, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := people(t)
		if _, err := s.Import(t.Context(), exportData, path, Replace, nil); fault.Code(err) != plain.CodeInUse {
			t.Errorf("%s: %v", suffix, err)
		}
		link := filepath.Join(t.TempDir(), "link.sqlite")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Import(t.Context(), exportData, link, Replace, nil); fault.Code(err) != plain.CodeInUse {
			t.Errorf("%s, through a link: %v", suffix, err)
		}
	}
}

// TestImportBeforeTheAppMadeItsTables says what helps.
func TestImportBeforeTheAppMadeItsTables(t *testing.T) {
	_, err := create(t).Import(t.Context(), exportData, file(t, "CREATE TABLE people (id)"), Replace, nil)
	if f := fault.Of(err); f.Code != "import.unknown_table" || !strings.Contains(f.Message, "Open the app once") {
		t.Error(err)
	}
}

func TestImportIsBounded(t *testing.T) {
	s := people(t)
	files := map[string]string{
		"SQLite": file(t, "CREATE TABLE people (id, mail)", fmt.Sprintf("INSERT INTO people VALUES ('n', zeroblob(%d))", plain.MaxCell+1)),
		"header": text(t, "people.csv", strings.Repeat("x", 2<<20)),
	}
	if os.Getenv("ALCOVE_FULL") == "1" { // a quarter of a gigabyte
		files["JSON"] = text(t, "data.json", `{"format":"alcove-export/1","tables":[{"name":"people","columns":[{"name":"id"}],"rows":[["`+strings.Repeat("x", 2*plain.MaxCell+5000))
		files["CSV"] = text(t, "people.csv", "id\n"+strings.Repeat("x", 2*plain.MaxCell+(1<<20)+1))
	}
	for name, path := range files {
		if _, err := s.Import(t.Context(), exportData, path, Replace, nil); fault.Code(err) != plain.CodeTooLarge {
			t.Errorf("%s: %.300v", name, err)
		}
	}
	// A file may be larger than it is on the disk.
	sparse := text(t, "x.sqlite", "SQLite format 3\x00")
	if err := os.Truncate(sparse, plain.MaxFile+1); err != nil {
		t.Skip("no sparse files here:", err)
	}
	if _, err := s.Import(t.Context(), exportData, sparse, Replace, nil); fault.Code(err) != plain.CodeTooLarge {
		t.Errorf("sparse: %v", err)
	}
}

func TestAnInterruptedImportChangesNothing(t *testing.T) {
	s := people(t, "('a', 'a@x', 30, NULL)")
	path := file(t, "CREATE TABLE people (id, mail)",
		"INSERT INTO people WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT 'id' || i, 'm' || i FROM n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := s.Import(ctx, exportData, path, Replace, func(done, total int64) {
		if total != 5000 || done <= 0 {
			t.Errorf("progress %d of %d", done, total)
		}
		cancel()
	})
	if err == nil || ctx.Err() == nil {
		t.Errorf("it was not ended: %v", err)
	}
	if got := list(t, s, everyone); got != "a:a@x:30:-" {
		t.Error(got)
	}
}

// A file with any byte changed is refused or imports something, but does no
// harm: the vault is whole afterwards.
func TestDamagedFilesDoNoHarm(t *testing.T) {
	s := people(t)
	fill := []string{"CREATE TABLE people (id TEXT PRIMARY KEY, mail)", "CREATE INDEX m ON people (mail)", "CREATE TABLE pairs (a, b, note, PRIMARY KEY (a, b)) WITHOUT ROWID"}
	for i := range 60 {
		fill = append(fill, fmt.Sprintf("INSERT INTO people VALUES ('id%d', 'mail %d')", i, i), fmt.Sprintf("INSERT INTO pairs VALUES (%d, %d, zeroblob(%d))", i, i, i*20))
	}
	path := file(t, fill...)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step, refused := 211, 0
	if os.Getenv("ALCOVE_FULL") == "1" {
		step = 3
	}
	for at := 16; at < len(whole); at += step {
		damaged := append([]byte{}, whole...)
		damaged[at] ^= byte(1 + at*31%255)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Import(t.Context(), exportData, path, Replace, nil); err != nil {
			refused++
			if code := fault.Code(err); !strings.HasPrefix(code, "import.") {
				t.Errorf("byte %d: %v", at, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
	if err := s.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestAssignedRowsLeaveAndComeBackWithTheData, but for those of other apps.
func TestAssignedRowsLeaveAndComeBackWithTheData(t *testing.T) {
	const assigned = "SELECT tbl || ' ' || pks || ' ' || group_id || type || label AS line FROM alcove__spaces__row ORDER BY tbl, pks"
	s := people(t, "('a', 'a@x', 30, NULL)")
	run(t, s, "INSERT INTO alcove__spaces__row VALUES ('"+exportOwn+"people', '{\"id\":\"a\"}', 'g', 't', 'l'), ('"+exportOwn+"pairs', 'x', '', '', ''), ('"+exportOther+"secret', 'THEIRS', '', '', '')")
	own := strings.Join([]string{exportOwn + "pairs x ", exportOwn + `people {"id":"a"} gtl`}, " ")
	dir := export(t, s)
	for _, part := range []string{"", "note-book.sqlite", "data.json", "csv"} {
		back := people(t)
		if _, err := back.Import(t.Context(), exportData, filepath.Join(dir, part), KeepExisting, nil); err != nil {
			t.Errorf("%q: %v", part, err)
		}
		if got := list(t, back, assigned); got != own {
			t.Errorf("%q: %s", part, got)
		}
		run(t, back, "UPDATE alcove__spaces__row SET label = 'other'")
		if _, err := back.Import(t.Context(), exportData, filepath.Join(dir, part), Replace, nil); err != nil {
			t.Errorf("%q, again: %v", part, err)
		}
		if got := list(t, back, assigned); got != own {
			t.Errorf("%q, again: %s", part, got)
		}
	}
	for what, rows := range map[string]string{
		"another app's table": "('~" + exportOther + "secret', 'a', '')",
		"no table":            "(NULL, 'a', '')",
		"a long key":          "('people', '" + strings.Repeat("k", MaxAssignedKey+1) + "', '')",
		"a long label":        "('people', 'a', '" + strings.Repeat("k", MaxAssignedNote+1) + "')",
	} {
		back := people(t)
		path := file(t, "CREATE TABLE alcove_spaces (tbl, pks, label)", "INSERT INTO alcove_spaces VALUES ('people', 'fits', ''), "+rows)
		_, err := back.Import(t.Context(), exportData, path, KeepExisting, nil)
		if code := fault.Code(err); code != plain.CodeCorrupt && code != plain.CodeTooLarge {
			t.Errorf("%s: %v", what, err)
		}
		if got := list(t, back, assigned); got != "" {
			t.Errorf("%s: %s", what, got)
		}
	}
}

// TestAnAppsOwnTableGoesBeforeAssignedRows that would have its name.
func TestAnAppsOwnTableGoesBeforeAssignedRows(t *testing.T) {
	const schema = "CREATE TABLE {{alcove_spaces}} (id TEXT PRIMARY KEY)"
	s, back := create(t), create(t)
	define(t, s, 7, exportOwn, schema)
	define(t, back, 7, exportOwn, schema)
	run(t, s, `INSERT INTO "`+exportOwn+`alcove_spaces" VALUES ('mine')`)
	run(t, s, "INSERT INTO alcove__spaces__row (tbl, pks) VALUES ('"+exportOwn+"alcove_spaces', 'mine')")
	if _, err := back.Import(t.Context(), exportData, export(t, s), KeepExisting, nil); err != nil {
		t.Fatal(err)
	}
	if got := list(t, back, "SELECT id AS line FROM {{alcove_spaces}}"); got != "mine" {
		t.Error(got)
	}
	if got := list(t, back, "SELECT tbl AS line FROM alcove__spaces__row"); got != "" {
		t.Error(got)
	}
}
