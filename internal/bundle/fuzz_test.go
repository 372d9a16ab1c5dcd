package bundle_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
)

// FuzzOpen checks that any bytes are either refused with a code and a
// sentence, or are a package that archive/zip, which shares no code with this
// reader, takes apart into the same files, and that passes Recheck.
func FuzzOpen(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.[ax][lt]*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/good.alcove", "testdata/recipe.alcove", "testdata/smallest.alcove") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Open(data)
		if err != nil {
			refusal, ok := errors.AsType[*fault.Error](err)
			if !ok || refusal.Code == fault.CodeInternal || refusal.Message == "" || b != nil {
				t.Fatalf("refused without a code: %v", err)
			}
			return
		}
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		entries := slices.DeleteFunc(r.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, "/") })
		unlisted := 1 // the signature file
		if b.OlderSignature() {
			unlisted = 0
		}
		if len(entries) != len(b.Files)+unlisted {
			t.Fatalf("%d entries, %d files", len(entries), len(b.Files))
		}
		for _, entry := range entries {
			reader, err := entry.Open()
			if err != nil {
				t.Fatal(err)
			}
			want, err := io.ReadAll(reader)
			if err != nil {
				t.Fatal(err)
			}
			name := entry.Name
			if b.Format == bundle.FormatHaex1 {
				name = strings.TrimPrefix(name, "./")
			}
			if got, ok := b.Content(name); !ok || !bytes.Equal(got, want) {
				t.Fatalf("%q differs", entry.Name)
			}
		}
		if _, err := bundle.Recheck(b.Signature, b.Release, stored(b)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzStatement takes signature files, which a fuzzer of whole packages
// hardly reaches behind the checksums.
func FuzzStatement(f *testing.F) {
	b := func() *bundle.Bundle {
		data, err := os.ReadFile("testdata/recipe.alcove")
		if err != nil {
			f.Fatal(err)
		}
		return open(f, data)
	}()
	f.Add(b.Signature)
	f.Add([]byte(`{"chain":[],"files":[],"format":"alcove/2"}`))
	older := open(f, readHaex(f, "v1-archived.xt"))
	newer := open(f, readHaex(f, "v2-good.xt"))
	f.Add(older.Signature)
	f.Add(newer.Signature)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, other := range []*bundle.Bundle{older, newer} {
			if _, err := bundle.Recheck(data, other.Release, stored(other)); err == nil && !bytes.Equal(data, other.Signature) {
				t.Fatalf("another signature file for the same release: %q", data)
			}
		}
		got, err := bundle.Recheck(data, b.Release, stored(b))
		if err == nil && !bytes.Equal(data, b.Signature) {
			t.Fatalf("another signature file for the same release: %q", data)
		}
		if refusal, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || refusal.Code == fault.CodeInternal || got != nil) {
			t.Fatalf("refused without a code: %v", err)
		}
	})
}
