package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// disk is how the names of a folder are looked at.
type disk struct {
	lstat func(path string) (os.FileInfo, error)
	names func(dir string) ([]string, error)
}

var realDisk = disk{lstat: os.Lstat, names: func(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}}

// trueName returns the name that something has in its folder. On a disk that
// ignores case or forms of Unicode it may be reached by others, and what is
// judged has to be the one it has. Such a disk is known by finding the same
// thing under another spelling; the folder is read only then.
func (d disk) trueName(dir, name string, info os.FileInfo) string {
	alike := func(other string) bool {
		if other == name {
			return false
		}
		found, err := d.lstat(filepath.Join(dir, other))
		return err == nil && os.SameFile(found, info)
	}
	if !slices.ContainsFunc([]string{swapCase(name), norm.NFD.String(name), norm.NFC.String(name)}, alike) {
		return name
	}
	names, err := d.names(dir)
	if err != nil || slices.Contains(names, name) {
		return name // two names of one file, or nothing to be learned
	}
	for _, other := range names {
		if spelling.Fold(other) == spelling.Fold(name) && alike(other) {
			return other
		}
	}
	return name
}

func swapCase(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, name)
}
