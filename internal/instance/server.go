package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/alcove-vault/alcove/internal/fault"
)

const (
	socketName = "window.sock"
	lockName   = "window.lock"
	maxClients = 4
	readTime   = 5 * time.Second
)

// Server receives the messages of later starts.
type Server struct {
	listener net.Listener
	lock     *flock.Flock
	handle   func(context.Context, Message) error

	cancel  context.CancelFunc
	clients chan struct{} // a token per client that is being served
	work    sync.WaitGroup
}

// Listen makes this process the one that Send reaches. handle is called on a
// goroutine of its own, several at a time, with a context that ends after ten
// seconds; a fault it returns is the sender's answer. Close ends it. Errors:
// ErrRunning.
func Listen(handle func(context.Context, Message) error) (*Server, error) {
	dir, err := place()
	if err != nil {
		return nil, err
	}
	return listenIn(dir, handle)
}

func listenIn(dir string, handle func(context.Context, Message) error) (*Server, error) {
	// Who holds the lock owns the socket, so one that a crash left can go.
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lockName, err)
	}
	if !got {
		return nil, ErrRunning
	}
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, lock.Close())
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for later starts: %w", err), lock.Close())
	}
	_ = os.Chmod(path, 0o600) // the folder is closed to others already
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		listener: listener, lock: lock, handle: handle,
		cancel: cancel, clients: make(chan struct{}, maxClients),
	}
	s.work.Go(func() { s.accept(ctx) })
	return s, nil
}

// Close ends listening and waits for messages that are being handled.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.work.Wait()
	return errors.Join(err, s.lock.Close())
}

func (s *Server) accept(ctx context.Context) {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors: wait for a client to go, or a moment.
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		select {
		case s.clients <- struct{}{}:
		default:
			_ = c.Close() // too many at once
			continue
		}
		s.work.Go(func() {
			defer func() { <-s.clients }()
			s.serve(ctx, c)
		})
	}
}

func (s *Server) serve(ctx context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	if checkPeer(c) != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = c.SetDeadline(time.Now().Add(readTime))
	var r request
	err := readLine(c, &r)
	if err == nil && r.Version != version {
		err = fault.New("instance.version", "The open window is of another version of Alcove. Close it, then try again.")
	} else if err != nil {
		err = fault.Wrap("instance.malformed", "The open window did not understand the message. Close it, then try again.", err)
	} else if err = r.check(); err == nil {
		handling, cancel := context.WithTimeout(ctx, answerTime)
		err = s.handle(handling, r.Message)
		cancel()
	}
	answer := reply{OK: err == nil}
	if err != nil {
		f := fault.Of(err)
		answer.Code, answer.Message = f.Code, f.Message
	}
	line, err := json.Marshal(answer)
	if err != nil || len(line) >= maxLine || ctx.Err() != nil {
		return
	}
	_ = c.SetDeadline(time.Now().Add(readTime))
	_, _ = c.Write(append(line, '\n')) // a sender that went away wants no answer
}
