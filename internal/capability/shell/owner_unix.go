//go:build unix

package shell

import (
	"io/fs"
	"syscall"
)

func ownedBy(info fs.FileInfo, user uint32) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == user
}
