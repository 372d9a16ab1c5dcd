package vault

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// fixture is what is known of a vault in testdata/fixtures: want.json beside
// it. The passphrase and the kit protect nothing.
type fixture struct {
	Passphrase string                `json:"passphrase"`
	Kit        string                `json:"kit"`
	Installed  []fixtureApp          `json:"installed"`
	Kept       []fixtureApp          `json:"kept"` // removed, data kept
	Grants     []extension.Choice    `json:"grants"`
	Tables     map[string][][]string `json:"tables"` // of the first app, by short name: each value as quote() writes it
	Values     map[string]string     `json:"values"` // of the first app, in hexadecimal
	Idle       int                   `json:"idle_minutes"`
	Active     string                `json:"active_tab"`

	// What older ones do not have: of the first app, limits that were changed,
	// how many changes it has for other devices, and its notes at a moment.
	Limits map[string]int64 `json:"limits,omitempty"`
	Ops    int64            `json:"ops,omitempty"`
	Moment int64            `json:"moment,omitempty"`
	Past   []string         `json:"past,omitempty"`
	// What is no app's own data, as fixtureHost reads it.
	Host []string `json:"host,omitempty"`
}

type fixtureApp struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Hold    string `json:"hold,omitempty"`
}

const fixtureFolder = "testdata/fixtures"

const fixtureTables = `
CREATE TABLE {{notes}} (id TEXT PRIMARY KEY, body TEXT NOT NULL DEFAULT '', size INTEGER, raw BLOB, ratio REAL, folder TEXT REFERENCES {{folders}} (name));
CREATE TABLE {{folders}} (name TEXT PRIMARY KEY, rank INTEGER) WITHOUT ROWID;
CREATE TABLE {{links}} (a TEXT, b TEXT, why TEXT UNIQUE COLLATE NOCASE, PRIMARY KEY (a, b));
CREATE TABLE {{seen_no_sync}} (n INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);
CREATE TABLE {{drafts}} (id BLOB PRIMARY KEY, text TEXT);
CREATE INDEX {{notes_by_size}} ON {{notes}} (size) WHERE size > 0;
CREATE VIEW {{big}} AS SELECT id FROM {{notes}} WHERE size > 10;
CREATE TRIGGER {{noticed}} AFTER INSERT ON {{notes}} BEGIN INSERT INTO {{seen_no_sync}} (what) VALUES (NEW.id); END;`

const fixtureNewColumn = `ALTER TABLE {{notes}} ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;`

// fixtureRename comes when there are rows with clocks.
const fixtureRename = `
ALTER TABLE {{notes}} RENAME COLUMN ratio TO score;
ALTER TABLE {{drafts}} RENAME TO {{papers}};`

// fixtureRows are in the order of their tables' columns, so that foreign keys
// hold.
var fixtureRows = []struct {
	table string
	rows  [][]string
}{
	{"folders", [][]string{{"'inbox'", "1"}, {"'später'", "NULL"}}},
	{"notes", [][]string{
		{"'a'", "'one, \"two\" 😀'", "9223372036854775807", "X'0001FF'", "0.5", "'inbox'", "1"},
		{"'b'", "''", "-9223372036854775808", "X''", "-1.0e+300", "NULL", "0"},
		{"'c'", "'it''s'", "NULL", "NULL", "NULL", "'später'", "0"},
	}},
	{"links", [][]string{{"'a'", "'b'", "'Because'"}, {"'b'", "'a'", "NULL"}}},
	{"drafts", [][]string{{"X'01'", "'first'"}, {"X'02'", "'second'"}}},
}

