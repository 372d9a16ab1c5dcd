//go:build unix

package app

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestReadPackage(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.alcove")
	if err := os.WriteFile(good, []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	name, data, err := readPackage(good)
	if err != nil || name != "good.alcove" || string(data) != "bytes" {
		t.Errorf("got %q, %q, %v", name, data, err)
	}

	pipe := filepath.Join(dir, "pipe.alcove")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, dir, filepath.Join(dir, "none.alcove")} {
		_, _, err := readPackage(path)
		if fault.Code(err) != "file.unreadable" {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		if m := fault.Of(err).Message; strings.Contains(m, dir) {
			t.Errorf("the message names the path: %s", m)
		}
	}
}

func TestReadPackageStopsAtTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.alcove")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(200 << 20); err != nil {
		t.Fatal(err)
	}
	f.Close()
	_, data, err := readPackage(path)
	if err != nil || len(data) != maxPackage {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
}
