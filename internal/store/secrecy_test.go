package store

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
	"pgregory.net/rapid"
)

// leaks returns the files below the folders that contain one of the needles,
// as text, as UTF-16 or as hex.
func leaks(t testing.TB, folders []string, needles ...string) (found []string) {
	t.Helper()
	var forms [][]byte
	for _, n := range needles {
		var wide []byte
		for _, c := range []byte(n) {
			wide = append(wide, c, 0)
		}
		forms = append(forms, []byte(n), wide, []byte(hex.EncodeToString([]byte(n))))
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // a temporary file of somebody else went away
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return nil //nolint:nilerr // as above
			}
			for _, f := range forms {
				if bytes.Contains(data, f) {
					found = append(found, path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestPlaintextIsInNoFile(t *testing.T) {
	s, c := twoExtensions(t)
	folders := []string{dirOf(s)}
	rapid.Check(t, func(r *rapid.T) {
		needle := rapid.StringMatching(`[a-z]{16}`).Draw(r, "needle")
		size := rapid.IntRange(0, 20_000).Draw(r, "padding")
		value := strings.Repeat(needle, 1+size/len(needle))
		switch rapid.IntRange(0, 3).Draw(r, "how") {
		case 0:
			execute(t, c, "INSERT OR REPLACE INTO {notes} (title, body) VALUES (?, ?)", needle, value)
		case 1:
			execute(t, c, "INSERT INTO {notes} (title, data) VALUES (?, ?)", needle+"x", []byte(value))
		case 2:
			if err := migrate(s, 1, notesPrefix, migration(needle, "CREATE TABLE {"+needle+"} (x)")); err != nil && !strings.Contains(err.Error(), "already exists") {
				r.Fatal(err)
			}
		case 3:
			run(t, s, "INSERT OR REPLACE INTO alcove_setting VALUES (?, ?)", needle, value)
			if err := s.write(testContext, func(*conn) error { return s.checkpoint() }); err != nil {
				r.Fatal(err)
			}
		}
		if found := leaks(t, folders, needle, "alcove_setting", "SQLite format", notesPrefix); len(found) > 0 {
			r.Fatalf("plaintext in %v", found)
		}
	})
	// The search itself works.
	if err := os.WriteFile(filepath.Join(dirOf(s), "planted"), []byte("xxSQLite formatxx"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := leaks(t, folders, "SQLite format"); len(found) != 1 {
		t.Errorf("the planted file was not found: %v", found)
	}
}

// TestClosedStoreLeavesNoPlaintextInMemory lets SQLite itself make a text that
// Go never holds, and looks for it in the whole process. That is another
// process than the one that looks: a search holds in its own registers, and in
// what the kernel and the runtime save of them, what it has just read.
func TestClosedStoreLeavesNoPlaintextInMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc/PID/mem")
	}
	child := exec.Command(os.Args[0])
	// A goroutine interrupted in the middle of a copy leaves its registers in
	// memory that only the runtime can reach (SECURITY.md says so).
	child.Env = append(os.Environ(), childSecretEnv+"="+t.TempDir(), "GODEBUG=asyncpreemptoff=1")
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = child.Wait()
	})
	lines := bufio.NewScanner(out)
	if lines.Scan(); lines.Text() != "open" {
		t.Fatalf("the child said %q", lines.Text())
	}
	if n := searchMemory(t, child.Process.Pid); n == 0 {
		t.Fatal("an open store has nothing in its cache")
	}
	if _, err := fmt.Fprintln(in, "close"); err != nil {
		t.Fatal(err)
	}
	if lines.Scan(); lines.Text() != "closed" {
		t.Fatalf("the child said %q", lines.Text())
	}
	if n := searchMemory(t, child.Process.Pid); n != 0 {
		t.Errorf("found %d times after closing", n)
	}
}

const childSecretEnv = "ALCOVE_STORE_SECRET"

// holdSecret is the child: it fills a store in dir, says so, closes it when it
// is told to, says so, and ends with its input.
func holdSecret(dir string) error {
	s, err := Create(testContext, dir, testKeys{name: "ada"})
	if err != nil {
		return err
	}
	if err := s.Update(testContext, func(tx *sql.Tx) error {
		for i := range 200 {
			const insert = "INSERT INTO alcove_setting VALUES (?, replace(hex(zeroblob(90)), '00', 'NEEDLE' || (70000 + 7)))"
			if _, err := tx.Exec(insert, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.View(testContext, func(tx *sql.Tx) error {
		var n int // sorts, so that the values go through other memory than pages too
		return tx.QueryRow("SELECT count(*) FROM (SELECT DISTINCT value || key FROM alcove_setting ORDER BY 1)").Scan(&n)
	}); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println("open")
	lines.Scan()
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Println("closed")
	lines.Scan()
	return lines.Err()
}

// searchMemory counts the needle in the writable memory of a process.
func searchMemory(t *testing.T, pid int) (n int) {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	buf := make([]byte, 1<<20)
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") {
			continue
		}
		for at := from; at < to; {
			got, err := mem.ReadAt(buf[:min(uint64(len(buf)), to-at)], int64(at))
			if err != nil || got == 0 {
				break
			}
			n += countNeedle(buf[:got])
			at += uint64(got)
		}
	}
	return n
}

// countNeedle counts what the statement above makes, of which no constant with
// the whole exists.
func countNeedle(data []byte) (n int) {
	const first, second = "NEEDLE", "70007"
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte(first))
		if i < 0 {
			return n
		}
		at += i + len(first)
		if bytes.HasPrefix(data[at:], []byte(second)) {
			n++
		}
	}
}

func TestFreedMemoryIsOverwritten(t *testing.T) {
	create(t) // which sets the allocator
	tls := libc.NewTLS()
	defer tls.Close()
	const size = 300
	neighbour := sqlite3.Xsqlite3_malloc(tls, size) // keeps the memory mapped
	defer sqlite3.Xsqlite3_free(tls, neighbour)
	for _, free := range []func(p uintptr){
		func(p uintptr) { sqlite3.Xsqlite3_free(tls, p) },
		func(p uintptr) { sqlite3.Xsqlite3_free(tls, sqlite3.Xsqlite3_realloc(tls, p, 100*size)) },
		func(p uintptr) { sqlite3.Xsqlite3_free(tls, sqlite3.Xsqlite3_realloc(tls, p, 8)) },
	} {
		p := sqlite3.Xsqlite3_malloc(tls, size)
		copy(memory(p, size), bytes.Repeat([]byte{0xa5}, size))
		free(p)
		// Single bytes may be those of the allocator's own links.
		if bytes.Contains(memory(p, size), bytes.Repeat([]byte{0xa5}, 8)) {
			t.Error("the content is still there")
		}
	}
}
