//go:build !unix

package instance

import (
	"io/fs"
	"os"
	"path/filepath"
)

// fallback is in the user's own profile, which other users cannot read.
func fallback() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "alcove-window")
	}
	return filepath.Join(os.TempDir(), "alcove-window")
}

func ownedAndClosed(fs.FileInfo) bool { return true }
