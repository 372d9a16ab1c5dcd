package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
)

// reason is why a file could not be used, in words that fit into a sentence.
// The path is the person's own, from the command line.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Sprintf("%s: %v", path.Path, path.Err)
	}
	return err.Error()
}

func badFile(what string, err error) error {
	return fault.Wrap("cli.file", fmt.Sprintf("%s: %s.", what, reason(err)), err)
}

// readBounded reads a file of at most limit bytes. Of a larger one it returns
// one byte more, which whoever judges the content refuses by its size.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// readPackage reads a package file, within the bound of packages.
func readPackage(path string) ([]byte, error) {
	data, err := readBounded(path, bundle.MaxArchive)
	if err != nil {
		return nil, badFile("The package cannot be read", err)
	}
	return data, nil
}

// writeNew writes a file that must not exist yet, with mode 0600, and waits
// until it is on the disk. A secret is never written over something.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// writeWhole replaces path by data in one step, with the given mode.
func writeWhole(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".alcove-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
