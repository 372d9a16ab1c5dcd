package shell

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// supervisorName is what Alcove's binary is called when it is a supervisor.
const supervisorName = "alcove-program"

// controlFile is the supervisor's end of the connection with Alcove.
const controlFile = 3

// IsSupervisor reports whether this process was started to supervise. Whoever
// uses a Launcher asks this first of all in main, and then calls Supervise.
func IsSupervisor() bool { return len(os.Args) == 1 && os.Args[0] == supervisorName }

// Supervise runs one program and returns the exit status of the supervisor. The
// program's end of pipes or terminal are the files 0, 1 and 2.
func Supervise() int {
	// What the program gets from its parent it gets from this thread.
	runtime.LockOSThread()
	control := os.NewFile(controlFile, "control")
	var o order
	if err := receive(control, &o); err != nil {
		return 1
	}
	if err := prepare(string(o.Dir)); err != nil {
		_ = send(control, report{Failed: "folder", Reason: err.Error()})
		return 1
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	program, err := start(o)
	if err != nil {
		_ = send(control, report{Failed: "start", Reason: err.Error()})
		return 1
	}
	letGo()
	if err := send(control, report{}); err != nil {
		asked <- syscall.SIGTERM // Alcove is gone already
	}
	ended := make(chan struct{})
	go func() {
		told := make(chan struct{})
		go func() { // Alcove says that it is over by closing its side, or by ending
			_, _ = control.Read(make([]byte, 1))
			close(told)
		}()
		select {
		case <-told:
		case <-asked:
		case <-ended:
		}
		endAll()
	}()
	status := reap(program, ended)
	_ = send(control, status) // if Alcove is gone, nobody wants to know
	return 0
}

// prepare makes this process the one that takes in what the program leaves
// behind, and sees to it that the program gets no more rights and files than
// meant.
func prepare(dir string) error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("take in what programs leave behind: %w", err)
	}
	// Programs that change the user could not be ended any more.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keep the program from new rights: %w", err)
	}
	// Libraries of the desktop may have left files open across exec.
	if err := unix.CloseRange(controlFile, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		if err := closeOnExec(); err != nil {
			return fmt.Errorf("keep files from the program: %w", err)
		}
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	// The kernel's own answer: if a part of the path was exchanged for a link
	// since it was judged, this is another folder.
	if now, err := unix.Getwd(); err != nil || now != dir {
		return fmt.Errorf("the folder is another one than was judged: %w", os.ErrInvalid)
	}
	return nil
}

// closeOnExec is CloseRange for kernels before 5.11.
func closeOnExec() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		var fd int
		if _, err := fmt.Sscan(e.Name(), &fd); err == nil && fd >= controlFile {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

func start(o order) (pid int, err error) {
	sys := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if o.Terminal {
		sys = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0, Pdeathsig: syscall.SIGKILL}
	}
	return syscall.ForkExec(string(o.Path), textsOf(o.Args), &syscall.ProcAttr{Env: textsOf(o.Env), Files: []uintptr{0, 1, 2}, Sys: sys})
}

// letGo gives up the program's ends of the pipes, which otherwise would not
// end with it.
func letGo() {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	for fd := range 3 {
		if err != nil {
			_ = unix.Close(fd)
		} else {
			_ = unix.Dup3(null, fd, 0)
		}
	}
}

// reap waits for every process there is to wait for. When the program has
// ended, ended is closed. It returns when nothing is left.
func reap(program int, ended chan struct{}) (status report) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return status // ECHILD
		case pid == program:
			status.Code = ws.ExitStatus() // -1 if a signal ended it
			if ws.Signaled() {
				status.Signal = int(ws.Signal())
			}
			close(ended)
		}
	}
}

// endAll ends everything below this process, again and again: it runs until
// the process exits, because nothing is left. Everything is stopped before
// anything is killed, so that what forks all the time cannot outrun it.
func endAll() {
	for {
		for _, pid := range descendants() {
			_ = unix.Kill(pid, unix.SIGSTOP)
		}
		for _, pid := range descendants() {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		time.Sleep(time.Millisecond)
	}
}
