package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

const movedSchema = `
CREATE TABLE {{folders}} (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
CREATE TABLE {{notes}} (id INTEGER PRIMARY KEY, folder TEXT REFERENCES {{folders}} (id) ON DELETE CASCADE, title TEXT UNIQUE, size REAL, data BLOB, done INTEGER DEFAULT 0);
CREATE TABLE {{seen_no_sync}} (id TEXT PRIMARY KEY NOT NULL);`

// movedVault is a database of haex-vault, newer or older, as it is when it is
// decrypted: tables of its own, of two extensions, and with triggers.
func movedVault(t *testing.T, sync string, values ...string) string {
	t.Helper()
	own, other := exportOwn, strings.Repeat("cd", 32)+"__note-book__"
	statements := []string{
		"CREATE TABLE haex_extensions (id TEXT PRIMARY KEY, name TEXT, haex_hlc TEXT)",
		"INSERT INTO haex_extensions VALUES ('x', 'note-book', '')",
		"CREATE TABLE `" + other + "notes` (id TEXT PRIMARY KEY, secret TEXT)",
		"INSERT INTO `" + other + "notes` VALUES ('theirs', 's')",
		"CREATE TABLE `" + own + "notes` (`id` integer PRIMARY KEY, `folder` text, `title` text, `size` real, `data` blob, `done` integer, " + sync + ", " +
			"FOREIGN KEY (`folder`) REFERENCES `" + own + "folders`(`id`) ON DELETE CASCADE)",
		"CREATE TABLE `" + own + "folders` (`id` text PRIMARY KEY NOT NULL, `name` text NOT NULL, " + sync + ")",
		"CREATE TABLE `" + own + "seen_no_sync` (`id` text PRIMARY KEY NOT NULL)",
		"INSERT INTO `" + own + "seen_no_sync` VALUES ('s')",
		"CREATE VIEW haex_view AS SELECT * FROM haex_extensions",
	}
	names := strings.NewReplacer("{", "`"+own, "}", "`")
	for _, v := range values {
		statements = append(statements, names.Replace(v))
	}
	return file(t, append(statements, names.Replace("CREATE TRIGGER z_dirty_notes_insert AFTER INSERT ON {notes} BEGIN SELECT raise(FAIL, 'ran'); END"))...)
}

const allNotes = "SELECT id || ':' || ifnull(folder, '-') || ':' || title || ':' || ifnull(typeof(size) || size, '-') || ':' || ifnull(hex(data), '-') || ':' || done AS line FROM {{notes}} ORDER BY id"

func moveInto(t *testing.T) *Store {
	t.Helper()
	s := create(t)
	define(t, s, 7, exportOwn, movedSchema)
	return s
}

func TestTablesOfHaexVaultAreMoved(t *testing.T) {
	for name, c := range map[string][]string{
		"newer": {
			"haex_hlc TEXT, haex_column_hlcs TEXT",
			"INSERT INTO {notes} VALUES (7, 'f', 'x  y', 2.0, x'00ff', 1, '7/1', '')",
			"INSERT INTO {notes} VALUES (8, NULL, '', NULL, NULL, 0, NULL, NULL)",
			"INSERT INTO {folders} VALUES ('f', 'Inbox', '7/1', '')",
		},
		"older": {
			"haex_timestamp TEXT, HAEX_TOMBSTONE INTEGER",
			"INSERT INTO {notes} VALUES (7, 'f', 'x  y', 2.0, x'00ff', 1, '7/1', 0)",
			"INSERT INTO {notes} VALUES (8, NULL, '', NULL, NULL, 0, NULL, NULL)",
			"INSERT INTO {notes} VALUES (9, 'gone', 'deleted', 1, NULL, 0, '8/1', 1)",
			"INSERT INTO {folders} VALUES ('f', 'Inbox', '7/1', 0)",
			"INSERT INTO {folders} VALUES ('gone', 'Old', '8/1', 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := moveInto(t)
			done, err := s.Import(t.Context(), exportData, movedVault(t, c[0], c[1:]...), KeepExisting, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := Imported{Tables: []ImportedTable{{Name: "notes", Written: 2}, {Name: "folders", Written: 1}, {Name: "seen_no_sync", Written: 1}}}
			if diff := cmp.Diff(want, done); diff != "" {
				t.Error(diff)
			}
			if got := list(t, s, allNotes); got != "7:f:x  y:real2.0:00FF:1 8:-::-::0" {
				t.Error(got)
			}
			if got := list(t, s, "SELECT id || ':' || name AS line FROM {{folders}}"); got != "f:Inbox" {
				t.Error(got)
			}
		})
	}
}

