//go:build !linux

package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alcove-vault/alcove/internal/fault"
)

// folder is an open folder: a path below an os.Root, which lets nothing lead
// out of it. Links inside are refused by looking at every segment, which is
// not one step with what follows; os.Root still holds then.
type folder struct {
	root  *os.Root
	path  string // below the root, "." for itself
	dir   string // the real path of the root
	space *Space
}

type owner struct{}

func (s *Space) openFolder(dir string, segments []string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(err)
	}
	f := &folder{root: root, path: ".", dir: dir, space: s}
	for _, name := range segments {
		next, err := f.folder(name)
		if err != nil {
			f.close()
			return nil, err
		}
		f.close()
		f = next
	}
	return f, nil
}

func (f *folder) close() { f.root.Close() }

func (f *folder) at(name string) string { return filepath.Join(f.path, name) }

func (f *folder) info() (os.FileInfo, error) { return f.root.Stat(f.path) }

func (f *folder) folder(name string) (*folder, error) {
	info, err := f.root.Lstat(f.at(name))
	if err != nil {
		return nil, explain(err)
	}
	if !info.IsDir() {
		return nil, errChanged
	}
	root, err := f.root.OpenRoot(".")
	if err != nil {
		return nil, explain(err)
	}
	return &folder{root: root, path: f.at(name), dir: f.dir, space: f.space}, nil
}

func (f *folder) open(name string) (*os.File, entry, error) {
	e, err := f.stat(name)
	if err != nil {
		return nil, entry{}, err
	}
	if e.kind != File {
		return nil, entry{}, needFile(e.kind)
	}
	file, err := f.root.Open(f.at(name))
	if err != nil {
		return nil, entry{}, explain(err)
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, entry{}, errChanged
	}
	return file, entryFrom(name, info), nil
}

func (f *folder) stat(name string) (entry, error) {
	info, err := f.root.Lstat(f.at(name))
	if err != nil {
		return entry{}, explain(err)
	}
	return entryFrom(name, info), nil
}

func (f *folder) writable(name string) error {
	file, err := f.root.OpenFile(f.at(name), os.O_WRONLY, 0)
	if err != nil {
		return explain(err)
	}
	return file.Close()
}

func (f *folder) self() (entry, error) {
	info, err := f.info()
	if err != nil {
		return entry{}, explain(err)
	}
	return entryFrom("", info), nil
}

func entryFrom(name string, info os.FileInfo) entry {
	e := entry{name: name, kind: kindOf(info.Mode()), size: info.Size(), modified: info.ModTime(), mode: info.Mode().Perm()}
	if e.kind == Folder {
		e.size = 0
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", info.Size(), info.ModTime().UnixNano(), info.Mode()))
	e.version = hex.EncodeToString(sum[:8])
	return e
}

func (f *folder) names(limit int) ([]string, error) {
	dir, err := f.root.Open(f.path)
	if err != nil {
		return nil, explain(err)
	}
	defer dir.Close()
	list, err := dir.Readdirnames(limit + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, explain(err)
	}
	return list, nil
}

func (f *folder) makeFolder(name string) error { return explain(f.root.Mkdir(f.at(name), 0o777)) }

func (f *folder) removeFile(name string) error { return explain(f.root.Remove(f.at(name))) }

func (f *folder) removeFolder(name string) error { return explain(f.root.Remove(f.at(name))) }

func (f *folder) rename(name string, to *folder, newName string, replace bool) error {
	if f.dir != to.dir {
		return errCrossDevice // one os.Root renames nothing into another
	}
	if !replace {
		if _, err := to.stat(newName); err == nil {
			return errExists
		} else if fault.Code(err) != errNotFound.Code {
			return err
		}
	}
	return explain(f.root.Rename(f.at(name), to.at(newName)))
}

// sync does nothing: folders are not flushed by themselves on these systems.
func (f *folder) sync() error { return nil }

func (f *folder) watchName(real string) string { return filepath.ToSlash(real) }

func (f *folder) draft(before entry) (*draft, error) {
	d := &draft{in: f, before: before, name: draftName()}
	bits := fs.FileMode(0o666)
	if before.kind != Absent {
		bits = 0o600
	}
	file, err := f.root.OpenFile(f.at(d.name), os.O_CREATE|os.O_EXCL|os.O_RDWR, bits)
	if err != nil {
		return nil, explain(err)
	}
	d.file = file
	if before.kind != Absent {
		_ = file.Chmod(before.mode)
	}
	return d, nil
}

func (d *draft) give(name string, replace bool) error {
	// Windows renames no file that is open.
	if err := d.file.Close(); err != nil {
		return explain(err)
	}
	return d.renameDraft(name, replace)
}

func systemFault(error) *fault.Error { return nil }
