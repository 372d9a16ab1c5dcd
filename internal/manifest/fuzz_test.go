package manifest_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// FuzzParse checks that any text is either refused with a code and a sentence,
// or is a manifest that says the same when it is written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(smallest))
	f.Add([]byte(`{"formatVersion":2}`))
	f.Add(with(f, map[string]any{
		"icon": "a.png", "homepage": "https://example.com/", "display": "focus",
		"permissions": []any{map[string]any{"resource": "net", "action": "fetch", "target": "https://*.example.com:1/*", "reason": "x", "optional": true}},
		"tables":      []any{map[string]any{"name": "a", "description": "b"}}, "migrations": []any{"1.sql"},
		"locales": map[string]any{"pt-BR": map[string]any{"title": "Olá"}},
	}))
	f.Add([]byte(`{"a":"\ud800","a":1e999}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data, manifest.HostVersion)
		if err != nil {
			refusal, ok := errors.AsType[*fault.Error](err)
			if !ok || refusal.Code == fault.CodeInternal || refusal.Message == "" || m != nil {
				t.Fatalf("refused without a code: %v", err)
			}
			return
		}
		fields := map[string]any{
			"formatVersion": m.FormatVersion, "name": m.Name, "version": m.Version, "description": m.Description, "author": m.Author,
			"entry": m.Entry, "engines": m.Engines, "permissions": m.Permissions, "display": m.Display,
		}
		for field, value := range map[string]string{"icon": m.Icon, "homepage": m.Homepage} {
			if value != "" {
				fields[field] = value
			}
		}
		if m.Tables != nil {
			fields["tables"] = m.Tables
		}
		if m.Migrations != nil {
			fields["migrations"] = m.Migrations
		}
		if m.Locales != nil {
			locales := map[string]any{}
			for tag, l := range m.Locales {
				locale := map[string]any{"title": l.Title}
				if l.Description != "" {
					locale["description"] = l.Description
				}
				locales[tag] = locale
			}
			fields["locales"] = locales
		}
		again, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		back, err := manifest.Parse(again, manifest.HostVersion)
		if err != nil {
			t.Fatalf("%v in %s", err, again)
		}
		if diff := cmp.Diff(m, back); diff != "" {
			t.Error(diff)
		}
	})
}