// ALCOVE_FIXTURE=0001-name go test -run TestWriteFixture ./internal/vault
//
// writes vaults as this version writes them, one that was closed and one of a
// process that died, to testdata/fixtures/0001-name. testdata/fixtures/README.md
// tells when.
func TestWriteFixture(t *testing.T) {
	name := os.Getenv("ALCOVE_FIXTURE")
	if name == "" {
		t.Skip("writes testdata; set ALCOVE_FIXTURE to the name of a new one")
	}
	dir := filepath.Join(fixtureFolder, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	u, kit := created(t)
	want := fixture{
		Passphrase: testPass, Kit: kit, Idle: 25,
		Tables: map[string][][]string{"seen_no_sync": {{"1", "'a'"}, {"2", "'b'"}, {"3", "'c'"}, {"4", "'gone'"}}},
		Values: map[string]string{"theme": "a46461726b", "n": "cf0020000000000001"},
		Grants: []extension.Choice{
			{Resource: "clipboard", Action: "read", Decision: permission.Deny},
			{Resource: "net", Action: "fetch", Target: "https://example.com/*", Decision: permission.Allow},
		},
	}
	install := func(name, version string, files map[string]string, migrations []string, perms []any, choices ...extension.Choice) manifest.ID {
		data := bundletest.Build(t, files, bundletest.With("name", name), bundletest.With("version", version),
			bundletest.With("migrations", migrations), bundletest.With("permissions", perms))
		review, err := u.Extensions.Stage(t.Context(), data, extension.Source{Kind: "cli", FileName: name})
		if err != nil {
			t.Fatal(err)
		}
		id, err := u.Extensions.Accept(t.Context(), review.ID, choices, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	perms := []any{
		map[string]any{"resource": "net", "action": "fetch", "target": "https://example.com/*", "reason": "To look."},
		map[string]any{"resource": "clipboard", "action": "read", "reason": "To paste.", "optional": true},
	}
	first := map[string]string{"1.sql": fixtureTables}
	book := install("book", "1.0.0", first, []string{"1.sql"}, perms, want.Grants...)
	second := map[string]string{"1.sql": fixtureTables, "2.sql": fixtureNewColumn, "app.js": "// 1.1.0"}
	install("book", "1.1.0", second, []string{"1.sql", "2.sql"}, perms, want.Grants...)
	off := install("off", "0.1.0", nil, []string{}, []any{})
	gone := install("gone", "2.0.0", map[string]string{"1.sql": "CREATE TABLE {{kept}} (id TEXT PRIMARY KEY);"}, []string{"1.sql"}, []any{})
	want.Installed = []fixtureApp{{book.String(), "1.1.0", extension.HoldNone}, {off.String(), "0.1.0", extension.HoldDisabled}}
	want.Kept = []fixtureApp{{ID: gone.String(), Version: "2.0.0"}}
	want.Active = book.String()

	writeFixtureRows(t, u, book, &want)
	want.Limits = map[string]int64{"storage": 512_000_000}
	if _, err := u.Extensions.SetLimit(t.Context(), book, "storage", want.Limits["storage"]); err != nil {
		t.Fatal(err)
	}
	// Its history stays, however old the fixture gets.
	if err := u.Tracking.SetHistory(t.Context(), book.TablePrefix(), crdt.HistoryBounds{Days: 36_500, Share: 100}); err != nil {
		t.Fatal(err)
	}
	want.Moment = seenHere(t, u)
	want.Past = pastOf(t, u, book.Table("notes"), want.Moment)
	execute(t, u, book,
		`UPDATE {notes} SET body = 'one', ratio = 0.25 WHERE id = 'a'`,
		`DELETE FROM {notes} WHERE id = 'c'`,
		`DELETE FROM {drafts} WHERE id = X'02'`)
	want.Tables["notes"] = [][]string{want.Tables["notes"][0], want.Tables["notes"][1]}
	want.Tables["notes"][0] = slices.Clone(want.Tables["notes"][0])
	want.Tables["notes"][0][1], want.Tables["notes"][0][4] = "'one'", "0.25"
	want.Tables["papers"] = want.Tables["drafts"][:1]
	delete(want.Tables, "drafts")
	third := map[string]string{"1.sql": fixtureTables, "2.sql": fixtureNewColumn, "3.sql": fixtureRename, "app.js": "// 1.2.0"}
	install("book", "1.2.0", third, []string{"1.sql", "2.sql", "3.sql"}, perms, want.Grants...)
	want.Installed[0].Version = "1.2.0"
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	u = unlocked(t, u.Dir, keys.Passphrase([]byte(testPass))) // with an empty log
	writeFixtureValues(t, u, book, want)
	if err := u.Extensions.Disable(t.Context(), off); err != nil {
		t.Fatal(err)
	}
	if err := u.Extensions.Remove(t.Context(), gone, false); err != nil {
		t.Fatal(err)
	}
	// One change of each kind in the log, and what leaves nothing but its tracks.
	execute(t, u, book,
		`INSERT INTO {notes} (id, size) VALUES ('gone', 1)`,
		`UPDATE {notes} SET size = 2 WHERE id = 'gone'`,
		`DELETE FROM {notes} WHERE id = 'gone'`)
	if err := u.setIdleMinutes(t.Context(), want.Idle); err != nil {
		t.Fatal(err)
	}
	if err := u.SetTabs(t.Context(), Tabs{Open: []string{book.String()}, Active: want.Active}); err != nil {
		t.Fatal(err)
	}

	row := rowOf(t, u, book)
	writeFixtureHost(t, u, book, row)
	want.Host = fixtureHost(t, u, book, row)
	want.Ops = opsOf(t, u)

	// The log is not in the database yet: what a dead process leaves.
	copyVault(t, u.Dir, filepath.Join(dir, "died"))
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	copyVault(t, u.Dir, filepath.Join(dir, "closed"))
	text, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "want.json"), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeFixtureRows(t *testing.T, u *Unlocked, id manifest.ID, want *fixture) {
	t.Helper()
	for _, table := range fixtureRows {
		want.Tables[table.table] = table.rows
		for _, row := range table.rows {
			execute(t, u, id, "INSERT INTO {"+table.table+"} VALUES ("+strings.Join(row, ", ")+")")
		}
	}
}

// execute runs statements of the app, each in a transaction of its own.
func execute(t *testing.T, u *Unlocked, id manifest.ID, statements ...string) {
	t.Helper()
	c := u.Store.Confine(store.Rights{Own: id.TablePrefix()}, store.DefaultLimits())
	defer c.Close()
	for _, text := range statements {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "{", `"`+id.TablePrefix()), "}", `"`)
		if _, err := c.Execute(t.Context(), store.Statement{SQL: text}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
