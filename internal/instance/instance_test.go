package instance

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder is short: the address of a socket is bounded.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ai")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func listening(t *testing.T, dir string, handle func(context.Context, Message) error) *Server {
	t.Helper()
	s, err := listenIn(dir, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestMessageReachesTheWindow(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", folder(t))
	want := Message{Files: []string{"/a/b.alcove", "/c.alcove"}, Vault: "/v"}
	if err := Send(t.Context(), want); !errors.Is(err, ErrNone) {
		t.Fatalf("before the window: %v", err)
	}
	got := make(chan Message, 1)
	s, err := Listen(func(_ context.Context, m Message) error { got <- m; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := Send(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, <-got); diff != "" {
		t.Error(diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Send(t.Context(), want); !errors.Is(err, ErrNone) {
		t.Errorf("after the window: %v", err)
	}
}

func TestRefusalComesBackWithoutItsCause(t *testing.T) {
	dir := folder(t)
	listening(t, dir, func(_ context.Context, m Message) error {
		if m.Vault == "/other" {
			return fault.Wrap(CodeOtherVault, "Another vault is open.", errors.New("/home/ada/secret"))
		}
		return errors.New("read /home/ada/secret: no such file")
	})
	for vault, code := range map[string]string{"/other": CodeOtherVault, "/mine": fault.CodeInternal} {
		err := sendTo(t.Context(), dir, Message{Vault: vault})
		if fault.Code(err) != code || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", vault, err)
		}
	}
}

func TestOneWindowListens(t *testing.T) {
	dir := folder(t)
	first := listening(t, dir, func(context.Context, Message) error { return nil })
	if _, err := listenIn(dir, nil); !errors.Is(err, ErrRunning) {
		t.Errorf("second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	listening(t, dir, nil)
}

func TestSocketOfACrashedWindowIsReplaced(t *testing.T) {
	dir := folder(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if err := sendTo(t.Context(), dir, Message{}); !errors.Is(err, ErrNone) {
		t.Errorf("a dead socket: %v", err)
	}
	listening(t, dir, func(context.Context, Message) error { return nil })
	if err := sendTo(t.Context(), dir, Message{}); err != nil {
		t.Error(err)
	}
}

func TestBadMessagesAreRefusedOnBothSides(t *testing.T) {
	many := make([]string, maxFiles+1)
	for i := range many {
		many[i] = "/x"
	}
	for _, m := range []Message{{Files: []string{"relative"}}, {Vault: "v"}, {Files: many}} {
		if err := Send(t.Context(), m); fault.Code(err) != "instance.malformed" {
			t.Errorf("Send(%v): %v", m, err)
		}
	}
	dir := folder(t)
	listening(t, dir, func(context.Context, Message) error {
		t.Error("a bad message was handled")
		return nil
	})
	for line, code := range map[string]string{
		"nonsense\n":                             "instance.malformed",
		`{"v":1,"files":["relative"]}` + "\n":    "instance.malformed",
		`{"v":1,"files":7}` + "\n":               "instance.malformed",
		`{"v":2,"files":[]}` + "\n":              "instance.version",
		strings.Repeat("x", maxLine+10):          "instance.malformed",
		`{"v":1,"vault":"../elsewhere"}` + "\n":  "instance.malformed",
		`{"v":1,"files":["/a"],"vault":"v"}\n\n`: "",
	} {
		c, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		c.Write([]byte(line))
		c.(*net.UnixConn).CloseWrite()
		var answer reply
		if err := readLine(c, &answer); err == nil && (answer.OK || code != "" && answer.Code != code) {
			t.Errorf("%.40q: %+v", line, answer)
		}
		c.Close()
	}
}

func TestWindowThatClosesLetsASenderGo(t *testing.T) {
	dir := folder(t)
	entered := make(chan struct{})
	s := listening(t, dir, func(ctx context.Context, _ Message) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	})
	sent := make(chan error, 1)
	go func() { sent <- sendTo(context.Background(), dir, Message{}) }()
	<-entered
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err == nil {
		t.Error("the sender believes it was heard")
	}
}

func TestFoldersThatOthersCouldReachAreNotUsed(t *testing.T) {
	open, link := folder(t), filepath.Join(folder(t), "link")
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder(t), link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{open, link, "/" + strings.Repeat("x", 120)} {
		if err := private(dir); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
	if os.Getuid() == 0 {
		foreign := folder(t)
		if err := os.Chown(foreign, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := private(foreign); err == nil {
			t.Error("a folder of another user was accepted")
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"v":1,"files":["/a"],"vault":"/v"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r request
		if readLine(bytes.NewReader(data), &r) != nil || r.check() != nil {
			return
		}
		for _, p := range append(r.Files, r.Vault) {
			if p != "" && !filepath.IsAbs(p) {
				t.Errorf("relative path %q passed", p)
			}
		}
	})
}
