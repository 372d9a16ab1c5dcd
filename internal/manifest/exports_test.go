package manifest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func export(change map[string]any) map[string]any {
	e := map[string]any{
		"method": "find", "description": "Finds entries by their title.", "effect": "read",
		"params": json.RawMessage(`{"type":"object","required":["title"],"additionalProperties":false,"properties":{"title":{"type":"string","maxLength":20},"limit":{"type":"integer","minimum":1}}}`),
		"result": json.RawMessage(`{"type":"array","maxItems":3,"items":{"anyOf":[{"type":"string"},{"type":"null"}]}}`),
	}
	for key, value := range change {
		e[key] = value
	}
	return e
}

func TestExports(t *testing.T) {
	deep := strings.Repeat(`{"items":`, 20) + `true` + strings.Repeat(`}`, 20)
	for _, tt := range []struct {
		change map[string]any
		code   string
	}{
		{nil, ""},
		{map[string]any{"effect": "pick", "seconds": 30, "method": "choose.one-Item"}, ""},
		{map[string]any{"params": true, "result": false}, ""},
		{map[string]any{"method": "Find"}, manifest.CodeExportInvalid},
		{map[string]any{"method": "a/b"}, manifest.CodeExportInvalid},
		{map[string]any{"effect": "delete"}, manifest.CodeFieldInvalid},
		{map[string]any{"seconds": 31}, manifest.CodeFieldInvalid},
		{map[string]any{"description": "tw\u202eo"}, manifest.CodeTextInvalid},
		{map[string]any{"more": 1}, manifest.CodeUnknownKey},
		{map[string]any{"params": "text"}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"$ref":"https://example.com/schema"}`)}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"properties":{"a":{"$ref":"#"}}}`)}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"anyOf":[{"uniqueItems":true}]}`)}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"type":"thing"}`)}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"pattern":"("}`)}, manifest.CodeExportInvalid},
		{map[string]any{"params": json.RawMessage(`{"properties":[]}`)}, manifest.CodeExportInvalid},
		{map[string]any{"result": json.RawMessage(`{"description":"` + strings.Repeat("x", 17<<10) + `"}`)}, manifest.CodeExportInvalid},
		{map[string]any{"result": json.RawMessage(deep)}, manifest.CodeTooDeep},
	} {
		_, err := manifest.Parse(with(t, map[string]any{"exports": []any{export(tt.change)}}), manifest.HostVersion)
		if fault.Code(err) != tt.code && (err != nil || tt.code != "") {
			t.Errorf("%.80v: %v, want %q", tt.change, err, tt.code)
		}
	}
	if _, err := manifest.Parse(with(t, map[string]any{"exports": []any{export(nil), export(nil)}}), manifest.HostVersion); fault.Code(err) != manifest.CodeExportInvalid {
		t.Errorf("twice: %v", err)
	}
}

func TestWhatFitsAnExport(t *testing.T) {
	m, err := manifest.Parse(with(t, map[string]any{"exports": []any{export(nil)}}), manifest.HostVersion)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := m.Exported("find")
	if _, other := m.Exported("lose"); !ok || other {
		t.Fatalf("%v, %v", ok, other)
	}
	params, result, err := e.Forms()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		form  manifest.Form
		value any
		fits  bool
	}{
		{params, map[string]any{"title": "tide"}, true},
		{params, map[string]any{"title": "tide", "limit": int64(3)}, true},
		{params, map[string]any{"title": "tide", "limit": 2.0}, true},
		{params, map[string]any{"title": "tide", "limit": 2.5}, false},
		{params, map[string]any{}, false},
		{params, map[string]any{"title": strings.Repeat("x", 21)}, false},
		{params, map[string]any{"title": "x", "secret path": "hunter2"}, false},
		{params, nil, false},
		{params, map[string]any{"title": []byte("bytes")}, false},
		{result, []any{"a", nil}, true},
		{result, []any{int64(5)}, false},
		{result, []any{"a", "b", "c", "d"}, false},
	} {
		said := tt.form.Check(tt.value)
		if (said == "") != tt.fits {
			t.Errorf("%v: %q", tt.value, said)
		}
		if strings.Contains(said, "hunter2") {
			t.Errorf("a value is shown: %s", said)
		}
	}
	if _, _, err := manifest.MethodName(strings.Repeat("0a", 32) + ".notes/find"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "notes/find", "*.notes/find", strings.Repeat("0a", 32) + ".notes", strings.Repeat("0a", 32) + ".notes/*", fmt.Sprintf("%s.notes/a/b", strings.Repeat("0a", 32))} {
		if _, _, err := manifest.MethodName(bad); fault.Code(err) != "request.malformed" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
