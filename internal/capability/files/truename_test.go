package files

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// TestTheNameThatIsJudgedIsTheOneOnTheDisk looks at a folder as a disk shows it
// that ignores case and forms of Unicode.
func TestTheNameThatIsJudgedIsTheOneOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Private", "caf\u00e9", "b", "B", "12"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	careless := realDisk
	careless.lstat = func(path string) (os.FileInfo, error) {
		if info, err := os.Lstat(path); err == nil {
			return info, nil
		}
		names, err := realDisk.names(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if spelling.Fold(name) == spelling.Fold(filepath.Base(path)) {
				return os.Lstat(filepath.Join(filepath.Dir(path), name))
			}
		}
		return nil, os.ErrNotExist
	}
	for asked, want := range map[string]string{
		"private": "Private", "PRIVATE": "Private", "Private": "Private", "cafe\u0301": "caf\u00e9", "CAF\u00c9": "caf\u00e9", "12": "12",
	} {
		info, err := careless.lstat(filepath.Join(dir, asked))
		if err != nil {
			t.Fatal(err)
		}
		if got := careless.trueName(dir, asked, info); got != want {
			t.Errorf("%q is %q, want %q", asked, got, want)
		}
	}
	// Where case counts, two names are two files, or one file with two names.
	if err := os.Link(filepath.Join(dir, "Private"), filepath.Join(dir, "PRIVATE")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "B", "Private", "PRIVATE", "caf\u00e9"} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := realDisk.trueName(dir, name, info); got != name {
			t.Errorf("%q is %q", name, got)
		}
	}
}
