// Package instance hands files to the window that is already open.
//
// The window listens on a socket that only its user can reach. A second start
// of Alcove, or `alcove ext install` for a vault that the window has open,
// sends one line of JSON and gets one line back. The package knows nothing of
// vaults or reviews: what a message means is the listener's business.
//
// The protocol, version 1: the client writes {"v":1,"files":[path…],"vault":
// path} and a line feed; the server answers {"ok":true} or {"ok":false,"code":
// …,"message":…} and a line feed, and closes. A line has at most 64 KiB, a
// message at most 16 files, every path is absolute. The socket's folder is closed
// to other users; on Linux both sides also check that the other one belongs to
// the same user.
package instance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

const (
	version    = 1
	maxLine    = 64 << 10
	maxFiles   = 16
	answerTime = 10 * time.Second
)

// ErrNone means that no window is open.
var ErrNone = fault.New("instance.none", "No Alcove window is open. Open one, then try again.")

// ErrRunning means that another process listens already.
var ErrRunning = fault.New("instance.running", "An Alcove window is already open. Use that one, or close it first.")

// Message is what a second start wants from the open window.
type Message struct {
	// Files are packages to review, as absolute paths. None means: come to the
	// front.
	Files []string `json:"files"`
	// Vault is the folder of the vault the files are for, as an absolute path.
	// Empty means whichever is open. A window that has another one open, or
	// none, refuses with CodeOtherVault.
	Vault string `json:"vault"`
}

// CodeOtherVault is the code of a refusal because the window has not this
// vault open.
const CodeOtherVault = "instance.other_vault"

type request struct {
	Version int `json:"v"`
	Message
}

type reply struct {
	OK      bool   `json:"ok"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

func (m Message) check() error {
	if len(m.Files) > maxFiles {
		return fault.New("instance.malformed", fmt.Sprintf("At most %d files can be handed over at once. Choose fewer.", maxFiles))
	}
	paths := m.Files
	if m.Vault != "" {
		paths = append(paths[:len(paths):len(paths)], m.Vault)
	}
	for _, p := range paths {
		if !filepath.IsAbs(p) {
			return fault.New("instance.malformed", "A path that is not absolute cannot be handed over to the open window. Write it from the root on.")
		}
	}
	return nil
}

// Send hands m to the open window and waits for its answer, at most ten
// seconds. Errors: ErrNone, or what the window refused with.
func Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	dir, err := place()
	if err != nil {
		return err
	}
	return sendTo(ctx, dir, m)
}

func sendTo(ctx context.Context, dir string, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "unix", filepath.Join(dir, socketName))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("reach the open window: %w", err)
	}
	defer func() { _ = c.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := checkPeer(c); err != nil {
		return fmt.Errorf("reach the open window: %w", err)
	}
	line, err := json.Marshal(request{version, m})
	if err != nil {
		return err
	}
	if len(line) >= maxLine {
		return fault.New("instance.malformed", "The paths are too long to be handed over to the open window. Choose fewer files.")
	}
	if _, err := c.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("hand over to the open window: %w", err)
	}
	var answer reply
	if err := readLine(c, &answer); err != nil {
		return fmt.Errorf("answer of the open window: %w", err)
	}
	if !answer.OK {
		return fault.New(answer.Code, answer.Message)
	}
	return nil
}

// readLine decodes one line of at most maxLine bytes.
func readLine(r io.Reader, into any) error {
	line, err := bufio.NewReaderSize(io.LimitReader(r, maxLine), 4096).ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}
