package manifest_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

const smallest = `{"formatVersion":1,"name":"hello","version":"1.0.0","description":"Says hello.","author":"Ada","entry":"start.html","engines":{"alcove":">=0.1.0"},"permissions":[]}`

// with is the smallest manifest with some fields set, or taken out by nil.
func with(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(smallest), &m); err != nil {
		t.Fatal(err)
	}
	maps.Copy(m, fields)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSmallestManifest(t *testing.T) {
	got, err := manifest.Parse([]byte(smallest), manifest.HostVersion)
	if err != nil {
		t.Fatal(err)
	}
	want := &manifest.Manifest{
		Dialect: manifest.DialectAlcove, FormatVersion: 1, Name: "hello", Version: "1.0.0", Description: "Says hello.", Author: "Ada", Entry: "start.html",
		Engines: manifest.Engines{Alcove: ">=0.1.0"}, Permissions: []manifest.Permission{}, Display: manifest.DisplayTab,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestExamplesOfTheSpecification keeps SPEC.md true.
func TestExamplesOfTheSpecification(t *testing.T) {
	text, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		if _, err := manifest.Parse(example[1], manifest.HostVersion); err != nil {
			t.Errorf("%v in\n%s", err, example[1])
		}
	}
}

func TestRefusedManifests(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, tt := range []struct {
		name, code, says string
		text             []byte
	}{
		{"empty", manifest.CodeBadJSON, "", nil},
		{"array", manifest.CodeFieldType, "", []byte(`[]`)},
		{"position of a syntax error", manifest.CodeBadJSON, "line 2, column 3", []byte("{\n  oops}")},
		{"comment", manifest.CodeBadJSON, "", []byte(strings.Replace(smallest, "{", "{ // hi\n", 1))},
		{"duplicate deep inside", manifest.CodeDuplicateKey, "alcove", []byte(strings.Replace(smallest, `{"alcove"`, `{"alcove":">=1","alcove"`, 1))},
		{"lone surrogate", manifest.CodeBadJSON, "", []byte(strings.Replace(smallest, "Ada", `\udc00`, 1))},
		{"format of the future", manifest.CodeNewerFormat, "newer Alcove", with(t, map[string]any{"formatVersion": 3, "shiny": 1, "name": nil})},
		{"format zero", manifest.CodeUnknownFormat, "", with(t, map[string]any{"formatVersion": 0})},
		{"format 1.0e0 is 1", "", "", []byte(strings.Replace(smallest, `"formatVersion":1`, `"formatVersion":1.0e0`, 1))},
		{"format missing", manifest.CodeFieldMissing, "formatVersion", with(t, map[string]any{"formatVersion": nil})},
		{"engines before unknown keys", manifest.CodeOtherAlcove, ">=7.0.0", with(t, map[string]any{"engines": map[string]any{"alcove": ">=7.0.0"}, "shiny": 1})},
		{"engines with an unknown host", manifest.CodeUnknownKey, "engines.node", with(t, map[string]any{"engines": map[string]any{"alcove": ">=0.1.0", "node": ">=20"}})},
		{"engines no object", manifest.CodeFieldType, "engines is of type string", with(t, map[string]any{"engines": ">=0.1.0"})},
		{"engines too long to be judged", manifest.CodeFieldTooLong, "engines.alcove has 101", with(t, map[string]any{"engines": map[string]any{"alcove": ">=99.0.0" + strings.Repeat(" ", 93)}})},
		{"joiners in a name", "", "", with(t, map[string]any{"author": "Ada \U0001F469\u200d\U0001F4BB"})},
		{"key that goes on and on", manifest.CodeUnknownKey, "right: " + long(60) + "… is not", with(t, map[string]any{long(300): 1})},
		{"unknown key in other case", manifest.CodeUnknownKey, "Name is not a known key", with(t, map[string]any{"Name": "x"})},
		{"unknown key of a permission", manifest.CodeUnknownKey, "permissions[1].why", with(t, map[string]any{"permissions": []any{
			map[string]any{"resource": "clipboard", "action": "read", "reason": "x"},
			map[string]any{"resource": "clipboard", "action": "write", "reason": "x", "why": "y"},
		}})},
		{"missing reason", manifest.CodeFieldMissing, "permissions[0].reason is missing", with(t, map[string]any{"permissions": []any{map[string]any{"resource": "clipboard", "action": "read"}}})},
		{"empty reason", manifest.CodeFieldInvalid, "permissions[0].reason is empty", with(t, map[string]any{"permissions": []any{map[string]any{"resource": "clipboard", "action": "read", "reason": ""}}})},
		{"null", manifest.CodeFieldType, "icon is of type null", with(t, map[string]any{"icon": json.RawMessage("null")})},
		{"long name", manifest.CodeFieldTooLong, "name has 41 characters", with(t, map[string]any{"name": long(41)})},
		{"long author", manifest.CodeFieldTooLong, "author", with(t, map[string]any{"author": long(101)})},
		{"too many migrations", manifest.CodeFieldTooLong, "501 items", with(t, map[string]any{"migrations": slices.Repeat([]string{"a.sql"}, 501)})},
		{"name with __", manifest.CodeNameInvalid, "name", with(t, map[string]any{"name": "a__b"})},
		{"name with a line feed", manifest.CodeNameInvalid, "name", with(t, map[string]any{"name": "a\n"})},
		{"name with a digit first", manifest.CodeNameInvalid, "name", with(t, map[string]any{"name": "1a"})},
		{"byte order mark", manifest.CodeBadJSON, "without one", append([]byte("\ufeff"), with(t, nil)...)},
		{"version with v", manifest.CodeVersionInvalid, "v1.0.0", with(t, map[string]any{"version": "v1.0.0"})},
		{"version with zeros", manifest.CodeVersionInvalid, "01.0.0", with(t, map[string]any{"version": "01.0.0"})},
		{"version of two parts", manifest.CodeVersionInvalid, "", with(t, map[string]any{"version": "1.0"})},
		{"homepage over http", manifest.CodeHomepageInvalid, "", with(t, map[string]any{"homepage": "http://example.com"})},
		{"homepage without a host", manifest.CodeHomepageInvalid, "", with(t, map[string]any{"homepage": "https:///x"})},
		{"homepage with a password", manifest.CodeHomepageInvalid, "", with(t, map[string]any{"homepage": "https://bank.example@evil.example/"})},
		{"two lines", manifest.CodeTextInvalid, "description contains U+000A", with(t, map[string]any{"description": "One.\nTwo."})},
		{"zero width", manifest.CodeTextInvalid, "author contains U+200B", with(t, map[string]any{"author": "A\u200bda"})},
		{"spaces around", manifest.CodeTextInvalid, "author begins or ends", with(t, map[string]any{"author": " Ada"})},
		{"decomposed", manifest.CodeTextInvalid, "NFC", with(t, map[string]any{"author": "Ade\u0301"})},
		{"title turned around", manifest.CodeTextInvalid, "locales.de.title", with(t, map[string]any{"locales": map[string]any{"de": map[string]any{"title": "\u202eolleH"}}})},
		{"locale that is none", manifest.CodeFieldInvalid, "language tag", with(t, map[string]any{"locales": map[string]any{"german": map[string]any{"title": "Hallo"}}})},
		{"long title", manifest.CodeFieldTooLong, "locales.de.title has 61", with(t, map[string]any{"locales": map[string]any{"de": map[string]any{"title": long(61)}}})},
		{"display", manifest.CodeFieldInvalid, `display has to be one of "tab" "focus"`, with(t, map[string]any{"display": "full"})},
		{"same permission twice", manifest.CodeDuplicateEntry, "permissions[1]", with(t, map[string]any{"permissions": []any{
			map[string]any{"resource": "clipboard", "action": "read", "reason": "x"},
			map[string]any{"resource": "clipboard", "action": "read", "target": "", "reason": "y"},
		}})},
		{"same table twice", manifest.CodeDuplicateEntry, "tables[1]", with(t, map[string]any{"tables": []any{
			map[string]any{"name": "a", "description": "x"}, map[string]any{"name": "a", "description": "y"},
		}})},
		{"table in capitals", manifest.CodeTableName, "Notes", with(t, map[string]any{"tables": []any{map[string]any{"name": "Notes", "description": "x"}}})},
		{"permission of the host's own", manifest.CodePermissionUnknown, "kv", with(t, map[string]any{"permissions": []any{map[string]any{"resource": "kv", "action": "get", "reason": "x"}}})},
		{"permission's action", manifest.CodePermissionUnknown, "files.delete", with(t, map[string]any{"permissions": []any{map[string]any{"resource": "files", "action": "delete", "target": "{documents}/*", "reason": "x"}}})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := manifest.Parse(tt.text, manifest.HostVersion)
			if fault.Code(err) != tt.code {
				t.Fatalf("got %v, want %q", err, tt.code)
			}
			if err != nil && (m != nil || !strings.Contains(fault.Of(err).Message, tt.says)) {
				t.Errorf("%+v, message %q does not say %q", m, fault.Of(err).Message, tt.says)
			}
		})
	}
}

