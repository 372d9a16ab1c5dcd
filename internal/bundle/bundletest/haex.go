package bundletest

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// BuildHaex makes a package as the tools of haex-vault do (bundle.FormatHaex1),
// of files and the smallest manifest changed by the options. Without an
// "index.html" among the files it has an empty page of that name. Paths are
// ASCII.
func BuildHaex(t testing.TB, files map[string]string, opts ...Option) []byte {
	t.Helper()
	o := options{key: 1, fields: map[string]any{
		"name": "haex-probe", "version": "1.0.0", "description": "Says hello.",
		"permissions": map[string]any{"database": []any{}, "filesystem": []any{}, "http": []any{}, "shell": []any{}},
	}}
	for _, opt := range opts {
		opt(&o)
	}
	all := map[string]string{"index.html": "<!doctype html><title>Hello</title>"}
	maps.Copy(all, files)
	o.fields["publicKey"], o.fields["signature"] = bundle.PublicKey(Key(o.key)).String(), ""
	// The map is written with sorted keys, as it has to be hashed.
	text := indented(t, o.fields)
	hash := sha256.New()
	all[manifest.HaexFileName] = text
	for _, path := range slices.Sorted(maps.Keys(all)) {
		hash.Write([]byte(all[path]))
	}
	o.fields["signature"] = hex.EncodeToString(ed25519.Sign(Key(o.key), hash.Sum(nil)))
	all[manifest.HaexFileName] = indented(t, o.fields)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		part, err := w.Create(path)
		if err == nil {
			_, err = part.Write([]byte(all[path]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func indented(t testing.TB, value any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
