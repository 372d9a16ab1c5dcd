package converge

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/store"
)

// long reports whether the long loops are wanted.
func long() bool { return os.Getenv("ALCOVE_FULL") == "1" }

// scratch is a folder for many small vaults, in memory where there is one.
var scratch = sync.OnceValues(func() (string, error) {
	for _, root := range []string{"/dev/shm", os.TempDir()} {
		if dir, err := os.MkdirTemp(root, "alcove-converge-"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "alcove-converge-")
})

// emptyVault is the folder of a vault that holds nothing yet.
func emptyVault(t reporter) string {
	t.Helper()
	dir, err := makeEmptyVault()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var makeEmptyVault = sync.OnceValues(func() (string, error) {
	root, err := scratch()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "empty")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	s, err := store.Create(testContext, dir, keys{})
	if err != nil {
		return "", err
	}
	_, err = crdt.Open(testContext, s)
	return dir, errors.Join(err, s.Close())
})

// folder makes a folder for the devices of one run.
func folder(t reporter) string {
	t.Helper()
	root, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	return folderIn(t, root)
}

func folderIn(t reporter, root string) string {
	t.Helper()
	dir, err := os.MkdirTemp(root, "run")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		writeUntilKilled(dir)
	}
	flag.Parse()
	told()                                   // before anything is set here
	debug.SetGCPercent(400)                  // many small vaults: the memory is there
	_ = flag.Set("rapid.nofailfile", "true") // the seed is enough
	code := m.Run()
	if dir, err := scratch(); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}