func TestWhatIsThereStaysOrGivesWayToWhatIsMoved(t *testing.T) {
	rows := []string{"INSERT INTO {notes} VALUES (1, NULL, 'theirs', NULL, NULL, 0, '')", "INSERT INTO {notes} VALUES (2, NULL, 'new', NULL, NULL, 0, '')"}
	for policy, want := range map[Policy]string{KeepExisting: "1:-:mine:-::0 2:-:new:-::0", Replace: "1:-:theirs:-::0 2:-:new:-::0"} {
		s := moveInto(t)
		run(t, s, "INSERT INTO `"+exportOwn+"notes` (id, title) VALUES (1, 'mine')")
		if _, err := s.Import(t.Context(), exportData, movedVault(t, "haex_hlc TEXT", rows...), policy, nil); err != nil {
			t.Fatal(err)
		}
		if got := list(t, s, allNotes); got != want {
			t.Errorf("%d: %s", policy, got)
		}
	}
}

func TestWhatCannotBeMovedChangesNothing(t *testing.T) {
	const note = "INSERT INTO {notes} VALUES (1, NULL, 'new', NULL, NULL, 0, '', 0)"
	for name, c := range map[string]struct {
		more, code, says string
	}{
		"a table of another version":  {"CREATE TABLE {extra} (id TEXT)", "import.unknown_table", `"extra"`},
		"a column of another version": {"ALTER TABLE {folders} ADD COLUMN color TEXT", "import.unknown_column", `"color"`},
		"a view by such a name":       {"CREATE VIEW {seen} AS SELECT 1", "", ""},
		"a row without its parent":    {"INSERT INTO {notes} VALUES (2, 'nobody', 'x', NULL, NULL, 0, '', 0)", "import.foreign_key", `"notes"`},
		"a deleted parent":            {"INSERT INTO {folders} VALUES ('f', 'x', '', 1); INSERT INTO {notes} VALUES (2, 'f', 'x', NULL, NULL, 0, '', 0)", "import.foreign_key", `"notes"`},
	} {
		s := moveInto(t)
		_, err := s.Import(t.Context(), exportData, movedVault(t, "haex_timestamp TEXT, haex_tombstone INTEGER", note, c.more), Replace, nil)
		f := fault.Of(err)
		if fault.Code(err) != c.code || err != nil && (!strings.Contains(f.Message, c.says) || strings.Contains(f.Message, exportOwn)) {
			t.Errorf("%s: %v", name, err)
		}
		if got := list(t, s, "SELECT title AS line FROM {{notes}}"); (got == "") != (c.code != "") {
			t.Errorf("%s: %q", name, got)
		}
	}

	s := create(t)
	define(t, s, 7, exportOwn, "SELECT 1")
	_, err := s.Import(t.Context(), exportData, movedVault(t, "haex_hlc TEXT"), Replace, nil)
	if f := fault.Of(err); fault.Code(err) != "import.unknown_table" || !strings.Contains(f.Message, "Open the app once") {
		t.Errorf("an app without tables: %v", err)
	}
	other := exportData
	other.Rights.Own = strings.Repeat("ef", 32) + "__note-book__"
	_, err = moveInto(t).Import(t.Context(), other, movedVault(t, "haex_hlc TEXT"), Replace, nil)
	if f := fault.Of(err); fault.Code(err) != plain.CodeNoTables || !strings.Contains(f.Message, "note-book") {
		t.Errorf("another publisher's: %v", err)
	}
}

func TestOneMovedTableComesAsCSV(t *testing.T) {
	s := moveInto(t)
	dir := t.TempDir()
	for name, rows := range map[string]string{"folders": "id,name,haex_hlc\nf,Inbox,7/1\n", "notes": "id,title,folder,haex_tombstone\n1,one,f,0\n2,two,f,1\n"} {
		if err := os.WriteFile(filepath.Join(dir, exportOwn+name+".csv"), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Import(t.Context(), exportData, dir, KeepExisting, nil); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, allNotes); got != "1:f:one:-::0" {
		t.Error(got)
	}
}
