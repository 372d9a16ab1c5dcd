package instance

import (
	"fmt"
	"os"
	"path/filepath"
)

// maxSocketPath is what fits into the address of a Unix socket on every
// system.
const maxSocketPath = 100

// place returns a folder of this user alone, made if need be: "alcove" in the
// session's runtime folder, or else in the folder for temporary files under a
// name with the user's id.
func place() (string, error) {
	var errs []error
	for _, dir := range candidates() {
		err := private(dir)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no folder for the window's socket: %w", errs[len(errs)-1])
}

func candidates() []string {
	var dirs []string
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(runtime) {
		dirs = append(dirs, filepath.Join(runtime, "alcove"))
	}
	return append(dirs, fallback())
}

// private makes dir, or checks that it is one that nobody else could have
// planted: no link, owned by this user, closed to all others.
func private(dir string) error {
	if len(filepath.Join(dir, socketName)) > maxSocketPath {
		return fmt.Errorf("%s is too long", dir)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !ownedAndClosed(info) {
		return fmt.Errorf("%s is not a folder of this user alone", dir)
	}
	return nil
}
