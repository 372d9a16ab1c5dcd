package manifest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

var hexKey = strings.Repeat("0123456789abcdef", 4)

func TestIdentityComesBackFromItsText(t *testing.T) {
	id, err := manifest.ParseID(hexKey + ".notes")
	if err != nil {
		t.Fatal(err)
	}
	if id.String() != hexKey+".notes" || id.TablePrefix() != hexKey+"__notes__" || id.Table("pages") != hexKey+"__notes__pages" {
		t.Errorf("%s, %s", id, id.Table("pages"))
	}
	data, err := json.Marshal(map[manifest.ID]manifest.Key{id: id.Lineage})
	if err != nil {
		t.Fatal(err)
	}
	var back map[manifest.ID]manifest.Key
	if err := json.Unmarshal(data, &back); err != nil || back[id] != id.Lineage {
		t.Errorf("%s: %v, %v", data, back, err)
	}
}

func TestOneSpellingPerIdentity(t *testing.T) {
	for _, s := range []string{"", "notes", hexKey, hexKey + ".", hexKey + ".Notes", hexKey + ".a.b", strings.ToUpper(hexKey) + ".notes", hexKey[1:] + ".notes", " " + hexKey + ".notes", strings.Repeat("g", 64) + ".notes"} {
		if _, err := manifest.ParseID(s); fault.Code(err) != manifest.CodeIDMalformed {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", hexKey[2:], strings.ToUpper(hexKey), strings.Repeat("g", 64)} {
		if _, err := manifest.ParseKey(s); fault.Code(err) != manifest.CodeKeyMalformed {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestTableNames(t *testing.T) {
	for name, want := range map[string]bool{
		"notes": true, "a_b-c1": true, "a" + strings.Repeat("b", 62): true,
		"": false, "Notes": false, "1a": false, "_a": false, "a__b": false, "a" + strings.Repeat("b", 63): false, "a b": false, "notes\n": false,
	} {
		if manifest.ValidTable(name) != want {
			t.Errorf("%q", name)
		}
	}
}

func TestMigrationNamesOwnTables(t *testing.T) {
	id := manifest.ID{Name: "notes"}
	prefix := strings.Repeat("0", 64) + "__notes__"
	got, err := manifest.ExpandMigration(id, "CREATE TABLE {{pages}} (id);\nCREATE INDEX {{pages_by-day}} ON {{pages}} (id); -- {x} { {a} }{{__new_pages}}")
	want := `CREATE TABLE "` + prefix + `pages" (id);` + "\n" + `CREATE INDEX "` + prefix + `pages_by-day" ON "` + prefix + `pages" (id); -- {x} { {a} }"__new_` + prefix + `pages"`
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	for _, text := range []string{"{{Pages}}", "{{ pages }}", "{{}}", "{{a__b}}", "{{__new_}}", "{{__new___new_a}}", `{{a"; DROP TABLE alcove_extension; --}}`} {
		if out, err := manifest.ExpandMigration(id, text); fault.Code(err) != manifest.CodeMigrationPlaceholder || out != "" {
			t.Errorf("%q: %q, %v", text, out, err)
		}
	}
}
