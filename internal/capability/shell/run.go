package shell

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// Why a run ended.
const (
	ReasonExit   = "exit"   // the program ended by itself
	ReasonTime   = "time"   // its time was over
	ReasonOutput = "output" // it wrote more than it may
	ReasonClosed = "closed" // its handle was closed
)

// Result is how a run ended.
type Result struct {
	Code   int // of the program; -1 if a signal ended it
	Signal int // that ended it, 0 for none
	Reason string
}

// piece is output of one stream in the order it came.
type piece struct {
	stream string // stdout, stderr or terminal
	data   []byte
}

// Run is a program that was started. Its methods may be called from any
// goroutine; reads follow each other.
type Run struct {
	stop     func(reason string) // ends the program and everything it started
	wait     func()              // returns when nothing of it is left and no goroutine runs
	terminal *os.File            // nil for pipes
	limit    int64               // bytes of output, 0 for none

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something below changes
	pieces  []piece
	queued  int
	total   int64
	open    int     // outputs that may give more
	result  *Result // nil while it runs
	closed  bool
}

// Read waits for output and returns at most limit bytes of one stream. Meta
// says which in "stream"; with the last, empty piece it says how the program
// ended: {code, signal, reason}.
func (r *Run) Read(ctx context.Context, limit int) (chunk []byte, done bool, meta map[string]any, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case r.closed:
			return nil, false, nil, errEnded
		case len(r.pieces) > 0:
			chunk, stream := r.take(limit)
			return chunk, false, map[string]any{"stream": stream}, nil
		case r.open == 0 && r.result != nil:
			end := *r.result
			return nil, true, map[string]any{"code": end.Code, "signal": end.Signal, "reason": end.Reason}, nil
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		r.mu.Lock()
		if err != nil {
			return nil, false, nil, err
		}
	}
}

// take removes up to limit bytes from the queue. The mutex is held.
func (r *Run) take(limit int) (chunk []byte, stream string) {
	first := &r.pieces[0]
	stream, chunk = first.stream, first.data
	if len(chunk) > limit {
		chunk, first.data = chunk[:limit:limit], chunk[limit:]
	} else {
		r.pieces = r.pieces[1:]
	}
	r.queued -= len(chunk)
	r.tell()
	return chunk, stream
}

// tell wakes everyone who waits. The mutex is held.
func (r *Run) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// room waits until output may be read from the program and reports whether any
// may at all.
func (r *Run) room() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.queued >= maxQueued && !r.closed {
		changed := r.changed
		r.mu.Unlock()
		<-changed
		r.mu.Lock()
	}
	return !r.closed
}

// add takes output in and reports whether it is too much now.
func (r *Run) add(stream string, data []byte) (flood bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.flooded() {
		return !r.closed
	}
	r.total += int64(len(data))
	if last := len(r.pieces) - 1; last >= 0 && r.pieces[last].stream == stream && len(r.pieces[last].data) < readSize {
		r.pieces[last].data = append(r.pieces[last].data, data...)
	} else {
		r.pieces = append(r.pieces, piece{stream, append([]byte(nil), data...)})
	}
	r.queued += len(data)
	r.tell()
	return r.flooded()
}

// over reports whether the program has ended.
func (r *Run) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.result != nil
}

func (r *Run) flooded() bool { return r.limit > 0 && r.total > r.limit }

// copyOutput moves one output into the queue until it ends. After the program's
// end there is only what is left in the pipe: if something still holds it open,
// which nothing that was ended can, nobody waits for that.
func (r *Run) copyOutput(s source) {
	buffer := make([]byte, readSize)
	for r.room() {
		over := r.over()
		if over {
			_ = s.file.SetReadDeadline(time.Now().Add(endTime))
		}
		n, err := s.file.Read(buffer)
		if n > 0 && r.add(s.name, buffer[:n]) {
			r.stop(ReasonOutput)
			if over {
				break
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && !over {
			continue
		}
		if err != nil { // the end of a pipe, and a terminal nobody has open
			break
		}
	}
	r.mu.Lock()
	r.open--
	r.tell()
	r.mu.Unlock()
}

// Write types into a terminal. Errors: shell.no_terminal, shell.ended.
func (r *Run) Write(ctx context.Context, data []byte) error {
	if r.terminal == nil {
		return errNoTerminal
	}
	if r.over() { // its terminal is closed a little later, once it has been read
		return errEnded
	}
	// A program that reads nothing lets the terminal fill up.
	_ = r.terminal.SetWriteDeadline(time.Time{}) // of the call before
	ended := context.AfterFunc(ctx, func() { _ = r.terminal.SetWriteDeadline(time.Unix(1, 0)) })
	defer ended()
	_, err := r.terminal.Write(data)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return errEnded
	}
	return nil
}

// Resize tells a terminal's program that its window has another size. Errors:
// shell.no_terminal, shell.size, shell.ended.
func (r *Run) Resize(size Size) error {
	switch {
	case r.terminal == nil:
		return errNoTerminal
	case !size.good():
		return errSize
	case r.over() || resize(r.terminal, size) != nil:
		return errEnded
	}
	return nil
}

func (s Size) good() bool {
	return s.Columns >= 1 && s.Columns <= MaxColumns && s.Rows >= 1 && s.Rows <= MaxColumns
}

// Close ends the program with everything it started, and waits for that.
func (r *Run) Close() error {
	r.mu.Lock()
	r.closed = true
	r.pieces, r.queued = nil, 0
	r.tell()
	r.mu.Unlock()
	r.stop(ReasonClosed)
	r.wait()
	return nil
}
