//go:build unix

package files

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// crashEnv names the folder and the instant of a process that is to be killed.
const crashEnv = "ALCOVE_TEST_CRASH"

// Old and new content are of one size, so that a mixture cannot look whole.
var (
	oldContent = bytes.Repeat([]byte("old "), 64<<10)
	newContent = bytes.Repeat([]byte("new "), 64<<10)
)

// writeUntilKilled is the whole program of a process that TestAKill… starts. It
// writes one file and stops at an instant, or writes on and on.
func writeUntilKilled() {
	dir, instant, _ := strings.Cut(os.Getenv(crashEnv), "|")
	s := New(Options{Known: Known{"documents": dir}, Limits: DefaultLimits})
	instant, oldKernel := strings.CutSuffix(instant, ", old")
	s.oldKernel = oldKernel
	s.between = func(now string) {
		if now == instant {
			fmt.Println("here")
			select {}
		}
	}
	ctx := context.Background()
	fmt.Println("ready")
	for {
		p, err := s.Resolve(ctx, "{documents}/a.txt")
		if err != nil {
			panic(err)
		}
		w, err := s.Create(ctx, p, WriteOptions{Replace: true})
		if err != nil {
			panic(err)
		}
		for piece := range slices.Chunk(newContent, 4096) {
			if err := w.Write(ctx, piece); err != nil {
				panic(err)
			}
			fmt.Println("piece")
		}
		s.reached("written")
		if _, err := w.Commit(ctx); err != nil {
			panic(err)
		}
		if _, err := s.Write(ctx, p, oldContent, WriteOptions{Replace: true}); err != nil {
			panic(err)
		}
	}
}

// TestAKillLeavesOldOrNewContent kills a process that writes, at named instants
// and at arbitrary ones.
func TestAKillLeavesOldOrNewContent(t *testing.T) {
	for _, c := range []struct {
		instant string
		lines   int // how many the process is let say before it is killed
	}{
		{"opened", 2},
		{"written", 66},
		{"named", 66},
		{"opened, old", 2},
		{"written, old", 66},
		{"", 20},
		{"", 65},
		{"", 66},
		{"", 129},
		{"", 130},
		{"", 200},
		{", old", 65},
		{", old", 66},
		{", old", 129},
	} {
		instant := c.instant
		t.Run(fmt.Sprintf("at %q after %d", instant, c.lines), func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "a.txt")
			if err := os.WriteFile(file, oldContent, 0o640); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), crashEnv+"="+dir+"|"+instant)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for range c.lines {
				if !lines.Scan() {
					t.Fatal("the process ended by itself")
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // killed
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, oldContent) && !bytes.Equal(got, newContent) {
				t.Errorf("%d bytes that are neither the old nor the new content", len(got))
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("permission bits %v, %v", info.Mode(), err)
			}
			leftAlone(t, dir, instant)
		})
	}
}

// leftAlone checks that a crash left nothing an app sees, and nothing at all
// where files without a name are to be had, but at one instant.
func leftAlone(t *testing.T, dir, instant string) {
	t.Helper()
	s := New(Options{Known: Known{"documents": dir}, Limits: DefaultLimits})
	p, err := s.Resolve(t.Context(), "{documents}")
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.List(t.Context(), p, ListOptions{})
	if err != nil || len(page.Entries) != 1 || page.LeftOut != 0 {
		t.Errorf("apps see %v, %v", page, err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Name() != "a.txt" && !isDraft(e.Name()) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	if (instant == "opened" || instant == "written") && len(list) != 1 {
		t.Errorf("%d files after a kill at %q", len(list), instant)
	}
}
