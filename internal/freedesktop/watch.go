package freedesktop

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// retryTime is how long a bus that is not there, or that broke off, is left
// alone. A desktop may start its services after Alcove.
const retryTime = 30 * time.Second

// Sources are what can be heard of on this machine.
type Sources struct {
	Sleep  bool // that it is about to sleep
	Screen bool // that its screen was locked
}

// WatchOptions say who hears of what. The functions are called one at a time
// per bus, on goroutines that Close waits for.
type WatchOptions struct {
	// Sleep runs before the machine sleeps. The machine waits until it returns,
	// as long as its login service allows (5 s unless it was changed).
	Sleep func()
	// Screen runs when the screen was locked.
	Screen func()
	// Changed is told what can be heard, whenever that changes.
	Changed func(Sources)
	Log     *slog.Logger

	retry time.Duration // for tests
}

// Watch hears of sleep and of the screen's lock until Close.
type Watch struct {
	o      WatchOptions
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu    sync.Mutex
	login Sources // through the login service, on the bus of the machine
	saver bool    // through a screen saver, on the bus of the session
}

// NewWatch begins to listen. It returns at once.
func NewWatch(o WatchOptions) *Watch {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.retry == 0 {
		o.retry = retryTime
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &Watch{o: o, cancel: cancel}
	w.work.Go(func() { w.keep(ctx, "login service", w.hearLogin) })
	w.work.Go(func() { w.keep(ctx, "screen saver", w.hearSaver) })
	return w
}

// Close stops listening and waits for what runs.
func (w *Watch) Close() {
	w.cancel()
	w.work.Wait()
}

// keep listens again whenever listening ends.
func (w *Watch) keep(ctx context.Context, to string, hear func(context.Context) error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := hear(ctx); err != nil && !errors.Is(err, ErrNone) && ctx.Err() == nil {
			w.o.Log.Warn("the machine is not heard for a while", "of", to, "reason", err)
		}
		timer.Reset(w.o.retry)
	}
}

// found notes what can be heard and tells if that is new.
func (w *Watch) found(note func()) {
	w.mu.Lock()
	before := w.sources()
	note()
	after := w.sources()
	w.mu.Unlock()
	if before != after && w.o.Changed != nil {
		w.o.Changed(after)
	}
}

func (w *Watch) sources() Sources {
	return Sources{Sleep: w.login.Sleep, Screen: w.login.Screen || w.saver}
}

// listen has conn deliver its signals in order, until it closes.
func listen(conn *dbus.Conn) <-chan *dbus.Signal {
	signals := make(chan *dbus.Signal, queued)
	conn.Signal(signals)
	return signals
}
