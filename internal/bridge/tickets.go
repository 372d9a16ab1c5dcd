package bridge

import (
	"errors"
	"sync"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of the replies of one session that the page has not fetched.
const (
	maxTickets     = 1024
	maxTicketBytes = 64 << 20
)

// tickets keeps what became of the calls of a session whose request was
// answered before they were done, until the page fetches it.
type tickets struct {
	tell func(kind, key string, item any)

	mu    sync.Mutex
	open  map[string]*ticket
	bytes int // of replies that are there
}

// ticket stands for one call. Reply is nil as long as the call is not done.
type ticket struct {
	call  *call
	reply []byte
}

// A call settles once: its reply goes back with its request, or waits here.
// Settle reports that the request is to carry it.
func (t *tickets) settle(c *call, reply []byte) (direct bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.settled = true
	if c.ticket == "" {
		return true
	}
	if t.bytes+len(reply) > maxTicketBytes {
		reply = c.session.encodeError(c.request.ID, errUnfetched)
	}
	t.bytes += len(reply)
	t.open[c.ticket].reply = reply
	t.tell(eventDone, c.ticket, map[string]any{"ticket": c.ticket})
	return false
}

// issue gives the call a ticket. It has none where the call is done already or
// too much is unfetched; then its request goes on waiting for it.
func (t *tickets) issue(c *call) (envelope []byte, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.settled || len(t.open) >= maxTickets {
		return nil, false
	}
	if t.open == nil {
		t.open = make(map[string]*ticket)
	}
	c.ticket = random()
	t.open[c.ticket] = &ticket{call: c}
	return encodeTicket(c.request.ID, c.ticket, c.waits), true
}

// waits notes that the call waits for something outside Alcove, and tells a
// page that was told nothing of it yet.
func (t *tickets) waits(c *call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.waits {
		return
	}
	c.waits = true
	if c.ticket != "" && !c.settled {
		t.tell(eventWaiting, c.ticket, map[string]any{"ticket": c.ticket})
	}
}

// fetch takes the reply of a ticket. A call that is not done keeps it.
func (t *tickets) fetch(id uint64, name string) Reply {
	t.mu.Lock()
	defer t.mu.Unlock()
	held := t.open[name]
	switch {
	case held == nil:
		return Reply{Envelope: encodeError(id, errFetched)}
	case held.reply == nil:
		return Reply{Envelope: encodeTicket(held.call.request.ID, name, held.call.waits), Deferred: true}
	default:
		delete(t.open, name)
		t.bytes -= len(held.reply)
		return Reply{Envelope: held.reply}
	}
}

// encodeTicket writes {id, ticket, waiting}.
func encodeTicket(id uint64, name string, waiting bool) []byte {
	data, _ := wire.Encode(func(e *wire.Encoder) error { // cannot fail: all of it has an encoding
		return errors.Join(e.EncodeMapLen(3), e.EncodeString("id"), e.EncodeUint(id),
			e.EncodeString("ticket"), e.EncodeString(name), e.EncodeString("waiting"), e.EncodeBool(waiting))
	})
	return data
}
