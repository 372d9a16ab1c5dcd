package shell

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Program is a program that was found.
type Program struct {
	Name string // as the app asked for it
	Path string // where it was found
	Real string // the file itself, after all links
}

// Names are the names that must be granted: the one asked for and, where that
// is a link, the one behind it. "editor" is only what vim is allowed to do.
func (p Program) Names() []string {
	if real := filepath.Base(p.Real); real != p.Name {
		return []string{p.Name, real}
	}
	return []string{p.Name}
}

// finder says where programs are looked for. The PATH of whoever started
// Alcove has no say: it may begin with a folder that an app can write to.
type finder struct {
	folders []string // in this order
	roots   []string // a program's file lies below one of them, after links
	owner   uint32   // and belongs to this user, who alone can change it
}

var systemFinder = finder{
	folders: []string{"/usr/local/bin", "/usr/bin", "/bin"},
	roots:   []string{"/usr", "/bin", "/opt", "/nix/store"},
}

// nameForm is the form of a permission's target: no path, no option.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}$`)

// Find finds a program by its name. It changes nothing. Errors:
// shell.unknown_program, shell.program_refused.
func (l *Launcher) Find(name string) (Program, error) { return l.finder.find(name) }

func (f finder) find(name string) (Program, error) {
	if !nameForm.MatchString(name) {
		return Program{}, errUnknown.With("program", name)
	}
	for _, folder := range f.folders {
		path := filepath.Join(folder, name)
		real, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Program{}, errRefused.With("program", name)
		}
		if !f.trusted(real) || !nameForm.MatchString(filepath.Base(real)) {
			return Program{}, errRefused.With("program", name)
		}
		return Program{Name: name, Path: path, Real: real}, nil
	}
	return Program{}, errUnknown.With("program", name)
}

// trusted reports whether the file at real is a program of the system's.
func (f finder) trusted(real string) bool {
	below := false
	for _, root := range f.roots {
		below = below || strings.HasPrefix(real, root+string(filepath.Separator))
	}
	info, err := os.Lstat(real)
	if err != nil || !below || !info.Mode().IsRegular() {
		return false
	}
	mode := info.Mode().Perm()
	return mode&0o111 != 0 && mode&0o022 == 0 && ownedBy(info, f.owner)
}