func TestAllObjectionsToTheShapeComeTogether(t *testing.T) {
	_, err := manifest.Parse([]byte(`{"formatVersion":1,"title":"hello","author":7}`), manifest.HostVersion)
	f := fault.Of(err)
	problems, _ := f.Data["problems"].([]string)
	text := strings.Join(problems, "\n")
	if f.Code != manifest.CodeUnknownKey || !strings.HasPrefix(text, "title is not a known key.") {
		t.Errorf("%v %q", f, text)
	}
	for _, want := range []string{"name is missing.", "entry is missing.", "author is of type number, and has to be of type string."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestHostThatFitsTheRange(t *testing.T) {
	for _, tt := range []struct {
		wanted, host string
		code         string
	}{
		{">=0.1.0", "0.1.0", ""},
		{">=0.1.0", "0.0.9", manifest.CodeOtherAlcove},
		{"^1.2.0", "1.9.0", ""},
		{"^1.2.0", "2.0.0", manifest.CodeOtherAlcove},
		{">=0.1.0 <2.0.0 || 3.x", "3.4.0", ""},
		{"<0.1.0", "0.1.0", manifest.CodeOtherAlcove},
	} {
		_, err := manifest.Parse(with(t, map[string]any{"engines": map[string]any{"alcove": tt.wanted}}), tt.host)
		if fault.Code(err) != tt.code {
			t.Errorf("%s on %s: %v", tt.wanted, tt.host, err)
		}
	}
}

func TestTitle(t *testing.T) {
	plain := &manifest.Manifest{Name: "feed-reader", Description: "Reads."}
	named := &manifest.Manifest{Name: "feed-reader", Description: "Reads.", Locales: map[string]manifest.Locale{
		"en": {Title: "Feeds"}, "de": {Title: "Leser", Description: "Liest."}, "de-AT": {Title: "Leserl"},
	}}
	for _, tt := range []struct {
		m                         *manifest.Manifest
		locale, title, describing string
	}{
		{plain, "de", "Feed Reader", "Reads."},
		{named, "de-AT", "Leserl", "Liest."},
		{named, "de-CH", "Leser", "Liest."},
		{named, "fr", "Feeds", "Reads."},
		{named, "", "Feeds", "Reads."},
	} {
		if title, text := tt.m.Title(tt.locale), tt.m.Describe(tt.locale); title != tt.title || text != tt.describing {
			t.Errorf("%s in %q: %q, %q", tt.m.Name, tt.locale, title, text)
		}
	}
}

func TestSchemaIsOneAndNamesEveryField(t *testing.T) {
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal([]byte(manifest.Schema()), &schema); err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	data, err := json.Marshal(manifest.Manifest{})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "dialect") // it is not for the file to say
	for field := range m {
		if schema.Properties[field] == nil {
			t.Errorf("%s is not in the schema", field)
		}
		delete(schema.Properties, field)
	}
	for field := range schema.Properties {
		t.Errorf("%s is not in the type", field)
	}
}
