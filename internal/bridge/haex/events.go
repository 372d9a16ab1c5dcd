package haex

import (
	"context"
	"errors"
	"sync"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of the events that a frame has not been given.
const (
	maxEventBytes = 1 << 20   // what waits; then what makes more waits too
	maxEvents     = 10_000    // of which the oldest go first
	maxTaken      = 256 << 10 // in one answer
)

// Event types, as the SDK knows them.
const (
	eventPermission = "extension:permission-resolved"
	eventTables     = "haextension:sync:tables-updated"
	eventFile       = "filesync:file-changed"
	eventOutput     = "shell:output"
	eventExit       = "shell:exit"
	eventRequest    = "haextension:external:request"
)

// events wait until the page takes them. The page is told once that there are
// any.
type events struct {
	signal func()

	mu    sync.Mutex
	list  []wire.Value
	bytes int
	told  bool
	room  chan struct{} // closed and replaced when some were taken
}

func newEvents(signal func()) *events { return &events{signal: signal, room: make(chan struct{})} }

// put adds an event at once.
func (q *events) put(message map[string]any) {
	data, err := encodeEvent(message)
	if err == nil {
		q.add(data)
	}
}

// wait adds an event as soon as there is room for it.
func (q *events) wait(ctx context.Context, message map[string]any) error {
	data, err := encodeEvent(message)
	if err != nil {
		return err
	}
	for {
		q.mu.Lock()
		full, room := q.bytes+len(data) > maxEventBytes && len(q.list) > 0, q.room
		q.mu.Unlock()
		if !full {
			q.add(data)
			return nil
		}
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func encodeEvent(message map[string]any) (wire.Value, error) {
	return wire.Encode(func(e *wire.Encoder) error { return wire.Tree(e, message) })
}

func (q *events) add(data wire.Value) {
	q.mu.Lock()
	q.list = append(q.list, data)
	q.bytes += len(data)
	for len(q.list) > maxEvents {
		q.bytes -= len(q.list[0])
		q.list = q.list[1:]
	}
	tell := !q.told
	q.told = true
	q.mu.Unlock()
	if tell {
		q.signal()
	}
}

// take removes the oldest events. More says that there are others.
func (q *events) take() (list []wire.Value, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := 0
	for len(q.list) > 0 && (taken == 0 || taken+len(q.list[0]) <= maxTaken) {
		taken += len(q.list[0])
		list = append(list, q.list[0])
		q.list = q.list[1:]
	}
	q.bytes -= taken
	q.told = len(q.list) > 0
	close(q.room)
	q.room = make(chan struct{})
	return list, q.told
}

// take answers {events, more}. It is the page's own call.
func (t *turn) take(context.Context) (Result, error) {
	list, more := t.events.take()
	return func(e *wire.Encoder) error {
		err := errors.Join(e.EncodeMapLen(2), e.EncodeString("more"), e.EncodeBool(more),
			e.EncodeString("events"), e.EncodeArrayLen(len(list)))
		for _, event := range list {
			err = errors.Join(err, wire.Raw(e, event))
		}
		return err
	}, nil
}

// Resolved tells what the person made of a question.
func (f *Frame) Resolved(p Prompt, granted bool) {
	id, _ := f.host.Name()
	decision := "denied"
	if granted {
		decision = "granted"
	}
	f.events.put(map[string]any{"type": eventPermission, "data": map[string]any{
		"extensionId": id, "resourceType": p.ResourceType, "action": p.Action, "target": p.Target, "decision": decision,
	}})
}

// Changed tells that tables have other rows now, by their full names. The
// extension may read all of them.
func (f *Frame) Changed(tables []string) {
	f.events.put(map[string]any{"type": eventTables, "data": map[string]any{"tables": tables}})
}
