package bundle

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

	"github.com/alcove-vault/alcove/internal/fault"
)

// FuzzContainer checks that what the container reader accepts is taken apart
// into the same files by archive/zip, which shares no code with it. Nothing is
// signed here, so that mutations get further than in FuzzOpen.
func FuzzContainer(f *testing.F) {
	files, err := filepath.Glob("testdata/*/bundle.*.alcove")
	if err != nil || len(files) == 0 {
		f.Fatal("no packages in testdata", err)
	}
	haex, err := filepath.Glob("testdata/haex/v1-*.xt")
	if err != nil || len(haex) == 0 {
		f.Fatal("no packages in testdata/haex", err)
	}
	for _, file := range append(append(files, "testdata/smallest.alcove"), haex...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, format, err := readContainer(data)
		var contents map[string]content
		if err == nil {
			contents, err = unpackAll(entries, len(data))
		}
		if err != nil {
			if refusal, ok := errors.AsType[*fault.Error](err); !ok || refusal.Code == fault.CodeInternal {
				t.Fatalf("refused without a code: %v", err)
			}
			return
		}
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		files := slices.DeleteFunc(r.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, "/") })
		if len(files) != len(contents) {
			t.Fatalf("%d entries, %d files", len(files), len(contents))
		}
		for _, entry := range files {
			reader, err := entry.Open()
			if err != nil {
				t.Fatal(err)
			}
			want, err := io.ReadAll(reader)
			if err != nil {
				t.Fatal(err)
			}
			name := entry.Name
			if format.dotted {
				name = strings.TrimPrefix(name, "./")
			}
			if got, ok := contents[name]; !ok || !bytes.Equal(got.data, want) {
				t.Fatalf("%q differs", entry.Name)
			}
		}
	})
}
