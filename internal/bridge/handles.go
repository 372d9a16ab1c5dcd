package bridge

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Handle is an open thing of a session: a file that is read in pieces, a
// connection, a program that runs. What can be read is a Reader too, what can
// be written a Writer, and what the app ends on purpose a Finisher.
type Handle interface {
	// Close gives up what is not finished. It ends reads and writes that run,
	// and may be called more than once.
	Close() error
}

// Reader is a handle that gives data.
type Reader interface {
	// Read waits for data and returns at most limit bytes of it. Done says that
	// nothing follows. Meta is what there is to say beside the data, or nil; it
	// is spelled as wire.Tree does.
	Read(ctx context.Context, limit int) (chunk []byte, done bool, meta map[string]any, err error)
}

// Writer is a handle that takes data.
type Writer interface {
	// Write takes all of data or fails.
	Write(ctx context.Context, data []byte) error
}

// TextWriter is a Writer for which text is something else than its bytes.
type TextWriter interface {
	WriteText(ctx context.Context, text string) error
}

// Finisher is a handle whose end is a step of its own, for example putting a
// written file in its place.
type Finisher interface {
	// Finish is called at most once, before Close. Meta is the answer to the app.
	Finish(ctx context.Context) (meta map[string]any, err error)
}

// closers is how many things are closed side by side: each may hold a thread of
// the system for as long as a slow disk takes.
const closers = 64

// handles are what a session has open, by the numbers the app knows them by.
type handles struct {
	all *openHandles // of every session

	mu    sync.Mutex
	open  map[uint64]*entry
	last  uint64
	limit int
	over  bool
}

// entry is one open thing. Reads follow each other, and so do writes.
type entry struct {
	thing   Handle
	wants   []permission.Call // what it was opened with; none where that was implicit
	ended   error             // why Alcove closed it, for the app that still uses it
	closing bool              // the app ends it; to the app it is not there any more
	reading chan struct{}
	writing chan struct{}
}

// keep puts an open thing into the session's table and returns its number. It
// closes the thing where there is no room or the session has ended.
func (s *Session) keep(thing Handle, wants ...permission.Call) (uint64, error) {
	h := &s.handles
	h.mu.Lock()
	var err error
	switch {
	case h.over:
		err = errEnded
	default:
		err = h.full()
	}
	if err != nil {
		h.mu.Unlock()
		_ = thing.Close() // nobody has seen it
		return 0, err
	}
	defer h.mu.Unlock()
	if h.open == nil {
		h.open = make(map[uint64]*entry)
	}
	h.last++
	h.all.count.Add(1)
	h.open[h.last] = &entry{thing: thing, wants: wants, reading: make(chan struct{}, 1), writing: make(chan struct{}, 1)}
	return h.last, nil
}

// wants is what an open thing was opened with, none of one that is not there.
func (h *handles) wants(number uint64) []permission.Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e := h.open[number]; e != nil {
		return e.wants
	}
	return nil
}

// room reports whether another thing can be kept, so that a method can say no
// before it opens one.
func (h *handles) room() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.full()
}

// full says why nothing more can be kept, nil where something can. The caller
// holds mu.
func (h *handles) full() error {
	switch n := len(h.open); {
	case n >= h.limit:
		return errHandles.With("limit", h.limit)
	case n >= store.DefaultLimits().Handles && h.all.count.Load() >= h.all.most:
		return errAllHandles
	default:
		return nil
	}
}

// allow changes how many things can be open from now on.
func (h *handles) allow(limit int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.limit = limit
}

// count is how many things are open.
func (h *handles) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

// find returns an open thing.
func (h *handles) find(number uint64) (*entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.open[number]
	switch {
	case e == nil, e.closing:
		return nil, errHandle.With("handle", number)
	case e.ended != nil:
		return nil, e.ended
	default:
		return e, nil
	}
}

// reason is err, or why Alcove closed the thing while it was used.
func (h *handles) reason(number uint64, err error) error {
	if err == nil {
		return nil
	}
	if _, ended := h.find(number); ended != nil {
		return ended
	}
	return err
}

// take gives a thing to the one who will close it and then drop it. Until then
// it stays where endWhere finds it.
func (h *handles) take(number uint64) (*entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.open[number]
	if e == nil || e.closing {
		return nil, errHandle.With("handle", number)
	}
	e.closing = true
	return e, nil
}

// drop removes a thing.
func (h *handles) drop(number uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.open[number]; ok {
		delete(h.open, number)
		h.all.count.Add(-1)
	}
}

// alive returns why Alcove closed a thing, nil if it did not.
func (h *handles) alive(e *entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.ended
}

// endWhere closes what gone says must not be open any more. The numbers stay
// until the app closes them, so that it learns why.
func (h *handles) endWhere(why error, gone func(wants []permission.Call) bool) {
	h.mu.Lock()
	var ended []*entry
	for _, e := range h.open {
		if e.ended == nil && gone(e.wants) {
			e.ended = why
			ended = append(ended, e)
		}
	}
	h.mu.Unlock()
	for _, e := range ended {
		_ = e.thing.Close() // the app learns why from what it calls next
	}
}

// close closes everything, for good.
func (h *handles) close() {
	h.mu.Lock()
	list := slices.Collect(maps.Values(h.open))
	h.open, h.over = nil, true
	h.mu.Unlock()
	h.all.count.Add(-int64(len(list)))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(closers, len(list)) {
		wait.Go(func() {
			for i := next.Add(1); i <= int64(len(list)); i = next.Add(1) {
				_ = list[i-1].thing.Close() // nobody is left to hear of it
			}
		})
	}
	wait.Wait()
}

// turn waits for the one before to be done; the returned function lets the
// next one in.
func turn(ctx context.Context, one chan struct{}) (func(), error) {
	select {
	case one <- struct{}{}:
		return func() { <-one }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
