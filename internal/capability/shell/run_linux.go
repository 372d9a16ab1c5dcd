package shell

import (
	"net"
	"os/exec"
	"sync"
	"time"
)

// running is the part of a run that watches over its supervisor.
type running struct {
	*Run
	cmd     *exec.Cmd
	control *net.UnixConn
	ends    *ends
	left    func() // frees the run's place

	work   sync.WaitGroup
	once   sync.Once
	reason string // set by the first stop
	timer  *time.Timer
	kill   *time.Timer
}

// newRun watches over a program that has just been started.
func newRun(cmd *exec.Cmd, control *net.UnixConn, e *ends, s Spec, left func()) *Run {
	r := &running{
		Run: &Run{changed: make(chan struct{}), open: len(e.outputs), limit: s.Output},
		cmd: cmd, control: control, ends: e, left: left,
	}
	r.Run.stop, r.wait = r.stop, r.work.Wait
	if s.Terminal != nil {
		r.terminal = e.input
	} else if e.input != nil {
		r.work.Go(func() {
			defer e.input.Close()
			_, _ = e.input.Write(s.Stdin) // a program need not read its input
		})
	}
	if s.Time > 0 {
		r.timer = time.AfterFunc(s.Time, func() { r.stop(ReasonTime) })
	}
	for _, output := range e.outputs {
		r.work.Go(func() { r.copyOutput(output) })
	}
	r.work.Go(r.watch)
	return r.Run
}

// stop has the supervisor end everything. The first reason counts. A
// supervisor that does not obey is ended itself.
func (r *running) stop(reason string) {
	r.once.Do(func() {
		r.mu.Lock()
		r.reason = reason
		if r.result == nil {
			r.kill = time.AfterFunc(endTime, func() { _ = r.cmd.Process.Kill() })
		}
		r.mu.Unlock()
		_ = r.control.CloseWrite()
	})
}

// watch waits for the end of the program and of everything it started.
func (r *running) watch() {
	var last report
	if receive(r.control, &last) != nil {
		last = report{Code: -1} // it was killed
	}
	_ = r.cmd.Wait()
	r.once.Do(func() { r.reason = ReasonExit })
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Lock()
	if r.kill != nil {
		r.kill.Stop()
	}
	r.result = &Result{Code: last.Code, Signal: last.Signal, Reason: r.reason}
	r.tell()
	r.mu.Unlock()
	for _, output := range r.ends.outputs { // has copyOutput look
		_ = output.file.SetReadDeadline(time.Now().Add(endTime))
	}
	_ = r.control.Close()
	r.left()
	r.drain()
}

// drain closes our ends once the output that is left has been read, or nobody
// wants it.
func (r *running) drain() {
	r.mu.Lock()
	for r.open > 0 && !r.closed {
		changed := r.changed
		r.mu.Unlock()
		<-changed
		r.mu.Lock()
	}
	r.mu.Unlock()
	closeAll(r.ends.all)
}
