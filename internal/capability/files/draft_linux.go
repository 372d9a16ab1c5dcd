package files

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ownFiles is where the kernel shows a process its open files.
const ownFiles = "/proc/self/fd"

// draft begins a file in the folder. What it will replace says which
// permission bits it gets.
func (f *folder) draft(before entry) (*draft, error) {
	d := &draft{in: f, before: before}
	bits := uint32(0o666) // less what the person's umask takes
	if before.kind != Absent {
		bits = 0o600
	}
	fd, err := -1, error(unix.EOPNOTSUPP)
	if !f.space.oldKernel && unix.Access(ownFiles, unix.X_OK) == nil {
		fd, err = ignoringInterrupts(func() (int, error) {
			return unix.Openat(f.fd, ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, bits)
		})
	}
	// Not every file system has files without a name.
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		d.name = draftName()
		fd, err = ignoringInterrupts(func() (int, error) {
			return unix.Openat(f.fd, d.name, unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_RDWR|unix.O_CLOEXEC, bits)
		})
	}
	if err != nil {
		return nil, explain(err)
	}
	d.file = os.NewFile(uintptr(fd), "draft")
	if before.kind != Absent {
		d.inherit()
	}
	return d, nil
}

// inherit gives the draft the owner and the permission bits of what it
// replaces, as far as this person may.
func (d *draft) inherit() {
	fd := int(d.file.Fd())
	_ = unix.Fchown(fd, int(d.before.owner.user), int(d.before.owner.group))
	_ = unix.Fchmod(fd, uint32(d.before.mode))
}

// give gives the draft its name.
func (d *draft) give(name string, replace bool) error {
	if d.name == "" {
		if d.before.kind == Absent {
			err := d.link(name)
			if err == nil || !replace || !errors.Is(err, unix.EEXIST) {
				return explain(err)
			}
		}
		between := draftName()
		if err := d.link(between); err != nil {
			return explain(err)
		}
		d.name = between
		d.in.space.reached("named")
	}
	return d.renameDraft(name, replace)
}

// link gives a file without a name its first one, if nothing has it.
func (d *draft) link(name string) error {
	open := fmt.Sprintf("%s/%d", ownFiles, d.file.Fd())
	return unix.Linkat(unix.AT_FDCWD, open, d.in.fd, name, unix.AT_SYMLINK_FOLLOW)
}
