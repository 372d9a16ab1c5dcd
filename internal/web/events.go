package web

import (
	"context"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of the event log.
const (
	ringSize  = 1024
	batchSize = 256
	holdPoll  = 25 * time.Second
)

// event is one thing the page is told. Its data is encoded when it is posted,
// so nobody can change it afterwards.
type event struct {
	seq   uint64
	kind  string
	data  wire.Value
	brief bool       // worthless to a page that was not there when it happened
	many  *gathering // of an event that gathers, instead of data
}

// batch is the answer to one poll.
type batch struct {
	cursor uint64
	events []event
	gap    bool // events between the asked cursor and the first one were dropped
}

// eventLog is what Go tells the page: a bounded ring that the page reads with
// a cursor. A cursor the page presents says that everything up to it arrived;
// what was answered but never confirmed stays for the page after a reload.
type eventLog struct {
	mu        sync.Mutex
	ring      []event // ascending seq
	last      uint64  // seq of the newest event ever posted
	dropped   uint64  // seq of the newest event that fell off the ring
	confirmed uint64
	handed    uint64        // seq of the newest event that was answered to some poll
	epoch     uint64        // grows with every reload
	changed   chan struct{} // closed and replaced at every change
	closed    bool
	hold      time.Duration
}

func newEventLog() *eventLog {
	return &eventLog{changed: make(chan struct{}), hold: holdPoll}
}

// post adds an event with data that encoding/json can spell.
func (l *eventLog) post(kind string, data any) { l.add(kind, data, false) }

// postBrief adds an event that is dropped when the page reloads: a key that
// was pressed, a countdown, progress.
func (l *eventLog) postBrief(kind string, data any) { l.add(kind, data, true) }

func (l *eventLog) add(kind string, data any, brief bool) {
	value := encoded(data)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.push(event{kind: kind, data: value, brief: brief})
}

// encoded spells data as msgpack; what has no spelling is nil.
func encoded(data any) wire.Value {
	value, err := wire.Encode(func(e *wire.Encoder) error { return wire.Tree(e, data) })
	if err != nil {
		return []byte{0xc0}
	}
	return value
}

// push puts an event at the end of the log. The caller holds mu.
func (l *eventLog) push(e event) {
	if l.closed {
		return
	}
	l.last++
	e.seq = l.last
	l.ring = append(l.ring, e)
	if over := len(l.ring) - ringSize; over > 0 {
		l.dropped = l.ring[over-1].seq
		l.ring = append(l.ring[:0], l.ring[over:]...)
	}
	l.wake()
}

// wake ends every wait. The caller holds mu.
func (l *eventLog) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// poll answers with the events after cursor, waiting for one until ctx ends,
// the hold time passes, the page reloads or the log closes. A cursor from the
// future (an earlier launch) is answered from the start, with the gap flag.
func (l *eventLog) poll(ctx context.Context, cursor uint64) batch {
	ctx, cancel := context.WithTimeout(ctx, l.hold)
	defer cancel()
	l.mu.Lock()
	epoch := l.epoch
	foreign := cursor > l.last
	if foreign {
		cursor = 0
	}
	l.confirmed = max(l.confirmed, cursor)
	for {
		b := l.after(cursor)
		b.gap = b.gap || foreign
		changed := l.changed
		done := len(b.events) > 0 || b.gap || l.closed || l.epoch != epoch
		l.mu.Unlock()
		if done {
			return b
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return b
		}
		l.mu.Lock()
	}
}

// after returns what follows cursor. The caller holds mu.
func (l *eventLog) after(cursor uint64) batch {
	b := batch{cursor: cursor, gap: cursor < l.dropped}
	for _, e := range l.ring {
		if e.seq > cursor && len(b.events) < batchSize {
			b.events = append(b.events, e)
			b.cursor = e.seq
			l.handed = max(l.handed, e.seq)
		}
	}
	if b.gap {
		b.cursor = max(b.cursor, l.dropped)
	}
	return b
}

// start returns the cursor from which a page that just loaded should poll:
// behind everything that some page has confirmed.
func (l *eventLog) start() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.confirmed, l.dropped)
}

// reload drops what only the page before could use and ends its polls.
func (l *eventLog) reload() {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.ring[:0]
	for _, e := range l.ring {
		if !e.brief {
			kept = append(kept, e)
		}
	}
	l.ring = kept
	l.epoch++
	l.wake()
}

// close ends every poll, now and later, at once.
func (l *eventLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wake()
}
