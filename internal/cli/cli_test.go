package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/instance"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/vault"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"alcove": func() {
			os.Exit(Run(os.Args[1:], Options{
				Assets:  fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Alcove</title>")}},
				Version: "0.1.0", Stdout: os.Stdout, Stderr: os.Stderr,
			}))
		},
		"window": window,
	})
}

// window stands for a desktop window: it has the vault of its first argument
// open, takes handed files for it and writes their paths to its second.
func window() {
	err := func() error {
		dir, received := os.Args[1], os.Args[2]
		u, err := vault.Unlock(context.Background(), dir, keys.Passphrase([]byte("correct horse battery")))
		if err != nil {
			return err
		}
		s, err := instance.Listen(func(_ context.Context, m instance.Message) error {
			if m.Vault != u.Dir {
				return fault.New(instance.CodeOtherVault, "Another vault is open.")
			}
			return os.WriteFile(received, []byte(strings.Join(m.Files, "\n")+"\n"), 0o600)
		})
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		fmt.Println("open")
		if err := os.WriteFile(received+".ready", nil, 0o600); err != nil {
			return err
		}
		<-ctx.Done()
		return errors.Join(s.Close(), u.Lock())
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			// The address of a socket is bounded, so not below the work folder.
			runtime, err := os.MkdirTemp("", "ar")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(runtime) })
			env.Setenv("XDG_RUNTIME_DIR", runtime)
			haex, err := filepath.Abs("../bundle/testdata/haex")
			if err != nil {
				return err
			}
			env.Setenv("HAEX", haex)
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "appears": appears, "mode": mode, "get": get, "flip": flip, "same": same, "take": take,
		},
	})
}

// exits N COMMAND…: the command ends with exit status N.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// appears FILE: a background command writes FILE sooner or later.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

// mode FILE 0600
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("0%o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s", args[0], got)
	}
}

// get URLFILE PATH STATUS: asks the server whose address is in URLFILE.
func get(ts *testscript.TestScript, _ bool, args []string) {
	base, _, _ := strings.Cut(ts.ReadFile(args[0]), "/#")
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+args[1], nil)
	ts.Check(err)
	answer, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if strconv.Itoa(answer.StatusCode) != args[2] {
		ts.Fatalf("%s: %s", args[1], answer.Status)
	}
}

// take NAME PATTERN: sets the variable to what the pattern's group matches in
// the last output.
func take(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("%s is not in the output", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// flip FILE OFFSET: changes one bit.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[at] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// same FILE FILE: the files hold the same bytes, which cmp would print.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if equal := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); equal == neg {
		ts.Fatalf("equal: %v", equal)
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, good := range []string{"127.0.0.1:0", "127.0.0.1:8080", "localhost:1"} {
		if a, err := loopback(good); err != nil || !strings.HasPrefix(a, "127.0.0.1:") {
			t.Errorf("%s: %s, %v", good, a, err)
		}
	}
	for _, bad := range []string{"0.0.0.0:80", ":80", "[::]:80", "192.168.1.2:80", "example.com:80", "127.0.0.1", "127.0.0.2:1", ""} {
		if _, err := loopback(bad); statusOf(err) != StatusUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTextOfAPackageCannotSteerTheTerminal(t *testing.T) {
	got := table([][]string{{"a\x1b[2J", "b\r\nc"}, {"\u202eevil", "\u009b"}})
	if strings.ContainsAny(got, "\x1b\r\u202e\u009b") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
}

func TestGrantFilesAreReadStrictly(t *testing.T) {
	list, err := parseGrants([]byte(`[{"resource":"net","action":"fetch","target":"https://a.example/*","decision":"allow"}]`))
	if err != nil || len(list) != 1 || list[0].Decision != permission.Allow || list[0].Target != "https://a.example/*" {
		t.Fatalf("%v, %v", list, err)
	}
	for _, bad := range []string{
		``, `{}`, `null 1`, `[] []`, `[{"resource":"net","action":"fetch","target":"x","decision":"maybe"}]`,
		`[{"resource":"net"}]`, `[{"resource":"net","surprise":1,"decision":"allow"}]`,
	} {
		if _, err := parseGrants([]byte(bad)); fault.Code(err) != "cli.bad_grants" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzGrants(f *testing.F) {
	f.Add([]byte(`[{"resource":"net","action":"fetch","target":"*","decision":"ask"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := parseGrants(data)
		if err != nil && fault.Code(err) != "cli.bad_grants" {
			t.Error(err)
		}
		for _, c := range list {
			if c.Decision == "" {
				t.Error("an entry without a decision passed")
			}
		}
	})
}

func TestPassphraseFileLosesOneLineBreakOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	for in, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", "secret\n\n": "secret\n", " a\tb ": " a\tb ", //nolint:gocritic // spaces are part of it
	} {
		if err := os.WriteFile(path, []byte(in), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readPassphraseFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, bad := range [][]byte{nil, bytes.Repeat([]byte("x"), maxPassphraseFile+1)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readPassphraseFile(path); statusOf(err) != StatusUsage {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func TestInterruptedCommandSaysSo(t *testing.T) {
	dir := t.TempDir()
	pass := filepath.Join(dir, "pass")
	if err := os.WriteFile(pass, []byte("correct horse battery"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	o := Options{Stdout: &out, Stderr: &stderr}
	made := filepath.Join(dir, "Home")
	if status := run(t.Context(), []string{"vault", "create", made, "--passphrase-file", pass, "--recovery-out", filepath.Join(dir, "kit")}, o); status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status := run(ctx, []string{"vault", "check", made, "--passphrase-file", pass}, o); status != StatusRefused || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("status %d: %s", status, &stderr)
	}
}
