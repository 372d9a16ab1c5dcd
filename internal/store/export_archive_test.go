package store

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// unzip writes the files of an archive into a folder and returns that.
func unzip(t *testing.T, data []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if time.Since(f.Modified) > time.Hour || f.Mode().Perm() != 0o600 {
			t.Errorf("%s is of %v, mode %v", f.Name, f.Modified, f.Mode())
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAnArchiveIsTheFolder: the same files with the same contents, but for the
// times in them, and the database has the same rows.
func TestAnArchiveIsTheFolder(t *testing.T) {
	s := book(t)
	folder := filepath.Join(t.TempDir(), "out")
	want, err := s.Export(t.Context(), exportData, folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	got, err := s.ExportArchive(t.Context(), exportData, &b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what is said of it: %s", d)
	}
	archive := filepath.Join(unzip(t, b.Bytes()), "note-book-"+time.Now().Format(time.DateOnly))
	files := func(dir string) (list map[string]string) {
		list = map[string]string{}
		err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			switch {
			case strings.HasSuffix(name, ".sqlite"):
				content = nil // compared by its rows
			case name == "data.json" || name == "README.txt":
				lines := strings.SplitN(string(content), "\n", 4)
				content = []byte(lines[3])
			}
			list[name] = string(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if d := cmp.Diff(files(folder), files(archive)); d != "" {
		t.Error(d)
	}
	again := filepath.Join(t.TempDir(), "again")
	other := create(t)
	define(t, other, 7, exportOwn, bookSchema)
	if _, err := other.Import(t.Context(), exportData, filepath.Join(archive, "note-book.sqlite"), Replace, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Export(t.Context(), exportData, again, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(files(folder), files(again)); d != "" {
		t.Errorf("from its database: %s", d)
	}
}

func TestAnArchiveIsBounded(t *testing.T) {
	s := create(t)
	define(t, s, 7, exportOwn, "CREATE TABLE {{big}} (id INTEGER PRIMARY KEY, b BLOB)")
	for i := range 9 {
		run(t, s, fmt.Sprintf(`INSERT INTO "%sbig" VALUES (%d, zeroblob(16000000))`, exportOwn, i))
	}
	var b bytes.Buffer
	if _, err := s.ExportArchive(t.Context(), exportData, &b); fault.Code(err) != "export.too_large" {
		t.Errorf("%v", err)
	}
	if b.Len() != 0 {
		t.Errorf("%d bytes were written", b.Len())
	}
}
