package files_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/fault"
)

func TestPathsOfThisComputerAreSpelledThroughTheDeepestKnownFolder(t *testing.T) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	documents, elsewhere := filepath.Join(home, "Documents"), t.TempDir()
	if err := os.Mkdir(documents, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(elsewhere, "downloads")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	folder := files.Pick{Token: files.NewToken(), Path: filepath.Join(documents, "picked"), Folder: true}
	single := files.Pick{Token: files.NewToken(), Path: filepath.Join(elsewhere, "one.txt")}
	space := files.New(files.Options{
		Known: files.Known{"home": home, "documents": documents, "downloads": link},
		Picks: files.NewPicks(folder, single), Limits: files.DefaultLimits,
	})
	for _, tt := range []struct{ path, want, back string }{
		{documents + "/a/b.txt", "{documents}/a/b.txt", ""},
		{documents, "{documents}", ""},
		{home + "/x", "{home}/x", ""},
		{home + "/x/../Documents/./a", "{documents}/a", documents + "/a"},
		{documents + "/picked/c", folder.Target() + "/c", ""},
		{elsewhere + "/one.txt", single.Target(), ""},
		{link + "/d", "{downloads}/d", ""},
		{elsewhere + "/d", "{downloads}/d", link + "/d"},
		{"{documents}/a", "{documents}/a", documents + "/a"},
	} {
		got, err := space.Spell(tt.path)
		if err != nil || got != tt.want {
			t.Errorf("Spell(%s) = %s, %v; want %s", tt.path, got, err, tt.want)
		}
		back := tt.back
		if back == "" {
			back = tt.path
		}
		if got := space.Absolute(tt.want); got != back {
			t.Errorf("Absolute(%s) = %s; want %s", tt.want, got, back)
		}
	}
	for _, path := range []string{"/etc/passwd", home + "/../x", home + "x", filepath.Dir(home)} {
		if got, err := space.Spell(path); fault.Code(err) != "files.outside" {
			t.Errorf("Spell(%s) = %s, %v", path, got, err)
		}
	}
}
