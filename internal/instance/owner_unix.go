//go:build unix

package instance

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func fallback() string {
	return filepath.Join(os.TempDir(), "alcove-"+strconv.Itoa(os.Getuid()))
}

func ownedAndClosed(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 == 0
}
