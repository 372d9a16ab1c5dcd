package files

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// Shelf is a folder as the person sees it in a dialog of Alcove's own, in which
// they pick. It is for the host and never for apps.
type Shelf struct {
	Path    string `json:"path"` // absolute
	Parent  string `json:"parent"`
	Entries []Item `json:"entries"` // folders first, by name
	More    bool   `json:"more"`    // there are more than are told
	Wide    bool   `json:"wide"`    // it cannot be picked as a whole
	Home    string `json:"home"`
	Known   []Item `json:"known"` // the known folders that are there
}

// Item is one thing on a shelf.
type Item struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	Folder   bool   `json:"folder"`
	Hidden   bool   `json:"hidden"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // Unix milliseconds
}

// maxShelf is how much of a folder is told.
const maxShelf = 2000

// Browse tells what is in a folder, or in the person's home folder where path
// is "". What nobody can pick is left out.
func (s *Space) Browse(ctx context.Context, path string) (Shelf, error) {
	w := s.guard.walls()
	if path == "" {
		path = w.home
	}
	if !filepath.IsAbs(path) {
		return Shelf{}, errNotFound
	}
	real, ok := realDir(filepath.Clean(path))
	switch {
	case !ok:
		return Shelf{}, errNotFound
	case w.closesPath(real) || s.inVault(w, Place{dir: real}):
		return Shelf{}, errProtected
	}
	shelf := Shelf{Path: real, Parent: filepath.Dir(real), Home: w.home, Wide: tooWide(w, real)}
	for _, r := range s.knownRoots() {
		if r.token != home && !slices.ContainsFunc(shelf.Known, func(i Item) bool { return i.Path == r.dir }) {
			shelf.Known = append(shelf.Known, Item{Name: filepath.Base(r.dir), Path: r.dir, Folder: true})
		}
	}
	slices.SortFunc(shelf.Known, func(a, b Item) int { return compareNames(a.Name, b.Name) })
	dir, err := os.Open(real)
	if err != nil {
		return Shelf{}, explain(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(maxShelf + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return Shelf{}, explain(err)
	}
	if shelf.More = len(names) > maxShelf; shelf.More {
		names = names[:maxShelf]
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return Shelf{}, err
		}
		if item, ok := s.item(w, real, name); ok {
			shelf.Entries = append(shelf.Entries, item)
		}
	}
	slices.SortFunc(shelf.Entries, func(a, b Item) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		return compareNames(a.Name, b.Name)
	})
	return shelf, nil
}

// item tells of one thing, through links, unless it cannot be picked.
func (s *Space) item(w walls, dir, name string) (Item, bool) {
	path := filepath.Join(dir, name)
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Item{}, false
	}
	info, err := os.Lstat(real)
	if err != nil || w.closesPath(real) || isDraft(name) {
		return Item{}, false
	}
	kind := kindOf(info.Mode())
	if kind != File && kind != Folder || kind == Folder && (w.closesFolder(info) || s.inVault(w, Place{dir: real})) {
		return Item{}, false
	}
	item := Item{Name: name, Path: path, Folder: kind == Folder, Hidden: strings.HasPrefix(name, "."), Modified: info.ModTime().UnixMilli()}
	if kind == File {
		item.Size = info.Size()
	}
	return item, true
}

func tooWide(w walls, real string) bool {
	return real == filepath.Dir(real) || w.home != "" && (real == w.home || inside(real, w.home))
}

// compareNames orders names as people do who look for one: case does not
// matter before everything else is the same.
func compareNames(a, b string) int {
	if c := strings.Compare(spelling.Fold(a), spelling.Fold(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
