package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// What a person can be asked to pick.
const (
	PickFile   = "file"
	PickFolder = "folder"
	PickSave   = "save" // a file that may not be there yet
)

// CheckPick makes a pick of a path that the person chose in a dialog. What
// nobody gets at is no pick, nor is a folder so wide that it holds the home
// folder or a whole disk.
func (s *Space) CheckPick(path, kind string, writable bool) (Pick, error) {
	if !filepath.IsAbs(path) {
		return Pick{}, errNotFound
	}
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) && kind == PickSave {
		real, err = filepath.EvalSymlinks(filepath.Dir(path))
		real = filepath.Join(real, filepath.Base(path))
		if why := badName(filepath.Base(path)); why != "" {
			return Pick{}, invalid("%s", why)
		}
	}
	if err != nil {
		return Pick{}, explain(err)
	}
	p := Pick{Token: NewToken(), Path: real, Folder: kind == PickFolder, Writable: writable}
	switch info, err := os.Lstat(real); {
	case errors.Is(err, fs.ErrNotExist) && kind == PickSave:
	case err != nil:
		return Pick{}, explain(err)
	case kind == PickFolder:
		if err := needFolder(kindOf(info.Mode())); err != nil {
			return Pick{}, err
		}
	default:
		if err := needFile(kindOf(info.Mode())); err != nil {
			return Pick{}, err
		}
	}
	return p, s.closesPick(p)
}

func (s *Space) closesPick(p Pick) error {
	w := s.guard.walls()
	from := pickRoot(p)
	if p.Folder && tooWide(w, p.Path) {
		return errTooWide
	}
	if w.closesPath(p.Path) || s.inVault(w, Place{dir: from.dir, segments: from.below}) {
		return errProtected
	}
	for dir := p.Path; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && w.closesFolder(info) {
			return errProtected
		}
	}
	return nil
}
