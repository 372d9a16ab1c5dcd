//go:build linux

package shell

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// family starts what tries to get away: a child in a session of its own, one
// whose parents are gone, one that is both, and one that catches every signal.
// Each says that it is up.
const family = `
up='echo up; exec sleep 1000'
sh -c "$up" &
setsid sh -c "$up" &
(sh -c "$up" &)
setsid sh -c "(setsid sh -c '$up' &) &" &
trap '' INT TERM HUP QUIT
sh -c "trap '' INT TERM HUP QUIT; $up" &
`

const familySize = 5

// sleepers are the processes whose working folder is dir.
func sleepers(t *testing.T, dir string) (pids []int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if where, err := os.Readlink(link); err == nil && where == dir {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// childless fails if a process of this one is left, a zombie counts.
func childless(t *testing.T) {
	t.Helper()
	var status unix.WaitStatus
	if pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

func TestWhatAProgramStartedEndsWithIt(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		end    func(t *testing.T, r *Run)
	}{
		"closed": {family + "sleep 1000", func(t *testing.T, r *Run) {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}},
		"the program ends": {family + "read line < go; exit 4", func(t *testing.T, r *Run) {
			if _, end := output(t, r); end["reason"] != ReasonExit || end["code"] != 4 {
				t.Errorf("end %v", end)
			}
		}},
		"too much output": {family + "read line < go; yes", func(t *testing.T, r *Run) {
			if _, end := output(t, r); end["reason"] != ReasonOutput {
				t.Errorf("end %v", end)
			}
		}},
	} {
		for kind, spec := range map[string]Spec{"pipes": {Output: 1 << 20}, "terminal": {Output: 1 << 20, Terminal: &Size{80, 24}}} {
			t.Run(name+" "+kind, func(t *testing.T) {
				spec.Dir = folder(t)
				gate := filepath.Join(spec.Dir, "go")
				if err := unix.Mkfifo(gate, 0o600); err != nil {
					t.Fatal(err)
				}
				r := begin(t, New(), spec, "sh", "-c", c.script)
				until(t, r, "up", familySize)
				if n := len(sleepers(t, spec.Dir)); n < familySize {
					t.Fatalf("%d processes run, the test sees nothing", n)
				}
				if strings.Contains(c.script, "< go") {
					if err := os.WriteFile(gate, []byte("\n"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				c.end(t, r)
				if left := sleepers(t, spec.Dir); len(left) != 0 {
					t.Errorf("%d processes are left", len(left))
				}
				_ = r.Close()
				childless(t)
			})
		}
	}
}

// A chain: each process starts the next one and ends, faster than one could
// look.
func TestAProgramThatForksAllTheTimeIsEnded(t *testing.T) {
	dir := folder(t)
	r := begin(t, New(), Spec{Dir: dir}, "sh", "-c", `echo up; next() { ( next & ) ; }; next; sleep 1000`)
	until(t, r, "up", 1)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if left := sleepers(t, dir); len(left) != 0 {
		t.Errorf("%d processes are left", len(left))
	}
	childless(t)
}

func TestARunWhoseSupervisorIsKilledEnds(t *testing.T) {
	dir := folder(t)
	r := begin(t, New(), Spec{Dir: dir}, "sh", "-c", "echo $PPID; exec sleep 1000")
	supervisor, err := strconv.Atoi(strings.TrimSpace(until(t, r, "\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	gone := watched(t, sleepers(t, dir))
	if err := unix.Kill(supervisor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	gone()
	if _, end := output(t, r); end["code"] != -1 {
		t.Errorf("end %v", end)
	}
}

// ownAProgram is an Alcove that starts a program and is killed.
func ownAProgram() int {
	l := New()
	p, err := l.Find("sh")
	if err != nil {
		return 1
	}
	r, err := l.Start(context.Background(), Spec{Program: p, Args: []string{"-c", family + "sleep 1000"}, Dir: os.Getenv("ALCOVE_TEST_DIR")})
	if err != nil {
		return 1
	}
	for {
		chunk, done, _, err := r.Read(context.Background(), 1<<10)
		if err != nil || done {
			return 1
		}
		fmt.Print(string(chunk))
	}
}

func TestProgramsEndWhenAlcoveIsKilled(t *testing.T) {
	dir := folder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	owner := exec.Command(self)
	owner.Env = append(os.Environ(), "ALCOVE_TEST_CHILD=owner", "ALCOVE_TEST_DIR="+dir)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range familySize {
		if !lines.Scan() {
			t.Fatal("the program did not start")
		}
	}
	gone := watched(t, sleepers(t, dir))
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	gone()
}

// folder is a folder that nothing runs in yet, without links in its path.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// watched returns a function that waits until all these processes are gone.
func watched(t *testing.T, pids []int) (gone func()) {
	t.Helper()
	if len(pids) == 0 {
		t.Fatal("nothing runs, the test sees nothing")
	}
	var fds []int
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	return func() {
		t.Helper()
		for i, fd := range fds {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 5000)
			if n != 1 {
				t.Errorf("process %d is still there: %v", pids[i], err)
			}
			_ = unix.Close(fd)
		}
	}
}
