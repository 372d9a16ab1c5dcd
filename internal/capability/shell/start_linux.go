package shell

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Start starts a program and returns when it runs. Close ends the run. Errors:
// shell.arguments, shell.too_many, shell.folder, shell.size, shell.start.
func (l *Launcher) Start(ctx context.Context, s Spec) (*Run, error) {
	if err := Check(s.Args, s.Stdin); err != nil {
		return nil, err
	}
	if s.Terminal != nil && !s.Terminal.good() {
		return nil, errSize
	}
	if !filepath.IsAbs(s.Dir) || filepath.Clean(s.Dir) != s.Dir {
		return nil, errFolder
	}
	if err := l.enter(s.Owner); err != nil {
		return nil, err
	}
	r, err := launch(ctx, s, func() { l.leave(s.Owner) })
	if err != nil {
		l.leave(s.Owner)
		if fault.Code(err) == fault.CodeInternal {
			err = fault.Wrap(errStart.Code, errStart.Message, err)
		}
		return nil, err
	}
	return r, nil
}

// ends are the two sides of what connects Alcove and the program.
type ends struct {
	theirs  [3]*os.File
	input   *os.File // nil if there is nothing to write
	outputs []source
	all     []*os.File // ours, to close
}

type source struct {
	name string
	file *os.File
}

// connect makes pipes or a terminal.
func connect(s Spec) (e *ends, err error) {
	e = &ends{}
	defer func() {
		if err != nil {
			closeAll(e.all)
			e.letGo()
		}
	}()
	if s.Terminal != nil {
		ours, theirs, err := openTerminal(*s.Terminal)
		if err != nil {
			return nil, err
		}
		e.theirs = [3]*os.File{theirs, theirs, theirs}
		e.input, e.outputs, e.all = ours, []source{{"terminal", ours}}, []*os.File{ours}
		return e, nil
	}
	if len(s.Stdin) == 0 {
		if e.theirs[0], err = os.Open(os.DevNull); err != nil {
			return e, err
		}
	} else {
		if e.theirs[0], e.input, err = os.Pipe(); err != nil {
			return e, err
		}
		e.all = append(e.all, e.input)
	}
	for i, name := range []string{"stdout", "stderr"} {
		var ours *os.File
		if ours, e.theirs[i+1], err = os.Pipe(); err != nil {
			return e, err
		}
		e.outputs, e.all = append(e.outputs, source{name, ours}), append(e.all, ours)
	}
	return e, nil
}

// letGo closes the program's side in this process.
func (e *ends) letGo() { closeAll(e.theirs[:]) }

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// launch starts the supervisor, hands it the order and waits for its word that
// the program runs.
func launch(ctx context.Context, s Spec, left func()) (*Run, error) {
	e, err := connect(s)
	if err != nil {
		return nil, err
	}
	defer e.letGo()
	control, theirs, err := controlPair()
	if err != nil {
		closeAll(e.all)
		return nil, err
	}
	defer theirs.Close()
	env := environment(s.Terminal != nil)
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{supervisorName}, Env: env, Dir: "/",
		ExtraFiles: []*os.File{theirs},
		// Out of the reach of keys pressed in the terminal Alcove was started in.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.theirs[0], e.theirs[1], e.theirs[2]
	if err := cmd.Start(); err != nil {
		closeAll(e.all)
		_ = control.Close()
		return nil, err
	}
	theirs.Close()
	e.letGo()
	o := order{
		Path: []byte(s.Program.Real), Args: bytesOf(append([]string{s.Program.Path}, s.Args...)),
		Dir: []byte(s.Dir), Env: bytesOf(env), Terminal: s.Terminal != nil,
	}
	if err := handOver(ctx, control, o); err != nil {
		_ = control.Close() // the supervisor ends everything
		closeAll(e.all)
		abandon(cmd)
		return nil, err
	}
	return newRun(cmd, control, e, s, left), nil
}

// handOver gives the order and waits until the program runs, or does not.
func handOver(ctx context.Context, control *net.UnixConn, o order) error {
	_ = control.SetDeadline(time.Now().Add(endTime * 5))
	stop := context.AfterFunc(ctx, func() { _ = control.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := send(control, o); err != nil {
		return fmt.Errorf("hand over to the supervisor: %w", err)
	}
	var first report
	if err := receive(control, &first); err != nil {
		return fmt.Errorf("hear of the supervisor: %w", err)
	}
	switch first.Failed {
	case "":
	case "folder":
		return fault.Wrap(errFolder.Code, errFolder.Message, fmt.Errorf("%s", first.Reason))
	default:
		return fmt.Errorf("start the program: %s", first.Reason)
	}
	if !stop() {
		return ctx.Err()
	}
	return control.SetDeadline(time.Time{})
}

// controlPair makes the connection between Alcove and a supervisor.
func controlPair() (ours *net.UnixConn, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	mine := os.NewFile(uintptr(pair[0]), "control")
	theirs = os.NewFile(uintptr(pair[1]), "control")
	conn, err := net.FileConn(mine) // has its own descriptor
	mine.Close()
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// abandon waits for a supervisor that was told to end, and ends it where it
// does not obey.
func abandon(cmd *exec.Cmd) {
	kill := time.AfterFunc(endTime, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	_ = cmd.Wait() // its status says nothing
}
