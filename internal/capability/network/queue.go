package network

import (
	"context"
	"errors"
	"io"
	"sync"
)

// maxPieces of a queue wait at once, however small they are.
const maxPieces = 256

// piece is a run of bytes that arrived together.
type piece struct {
	data []byte
	text bool // of a message: it is text
	more bool // of a message: another piece of the same follows
}

// queue holds what has arrived until the app takes it. Who fills it waits
// where it is full, so that a server is read no faster than its reader.
type queue struct {
	limit int // bytes

	mu     sync.Mutex
	pieces []piece
	bytes  int
	waste  bool          // what comes from now on is forgotten
	err    error         // what follows the last piece; nil while more may come
	filled chan struct{} // holds one: there is something to take
	taken  chan struct{} // holds one: there is room again
	ended  chan struct{} // closed with err
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, filled: make(chan struct{}, 1), taken: make(chan struct{}, 1), ended: make(chan struct{})}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// room waits until there is room and reports false where ctx ended first.
func (q *queue) room(ctx context.Context) bool {
	for {
		q.mu.Lock()
		free := q.waste || q.bytes < q.limit && len(q.pieces) < maxPieces
		q.mu.Unlock()
		if free {
			return ctx.Err() == nil
		}
		select {
		case <-q.taken:
		case <-ctx.Done():
			return false
		}
	}
}

// put adds a piece; the queue keeps its bytes.
func (q *queue) put(p piece) {
	q.mu.Lock()
	if !q.waste {
		q.pieces, q.bytes = append(q.pieces, p), q.bytes+len(p.data)
	}
	q.mu.Unlock()
	signal(q.filled)
}

// seal keeps what is there and forgets what still comes, without waiting for
// room.
func (q *queue) seal() {
	q.mu.Lock()
	q.waste = true
	q.mu.Unlock()
	signal(q.taken)
}

// end lets nothing more come. What is there can still be taken.
func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
		close(q.ended)
	}
}

// drop forgets what nobody will take, and ends the queue.
func (q *queue) drop(err error) {
	q.mu.Lock()
	q.pieces, q.bytes = nil, 0
	q.mu.Unlock()
	q.end(err)
}

// take waits for a piece and returns at most limit bytes of it. Behind the last
// piece comes the error the queue ended with.
func (q *queue) take(ctx context.Context, limit int) (piece, error) {
	for {
		if p, ok, err := q.first(limit); ok || err != nil {
			return p, err
		}
		select {
		case <-q.filled:
		case <-q.ended:
		case <-ctx.Done():
			return piece{}, context.Cause(ctx)
		}
	}
}

func (q *queue) first(limit int) (piece, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pieces) == 0 {
		return piece{}, false, q.err
	}
	p := q.pieces[0]
	if len(p.data) > limit {
		q.pieces[0].data = p.data[limit:]
		p.data, p.more = p.data[:limit], true
	} else {
		q.pieces[0] = piece{}
		q.pieces = q.pieces[1:]
	}
	q.bytes -= len(p.data)
	signal(q.taken)
	if len(q.pieces) > 0 {
		signal(q.filled) // for another one who waits
	}
	return p, true, nil
}

// whole takes everything, where that is at most limit bytes and nothing went
// wrong.
func (q *queue) whole(limit int) ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !errors.Is(q.err, io.EOF) || q.bytes > limit {
		return nil, false
	}
	all := make([]byte, 0, q.bytes)
	for _, p := range q.pieces {
		all = append(all, p.data...)
	}
	q.pieces, q.bytes = nil, 0
	return all, true
}

// finished reports whether everything was taken and nothing went wrong.
func (q *queue) finished() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pieces) == 0 && errors.Is(q.err, io.EOF)
}
