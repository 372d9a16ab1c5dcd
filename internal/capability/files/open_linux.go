package files

import (
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// folder is an open folder.
type folder struct {
	file  *os.File
	fd    int
	space *Space
}

// owner is who a file belongs to.
type owner struct{ user, group uint32 }

// folderFlags open a folder to be listed, and never anything else.
const folderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openFolder opens dir, a real path, and from there the folder that the
// segments name. No link is followed on the whole way.
func (s *Space) openFolder(dir string, segments []string) (*folder, error) {
	top, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	root, err := s.openBeneath(top, split(dir), len(segments) == 0)
	release(top)
	if err != nil {
		return nil, onTheWay(err)
	}
	fd := root
	if len(segments) > 0 {
		fd, err = s.openBeneath(root, segments, true)
		release(root)
		if err != nil {
			return nil, onTheWay(err)
		}
	}
	return s.newFolder(fd)
}

func split(dir string) []string {
	return slices.DeleteFunc(strings.Split(dir, "/"), func(s string) bool { return s == "" })
}

// newFolder takes over a descriptor. Folders of the kernel's own file systems
// are none, wherever they are mounted.
func (s *Space) newFolder(fd int) (*folder, error) {
	f := &folder{file: os.NewFile(uintptr(fd), "folder"), fd: fd, space: s}
	var fsInfo unix.Statfs_t
	if err := unix.Fstatfs(fd, &fsInfo); err == nil && slices.Contains(kernelFiles, int64(fsInfo.Type)) { //nolint:unconvert // a smaller number on other processors
		f.close()
		return nil, errProtected
	}
	return f, nil
}

// kernelFiles are the file systems whose files are the kernel's inside.
var kernelFiles = []int64{
	unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC,
	unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.SECURITYFS_MAGIC, unix.SELINUX_MAGIC, unix.BPF_FS_MAGIC,
	unix.EFIVARFS_MAGIC, unix.PSTOREFS_MAGIC, unix.NSFS_MAGIC, unix.BINFMTFS_MAGIC,
}

// openBeneath opens the folder that the segments name below the folder at,
// following no link and leaving at nowhere. Listed says that the folder is to
// be read and not only passed through.
func (s *Space) openBeneath(at int, segments []string, listed bool) (int, error) {
	flags := folderFlags
	if !listed {
		flags |= unix.O_PATH
	}
	if len(segments) == 0 {
		return ignoringInterrupts(func() (int, error) { return unix.Openat(at, ".", flags, 0) })
	}
	if !s.oldKernel {
		how := &unix.OpenHow{
			Flags:   uint64(flags),
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		}
		fd, err := ignoringInterrupts(func() (int, error) { return unix.Openat2(at, strings.Join(segments, "/"), how) })
		// Systems before Linux 5.6 do not have it; some sandboxes forbid what
		// they do not know.
		if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
			return fd, err
		}
	}
	fd := -1
	for i, segment := range segments {
		each := flags
		if i < len(segments)-1 {
			each |= unix.O_PATH
		}
		parent := at
		if fd >= 0 {
			parent = fd
		}
		next, err := ignoringInterrupts(func() (int, error) { return unix.Openat(parent, segment, each, 0) })
		if fd >= 0 {
			release(fd)
		}
		if err != nil {
			return -1, err
		}
		fd = next
	}
	return fd, nil
}

// onTheWay explains why a folder could not be opened on a path that had no
// links and only folders when it was resolved.
func onTheWay(err error) error {
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EXDEV), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EAGAIN):
		return caused(errChanged, err)
	}
	return explain(err)
}

// release closes a descriptor that nothing was written to.
func release(fd int) { _ = unix.Close(fd) }

func ignoringInterrupts(open func() (int, error)) (int, error) {
	for {
		fd, err := open()
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
