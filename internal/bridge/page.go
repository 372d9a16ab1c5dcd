package bridge

import "github.com/alcove-vault/alcove/internal/wire"

// What the page is told. Each is one item of an event that gathers.
const (
	eventDone    = "call.done"      // {ticket}: the reply can be fetched
	eventWaiting = "call.waiting"   // {ticket}: a call that was merely slow waits for something outside
	eventPrompt  = "prompt.changed" // {waiting}: another question is to be shown, or none
	eventFrame   = "frame.event"    // {session, name, data}: for one frame
)

// maxEmit is the most bytes that one event for a frame may carry. What is
// larger is read through a handle.
const maxEmit = 4 << 10

// Page is told what concerns the frames of the host page.
type Page interface {
	// Tell passes an item on without waiting. A page that is slow finds the
	// items of a kind together, in order; of too many with one key it misses
	// the oldest.
	Tell(kind, key string, item any)
}

// Attach makes page the one that is told. Before, nobody is.
func (b *Bridge) Attach(page Page) { b.page.Store(&page) }

func (b *Bridge) tell(kind, key string, item any) {
	if page := b.page.Load(); page != nil {
		(*page).Tell(kind, key, item)
	}
}

// Emit tells the frame that something happened. Data is spelled as its JSON
// tags say and has at most 4 KiB; a larger one is not sent. Of more than 64
// events with one name that a frame has not seen, the oldest are dropped.
//
// A frame of another dialect is told by that dialect what it knows.
func (s *Session) Emit(name string, data any) {
	if s.haex != nil {
		return
	}
	value, err := wire.Encode(func(e *wire.Encoder) error { return wire.Tree(e, data) })
	if err != nil || len(value) > maxEmit || s.ctx.Err() != nil {
		return
	}
	s.tell(eventFrame, s.ID+" "+name, map[string]any{"session": s.ID, "name": name, "data": data})
}
