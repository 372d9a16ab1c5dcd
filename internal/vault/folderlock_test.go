//go:build unix

package vault

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLockThatIsNoFileIsRefused: somebody who can write to the folder must not
// be able to make unlocking wait for ever, or to have a file made elsewhere.
func TestLockThatIsNoFileIsRefused(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "made")
	for name, plant := range map[string]func(string) error{
		"pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"link": func(path string) error { return os.Symlink(elsewhere, path) },
		"dir":  func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		dir := t.TempDir()
		if err := plant(filepath.Join(dir, lockFile)); err != nil {
			t.Fatal(err)
		}
		if l, err := lockFolder(dir); err == nil {
			l.release()
			t.Errorf("a %s was locked", name)
		}
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a file was made elsewhere")
	}
	l, err := lockFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l.release()
}
