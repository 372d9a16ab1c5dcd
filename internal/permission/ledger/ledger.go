// Package ledger keeps what apps did and tried: every call and prompt is
// counted by app, resource, action, target and minute, and the last ones of
// each app are kept in full. It keeps methods, exact targets, verdicts, codes,
// times and sizes, never what an app reads, writes or sends.
//
// Record never waits: it adds to sums in memory, which one goroutine writes to
// the vault at most once a second, all in one transaction, and a last time when
// the vault is locked. A crash loses what was counted in the last second, and
// nothing else. All of it is bounded: see bounds.go.
package ledger

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

// Options are what a Ledger can be told; the zero value is the product's.
type Options struct {
	Every time.Duration    // how often it writes at most; 0: a second
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: none

	bounds *bounds // nil: usual
}

// Ledger is the ledger of one unlocked vault. It is safe for use by several
// goroutines.
type Ledger struct {
	st     *store.Store
	bounds bounds
	every  time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	pending *batch
	closed  bool
	wrote   func()

	writing sync.Mutex // guards writer
	writer  writer

	dirty   chan struct{} // holds a value while there is something to write
	stop    chan struct{}
	stopped chan struct{}
}

// Open starts the ledger of a store, which stays open longer than it.
func Open(st *store.Store, o Options) *Ledger {
	l := &Ledger{
		st: st, every: o.Every, now: o.Now, log: o.Log, bounds: usual(),
		dirty: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if l.every == 0 {
		l.every = time.Second
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if o.bounds != nil {
		l.bounds = *o.bounds
	}
	l.pending, l.writer = newBatch(&l.bounds), newWriter(&l.bounds)
	go l.run()
	return l
}

// OnWrite makes fn the one that is told after each write. It must not wait.
func (l *Ledger) OnWrite(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrote = fn
}

// Record counts a call. It does not wait for the disk. After Close it does
// nothing.
func (l *Ledger) Record(e Entry) {
	if e.At == 0 {
		e.At = l.now().UnixMilli()
	}
	e.bound()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.pending.add(e)
	l.wake()
}

// wake lets the goroutine know of something to write.
func (l *Ledger) wake() {
	select {
	case l.dirty <- struct{}{}:
	default:
	}
}

// maxPause is how long the ledger waits at most before it tries again to write.
const maxPause = time.Minute

// run writes what was counted, at most once in a while. After a write that
// failed it tries again, ever later.
func (l *Ledger) run() {
	defer close(l.stopped)
	pause := l.every
	for {
		select {
		case <-l.dirty:
		case <-l.stop:
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-l.stop:
			timer.Stop()
			return
		}
		if err := l.Flush(context.Background()); err != nil {
			l.log.Warn("what apps did could not be written down yet", "error", err)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = l.every
	}
}

// Flush writes what was counted until now. If it fails, the counts are kept for
// the next time.
func (l *Ledger) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	b := l.pending
	if b.empty() {
		l.mu.Unlock()
		return nil
	}
	l.pending = newBatch(&l.bounds)
	l.mu.Unlock()
	err := l.writer.write(ctx, l.st, b, l.now())
	l.mu.Lock()
	wrote := l.wrote
	if err != nil {
		b.join(l.pending)
		l.pending = b
		l.wake()
	}
	l.mu.Unlock()
	if err == nil && wrote != nil {
		wrote()
	}
	return err
}

// Close writes what is left and ends the ledger.
func (l *Ledger) Close(ctx context.Context) error {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	if !first {
		return nil
	}
	close(l.stop)
	<-l.stopped
	return l.Flush(ctx)
}
