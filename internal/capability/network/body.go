package network

import (
	"context"
	"errors"
	"io"
	"time"
)

// chunk is how many bytes are read from a connection at once.
const chunk = 64 << 10

// Body is the answer's bytes as they arrive, in chunks. It reads a little
// ahead of the app, and no further.
type Body struct {
	queue  *queue
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// newBody reads from plain until it ends, then closes raw and calls end.
func newBody(ctx context.Context, cancel context.CancelCauseFunc, l limits, limit int64, plain io.Reader, raw io.Closer, end func()) *Body {
	b := &Body{queue: newQueue(l.ahead), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		err := b.pump(ctx, l.silence, limit, plain)
		raw.Close()
		if !errors.Is(err, io.EOF) {
			err = errRead(ctx, err)
		}
		b.queue.end(err)
		end()
	}()
	return b
}

// pump fills the queue. A server that sends nothing for as long as silence,
// though it could, is given up.
func (b *Body) pump(ctx context.Context, silence time.Duration, limit int64, from io.Reader) error {
	clock := time.AfterFunc(silence, func() { b.cancel(errSilence) })
	defer clock.Stop()
	buffer, total := make([]byte, chunk), int64(0)
	for b.queue.room(ctx) {
		clock.Reset(silence)
		n, err := from.Read(buffer)
		clock.Stop()
		if total += int64(n); total > limit {
			return errTooLarge.With("limit", limit)
		}
		if n > 0 {
			b.queue.put(piece{data: append([]byte(nil), buffer[:n]...)})
		}
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// Read waits for bytes and returns at most limit of them, and whether they are
// the last. Several readers may wait; each chunk goes to one of them.
func (b *Body) Read(ctx context.Context, limit int) (data []byte, done bool, err error) {
	p, err := b.queue.take(ctx, limit)
	if errors.Is(err, io.EOF) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	return p.data, b.queue.finished(), nil
}

// Whole returns the body where all of it has arrived until ctx ends, and is at
// most limit bytes; otherwise it takes nothing.
func (b *Body) Whole(ctx context.Context, limit int) ([]byte, bool) {
	select {
	case <-b.done:
	case <-ctx.Done():
		return nil, false
	}
	return b.queue.whole(limit)
}

// Close aborts what still arrives and forgets what was not read.
func (b *Body) Close() {
	b.cancel(errClosedBody)
	<-b.done
	b.queue.drop(errClosedBody)
}
