package vault

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// folderLock keeps other processes, and other parts of this one, out of a
// vault's folder. The system drops it when the process dies.
type folderLock struct{ file *flock.Flock }

// lockFolder takes the lock of dir or answers vault.open_elsewhere at once.
func lockFolder(dir string) (*folderLock, error) {
	path := filepath.Join(dir, lockFile)
	// Opening a pipe would wait for ever, and a link would make a file elsewhere.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, notWritable(fmt.Errorf("%s is no regular file", lockFile))
	}
	file := flock.New(path, flock.SetPermissions(0o600))
	got, err := file.TryLock()
	if err != nil {
		return nil, notWritable(err)
	}
	if !got {
		return nil, ErrOpenElsewhere
	}
	return &folderLock{file: file}, nil
}

// release gives the lock up. The file stays: removing it would let two
// processes lock two files of one name.
func (l *folderLock) release() { _ = l.file.Close() }
