package haex

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

const (
	// maxRequests is how many requests of other programs one frame has before it.
	maxRequests = 16
	// An extension says that it has started before it has said what it answers.
	// As long as it may still do so, it is asked again.
	settleTime = 8 * time.Second
	askAgain   = 200 * time.Millisecond
	// unhandled begins what the SDK answers where nothing handles an action.
	unhandled = "No handler registered for action"
)

var errBusy = fault.New("external.busy", "The app has as many requests before it as it may. Wait for an answer.")

// Request is what a program outside asks.
type Request struct {
	Key     string // the program's public key, as it spells it
	Action  string
	Payload json.RawMessage
}

// Response is what the extension answers.
type Response struct {
	Success bool
	Data    wire.Value // nil for none
	Error   string
}

// requests wait for the extension's answers, by ids that only it is told.
type requests struct {
	mu      sync.Mutex
	waiting map[string]chan Response
}

func (r *requests) begin() (string, chan Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) >= maxRequests {
		return "", nil, errBusy
	}
	if r.waiting == nil {
		r.waiting = make(map[string]chan Response)
	}
	id, answer := rand.Text(), make(chan Response, 1)
	r.waiting[id] = answer
	return id, answer, nil
}

// end takes a request away. There is no answer to it any more.
func (r *requests) end(id string) (chan Response, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, ok := r.waiting[id]
	delete(r.waiting, id)
	return answer, ok
}

// Request puts a request of another program to the extension and waits for the
// answer, as long as ctx lasts. Soon after the extension was opened it is put
// again where the extension has nothing for it yet.
//
// Errors: external.busy, and the cause of ctx.
func (f *Frame) Request(ctx context.Context, r Request, opened time.Time) (Response, error) {
	for {
		answer, err := f.request(ctx, r)
		if err != nil || answer.Success || !strings.HasPrefix(answer.Error, unhandled) || time.Since(opened) > settleTime {
			return answer, err
		}
		timer := time.NewTimer(askAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Response{}, context.Cause(ctx)
		}
	}
}

func (f *Frame) request(ctx context.Context, r Request) (Response, error) {
	id, answer, err := f.requests.begin()
	if err != nil {
		return Response{}, err
	}
	defer f.requests.end(id)
	err = f.events.wait(ctx, map[string]any{"type": eventRequest, "data": map[string]any{
		"requestId": id, "publicKey": r.Key, "action": r.Action, "payload": r.Payload,
	}})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return Response{}, err
	}
	select {
	case out := <-answer:
		return out, nil
	case <-ctx.Done():
		return Response{}, context.Cause(ctx)
	}
}

// respond answers a request of another program, once.
func (t *turn) respond(context.Context) (Result, error) {
	id, success := t.args.text("requestId"), t.args.truth("success")
	data, given := t.args.value("data")
	if !given {
		data = nil
	}
	sentence := t.args.optionalText("error")
	if t.args.err != nil {
		return nil, t.args.err
	}
	answer, ok := t.requests.end(id)
	if !ok {
		return nil, errNoEntry
	}
	answer <- Response{Success: success, Data: data, Error: sentence} // has room for the one
	return nothing, nil
}
