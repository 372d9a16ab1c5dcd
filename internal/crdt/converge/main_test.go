package converge

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/store"
)

// long reports whether the long loops are wanted.
func long() bool { return os.Getenv("ALCOVE_FULL") == "1" }

// told reports whether the command line says how many runs or which seed. It is
// asked before runs sets anything itself.
var told = sync.OnceValue(func() (said bool) {
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "rapid.checks" || f.Name == "rapid.seed" })
	return said
})

// runs sets how many random runs a rapid.Check makes, unless the command line
// says it. A short series is the same every time, so that a test that fails is
// about the change that was made; a full one draws new seeds.
func runs(t *testing.T, short, full int) {
	if told() {
		return
	}
	n, seed := short, "20261120"
	if long() {
		n, seed = full, "0" // 0 is a new one
	}
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.seed": seed} {
		was := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set(name, was) })
	}
}

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
