package bridge

import (
	"context"
	"time"
)

// patience is how long a call may take until its request is answered without
// its reply, so that others get the connection.
const patience = 200 * time.Millisecond

// Reply is what the page is answered for a call.
type Reply struct {
	// Envelope is the reply for the frame or, where the call is not done,
	// {id, ticket, waiting}. Result gives the reply for the ticket once the page
	// was told that the call is done. Waiting says that the call waits for a
	// person or something outside, and so has no time.
	Envelope []byte
	Deferred bool
}

// Call answers one envelope of the session with this secret. There always is a
// reply, in time or later. The work of a call ends with ctx as long as its
// request is not answered, and with the session.
func (b *Bridge) Call(ctx context.Context, secret string, envelope []byte) Reply {
	s := b.find(secret)
	if s == nil {
		return Reply{Envelope: encodeError(readID(envelope), errEnded)}
	}
	done, err := s.begin()
	if err != nil {
		return Reply{Envelope: encodeError(readID(envelope), err)}
	}
	c := &call{bridge: b, session: s, envelope: envelope, began: b.now(), reply: make(chan []byte, 1), asks: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	if err := c.run(steps[:quick]); err != nil {
		defer done()
		return Reply{Envelope: c.finish(err)}
	}
	s.running.add(c)
	go func() {
		defer done() // the session waits for it
		reply := c.finish(c.run(steps[quick:]))
		s.running.remove(c)
		if s.tickets.settle(c, reply) {
			c.reply <- reply
		}
	}()
	return c.await(ctx)
}

// await gives the call its time and then lets its request go.
func (c *call) await(ctx context.Context) Reply {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case reply := <-c.reply:
		return Reply{Envelope: reply}
	case <-ctx.Done():
		c.cancel(ctx.Err())
		return Reply{Envelope: c.session.encodeError(c.request.ID, errEnded)}
	case <-c.asks:
	case <-timer.C:
	}
	if envelope, ok := c.session.tickets.issue(c); ok {
		return Reply{Envelope: envelope, Deferred: true}
	}
	select {
	case reply := <-c.reply:
		return Reply{Envelope: reply}
	case <-ctx.Done():
		c.cancel(ctx.Err())
		return Reply{Envelope: c.session.encodeError(c.request.ID, errEnded)}
	}
}

// finish notes what became of the call and makes its reply.
func (c *call) finish(err error) []byte {
	defer c.cancel(nil)
	c.leave()
	var reply []byte
	if err == nil {
		reply, err = encodeResult(c.request.ID, c.result)
	}
	if err != nil {
		err = c.explain(err)
		reply = c.session.encodeError(c.request.ID, err)
	}
	c.session.network.meters.moved(c.through(), int64(len(c.envelope)+len(reply)), c.bridge.now())
	c.record(err, len(reply))
	return reply
}

// Result gives the reply of a deferred call of the session with this secret,
// once; id is the call's own. For a call that is not done it is deferred again.
func (b *Bridge) Result(secret, ticket string, id uint64) Reply {
	s := b.find(secret)
	if s == nil {
		return Reply{Envelope: encodeError(id, errEnded)}
	}
	return s.tickets.fetch(id, ticket)
}

// Ended is the reply to an envelope that comes when no vault is open.
func Ended(envelope []byte) []byte { return encodeError(readID(envelope), errEnded) }

// EndedCall is the reply to the call with this id when no vault is open.
func EndedCall(id uint64) []byte { return encodeError(id, errEnded) }
