//go:build linux

package shell

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/alcove-vault/alcove/internal/fault"
)

// begin starts a program of the system and has it ended with the test.
func begin(t *testing.T, l *Launcher, s Spec, program string, args ...string) *Run {
	t.Helper()
	r, err := tryBegin(t, l, s, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryBegin(t *testing.T, l *Launcher, s Spec, program string, args ...string) (*Run, error) {
	t.Helper()
	p, err := l.Find(program)
	if err != nil {
		t.Fatal(err)
	}
	s.Program, s.Args = p, args
	if s.Dir == "" {
		s.Dir = "/"
	}
	r, err := l.Start(t.Context(), s)
	if err == nil {
		t.Cleanup(func() { _ = r.Close() })
	}
	return r, err
}

// output reads a run to its end.
func output(t *testing.T, r *Run) (streams map[string]string, end map[string]any) {
	t.Helper()
	all := map[string][]byte{}
	for {
		chunk, done, meta, err := r.Read(t.Context(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			streams = map[string]string{}
			for name, data := range all {
				streams[name] = string(data)
			}
			return streams, meta
		}
		name := meta["stream"].(string)
		all[name] = append(all[name], chunk...)
	}
}

// until reads a run until its output contains n times mark.
func until(t *testing.T, r *Run, mark string, n int) (seen string) {
	t.Helper()
	for strings.Count(seen, mark) < n {
		chunk, done, meta, err := r.Read(t.Context(), 1<<20)
		if err != nil || done {
			t.Fatalf("waiting for %q: %v, %v after %q", mark, err, meta, seen)
		}
		seen += string(chunk)
	}
	return seen
}

func TestMetacharactersAreOrdinaryCharacters(t *testing.T) {
	l, dir := New(), t.TempDir()
	for _, arg := range []string{
		"; id", "&& id", "|| id", "| id", "& id", "`id`", "$(id)", "${HOME}", "$HOME", "$0",
		"> made", ">> made", "< /etc/passwd", "2>&1", "<(id)", "*", "?", "[a-z]*", "{a,b}", "~",
		"~root", "!!", "#", "'", `"`, `\`, `\n`, "a\nid", "\r", "\t", "%s", "%n", "-n", "--", "$((1+1))", "\x1b[31m", "", " ", "é\xff",
	} {
		streams, end := output(t, begin(t, l, Spec{Dir: dir}, "printf", "%s.", arg))
		if streams["stdout"] != arg+"." || streams["stderr"] != "" || end["code"] != 0 {
			t.Errorf("%q came as %q, %q, %v", arg, streams["stdout"], streams["stderr"], end)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func TestTheEnvironmentHoldsNothingOfAlcove(t *testing.T) {
	t.Setenv("ALCOVE_PASSPHRASE", "secret")
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus")
	t.Setenv("DISPLAY", ":9")
	t.Setenv("PATH", "/home/someone/bin")
	t.Setenv("HOME", "/home/someone")
	t.Setenv("LANG", "de_AT.UTF-8\nX=1")
	t.Setenv("TMPDIR", "here")
	want := []string{"HOME=/home/someone", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}
	streams, _ := output(t, begin(t, New(), Spec{}, "env"))
	got := strings.Split(strings.TrimSpace(streams["stdout"]), "\n")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the program has %q", got)
	}
	t.Setenv("LANG", "de_AT.UTF-8")
	t.Setenv("TMPDIR", "/var/tmp")
	streams, _ = output(t, begin(t, New(), Spec{}, "env"))
	for _, line := range []string{"LANG=de_AT.UTF-8\n", "TMPDIR=/var/tmp\n"} {
		if !strings.Contains(streams["stdout"], line) {
			t.Errorf("%q is missing in %q", line, streams["stdout"])
		}
	}
	// Nor does the supervisor, whose environment the program could read.
	streams, _ = output(t, begin(t, New(), Spec{}, "sh", "-c", "cat /proc/$PPID/environ"))
	if s := streams["stdout"]; strings.Contains(s, "secret") || !strings.Contains(s, "PATH=/usr/local/bin") {
		t.Errorf("the supervisor has %q", s)
	}
}

func TestNoFileOfAlcoveIsOpenInTheProgram(t *testing.T) {
	// A file that a library forgot to close on exec.
	fd, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	for name, terminal := range map[string]*Size{"pipes": nil, "terminal": {80, 24}} {
		streams, _ := output(t, begin(t, New(), Spec{Terminal: terminal}, "sh", "-c", "ls /proc/$$/fd; true"))
		got := strings.Fields(streams["stdout"] + streams["terminal"])
		// What dash itself keeps of a terminal it may have.
		if got = slices.DeleteFunc(got, func(s string) bool { return terminal != nil && s == "10" }); !slices.Equal(got, []string{"0", "1", "2"}) {
			t.Errorf("%s: open files %q", name, got)
		}
	}
}

func TestTheProgramGetsNoNewRights(t *testing.T) {
	streams, _ := output(t, begin(t, New(), Spec{}, "grep", "NoNewPrivs", "/proc/self/status"))
	if got := strings.Fields(streams["stdout"]); !slices.Equal(got, []string{"NoNewPrivs:", "1"}) {
		t.Errorf("got %q", got)
	}
}

func TestOutputIsMarkedAndTheEndIsTold(t *testing.T) {
	for _, c := range []struct {
		script   string
		out, err string
		code     int
		signal   int
	}{
		{"echo one; echo two >&2; exit 7", "one\n", "two\n", 7, 0},
		{"kill -9 $$", "", "", -1, 9},
		{"true", "", "", 0, 0},
		{"cat", "the input", "", 0, 0},
	} {
		streams, end := output(t, begin(t, New(), Spec{Stdin: []byte("the input")}, "sh", "-c", c.script))
		if streams["stdout"] != c.out || streams["stderr"] != c.err || end["code"] != c.code || end["signal"] != c.signal || end["reason"] != ReasonExit {
			t.Errorf("%s: %q, %v", c.script, streams, end)
		}
	}
}

func TestAllOfTheInputArrives(t *testing.T) {
	input := bytes.Repeat([]byte("0123456789abcdef"), MaxStdin/16)
	streams, end := output(t, begin(t, New(), Spec{Stdin: input}, "cat"))
	if streams["stdout"] != string(input) || end["code"] != 0 {
		t.Errorf("%d bytes came back, %v", len(streams["stdout"]), end)
	}
	// Who reads nothing does not keep the run from ending.
	_, end = output(t, begin(t, New(), Spec{Stdin: input}, "true"))
	if end["code"] != 0 {
		t.Errorf("end %v", end)
	}
}

func TestTheTimeIsBounded(t *testing.T) {
	_, end := output(t, begin(t, New(), Spec{Time: 50 * time.Millisecond}, "sleep", "1000"))
	if end["reason"] != ReasonTime || end["signal"] != int(unix.SIGKILL) {
		t.Errorf("end %v", end)
	}
}

func TestAFloodOfOutputIsBounded(t *testing.T) {
	const limit = 4 << 20
	r := begin(t, New(), Spec{Output: limit}, "yes")
	total, most := 0, 0
	for {
		chunk, done, meta, err := r.Read(t.Context(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			if meta["reason"] != ReasonOutput {
				t.Errorf("end %v", meta)
			}
			break
		}
		total += len(chunk)
		r.mu.Lock()
		most = max(most, r.queued)
		r.mu.Unlock()
	}
	if total > limit+readSize || most > maxQueued+2*readSize {
		t.Errorf("%d bytes were read, %d waited at once", total, most)
	}
	// While nobody reads, the program waits.
	r = begin(t, New(), Spec{}, "yes")
	r.mu.Lock()
	for r.queued < maxQueued {
		changed := r.changed
		r.mu.Unlock()
		<-changed
		r.mu.Lock()
	}
	r.mu.Unlock()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, _, _, err := r.Read(t.Context(), 1); fault.Code(err) != "shell.ended" {
		t.Errorf("reading a closed run: %v", err)
	}
}

func TestAReadEndsWithItsContext(t *testing.T) {
	r := begin(t, New(), Spec{}, "sleep", "1000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := r.Read(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestOnlySoManyRunAtOnce(t *testing.T) {
	l := New()
	var runs []*Run
	for range maxRunningOfOne {
		runs = append(runs, begin(t, l, Spec{Owner: 1}, "sleep", "1000"))
	}
	if _, err := tryBegin(t, l, Spec{Owner: 1}, "true"); fault.Code(err) != "shell.too_many" {
		t.Errorf("one too many: %v", err)
	}
	begin(t, l, Spec{Owner: 2}, "true")
	if err := runs[0].Close(); err != nil {
		t.Error(err)
	}
	if _, err := tryBegin(t, l, Spec{Owner: 1}, "true"); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}

func TestWhatIsRefusedBeforeItStarts(t *testing.T) {
	l, dir := New(), t.TempDir()
	target := dir + "/target"
	if err := os.Mkdir(target, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec Spec
		args []string
		code string
	}{
		"a folder that became a link": {spec: Spec{Dir: dir + "/link"}, code: "shell.folder"},
		"a folder that is gone":       {spec: Spec{Dir: dir + "/none"}, code: "shell.folder"},
		"a file as folder":            {spec: Spec{Dir: dir + "/file"}, code: "shell.folder"},
		"a way up":                    {spec: Spec{Dir: target + "/.."}, code: "shell.folder"},
		"no absolute folder":          {spec: Spec{Dir: "usr"}, code: "shell.folder"},
		"NUL":                         {args: []string{"a\x00b"}, code: "shell.arguments"},
		"many arguments":              {args: make([]string, MaxArgs+1), code: "shell.arguments"},
		"long arguments":              {args: []string{strings.Repeat("a", maxArgBytes)}, code: "shell.arguments"},
		"much input":                  {spec: Spec{Stdin: make([]byte, MaxStdin+1)}, code: "shell.arguments"},
		"a terminal without size":     {spec: Spec{Terminal: &Size{}}, code: "shell.size"},
	} {
		if _, err := tryBegin(t, l, c.spec, "true", c.args...); fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	p := Program{Name: "text", Path: dir + "/file", Real: dir + "/file"}
	if _, err := l.Start(t.Context(), Spec{Program: p, Dir: "/"}); fault.Code(err) != "shell.start" {
		t.Errorf("a file that is no program: %v", err)
	}
	if l.all != 0 {
		t.Errorf("%d runs are counted though none started", l.all)
	}
}

func TestATerminal(t *testing.T) {
	r := begin(t, New(), Spec{Terminal: &Size{Columns: 100, Rows: 40}}, "sh")
	write := func(s string) {
		t.Helper()
		if err := r.Write(t.Context(), []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	write("test -t 0 && echo is-$((40+2))-tty; stty size; echo $TERM\n")
	if seen := until(t, r, "xterm-256color", 1); !strings.Contains(seen, "is-42-tty") || !strings.Contains(seen, "40 100") {
		t.Errorf("the terminal shows %q", seen)
	}
	if err := r.Resize(Size{Columns: 60, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	write("stty size\n")
	until(t, r, "20 60", 1)
	// Ctrl+C reaches what runs in front. The quotes tell what is printed from
	// what was typed.
	write("PS1='<ne''xt>'\nsh -c 'echo as''leep; exec sleep 1000'\n")
	until(t, r, "asleep", 1)
	write("\x03")
	until(t, r, "<next>", 1)
	write("echo status-$?-\n")
	until(t, r, "status-130-", 1)
	if err := r.Resize(Size{Columns: 0, Rows: 20}); fault.Code(err) != "shell.size" {
		t.Errorf("no columns: %v", err)
	}
	write("exit 3\n")
	if _, end := output(t, r); end["code"] != 3 {
		t.Errorf("end %v", end)
	}
	if err := r.Write(t.Context(), []byte("x")); fault.Code(err) != "shell.ended" {
		t.Errorf("writing afterwards: %v", err)
	}
	pipes := begin(t, New(), Spec{}, "true")
	if err := pipes.Write(t.Context(), []byte("x")); fault.Code(err) != "shell.no_terminal" {
		t.Errorf("writing to pipes: %v", err)
	}
	if err := pipes.Resize(Size{1, 1}); fault.Code(err) != "shell.no_terminal" {
		t.Errorf("resizing pipes: %v", err)
	}
}
