package keys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ReplaceFile writes data to path in one step, with mode 0600: after a crash
// the old content or the new one is there, whole. It returns when the data and
// the name are on the disk.
func ReplaceFile(path string, data []byte) error {
	next := path + ".new"
	// Left over from a crash; O_EXCL below then never follows a planted link.
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes a rename in dir survive a power cut. Windows has no such call.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
