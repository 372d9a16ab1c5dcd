package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/alcove-vault/alcove/internal/fault"
)

func (f *folder) close() { f.file.Close() }

// info is what the folder is, to be compared.
func (f *folder) info() (os.FileInfo, error) { return f.file.Stat() }

// folder opens a folder in this one.
func (f *folder) folder(name string) (*folder, error) {
	fd, err := f.space.openBeneath(f.fd, []string{name}, true)
	if err != nil {
		return nil, onTheWay(err)
	}
	return f.space.newFolder(fd)
}

// open opens an ordinary file for reading.
func (f *folder) open(name string) (*os.File, entry, error) {
	// Without waiting: a pipe in its place would wait for a writer.
	fd, err := ignoringInterrupts(func() (int, error) {
		return unix.Openat(f.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	})
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, entry{}, caused(errChanged, err)
	case errors.Is(err, unix.ENXIO): // a socket
		return nil, entry{}, caused(errNotRegular, err)
	case err != nil:
		return nil, entry{}, explain(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		release(fd)
		return nil, entry{}, explain(err)
	}
	e := entryOf(name, &st)
	if e.kind != File {
		release(fd)
		return nil, entry{}, needFile(e.kind)
	}
	return os.NewFile(uintptr(fd), "file"), e, nil
}

// stat returns what the folder holds under a name; a link is a link.
func (f *folder) stat(name string) (entry, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(f.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return entry{}, explain(err)
	}
	return entryOf(name, &st), nil
}

// writable reports whether the system would let this person write the file.
func (f *folder) writable(name string) error {
	return explain(unix.Faccessat(f.fd, name, unix.W_OK, 0))
}

// self is the entry of the folder itself.
func (f *folder) self() (entry, error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return entry{}, explain(err)
	}
	return entryOf("", &st), nil
}

func entryOf(name string, st *unix.Stat_t) entry {
	e := entry{
		name: name, kind: Other, size: st.Size, mode: fs.FileMode(st.Mode & 0o777), device: st.Dev,
		modified: time.Unix(st.Mtim.Unix()), owner: owner{user: st.Uid, group: st.Gid},
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		e.kind = File
	case unix.S_IFDIR:
		e.kind, e.size = Folder, 0
	case unix.S_IFLNK:
		e.kind = Link
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d %d %d", st.Dev, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano(), st.Mode))
	e.version = hex.EncodeToString(sum[:8])
	return e
}

// names returns the names in the folder, at most limit and one more.
func (f *folder) names(limit int) ([]string, error) {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return nil, explain(err)
	}
	list, err := f.file.Readdirnames(limit + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, explain(err)
	}
	return list, nil
}

func (f *folder) makeFolder(name string) error {
	return explain(unix.Mkdirat(f.fd, name, 0o777))
}

func (f *folder) removeFile(name string) error { return explain(unix.Unlinkat(f.fd, name, 0)) }

func (f *folder) removeFolder(name string) error {
	return explain(unix.Unlinkat(f.fd, name, unix.AT_REMOVEDIR))
}

// rename gives what is here under a name another one in the folder to. What is
// there already is replaced only where that is said.
func (f *folder) rename(name string, to *folder, newName string, replace bool) error {
	if replace {
		return renamed(unix.Renameat(f.fd, name, to.fd, newName))
	}
	err := unix.Renameat2(f.fd, name, to.fd, newName, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return renamed(err)
	}
	return f.renameGently(name, to, newName)
}

// renameGently is for file systems that cannot refuse to replace: a second
// name for a file comes to be only where there is none, and a folder replaces
// nothing that has content.
func (f *folder) renameGently(name string, to *folder, newName string) error {
	e, statErr := f.stat(name)
	if statErr != nil {
		return statErr
	}
	if e.kind == File {
		if linkErr := unix.Linkat(f.fd, name, to.fd, newName, 0); linkErr == nil {
			return renamed(unix.Unlinkat(f.fd, name, 0))
		} else if errors.Is(linkErr, unix.EEXIST) {
			return renamed(linkErr)
		}
	}
	if _, err := to.stat(newName); err == nil {
		return errExists
	} else if fault.Code(err) != errNotFound.Code {
		return err
	}
	return renamed(unix.Renameat(f.fd, name, to.fd, newName))
}

func renamed(err error) error {
	switch {
	case errors.Is(err, unix.EXDEV):
		return errCrossDevice
	case errors.Is(err, unix.EINVAL):
		return caused(errSame, err)
	}
	return explain(err)
}

// sync makes what happened to names in the folder last.
func (f *folder) sync() error {
	err := f.file.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil // a file system that has nothing to say to it
	}
	return explain(err)
}

// watchName is what the system is given to watch the folder: itself, and not
// whatever has its name by then.
func (f *folder) watchName(string) string { return fmt.Sprintf("%s/%d", ownFiles, f.fd) }
