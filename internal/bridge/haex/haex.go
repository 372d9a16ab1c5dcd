// Package haex lets extensions that were made for haex-vault, with the SDK 3.x
// of @haex-space, run in Alcove as they were published. It translates their
// calls into Alcove's own, made through Caller, where each passes every step that
// a call of any app passes: nothing here reaches a capability by itself. What is
// on the wire is in SPEC.md, and the state of every method in
// docs/haex-methods.md.
package haex

import (
	"context"
	"sync"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Result writes the value of a reply.
type Result func(*wire.Encoder) error

// Caller makes calls of Alcove's own methods in the name of a frame.
type Caller interface {
	// Call answers with the method's result, a map. The error is what an app
	// would be told.
	Call(ctx context.Context, method string, p Params) (wire.Value, error)
}

// Host is what the dialect has to know of the frame it speaks for.
type Host interface {
	// Name is the extension's id and its name.
	Name() (id, name string)
	// Own is what the full names of the extension's tables begin with.
	Own() string
	Context() Context
	// Judge says what would become of a call, without asking anybody.
	Judge(permission.Call) permission.Verdict
	// JudgePath says that for a path, as Alcove's methods take it, whichever way
	// the place it leads to is spelled.
	JudgePath(ctx context.Context, action, path string) permission.Verdict
	// Programs are those that the extension declares for a terminal.
	Programs() []Program
	// Spell writes an absolute path of this computer as Alcove's methods take
	// it; what is one of theirs already stays.
	Spell(path string) (string, error)
	// Absolute is the reverse. What cannot be turned stays as it is.
	Absolute(path string) string
	// Folder returns the absolute path of a known folder in which the extension
	// declares anything.
	Folder(token string) (string, bool)
	// Background runs work that outlives the call which began it. The work ends
	// when ctx does, with the frame.
	Background(work func(ctx context.Context, c Caller)) error
	// Signal tells the page that there are events to be taken.
	Signal()
	// Ready says that the extension has started.
	Ready()
}

// Context is what an extension is told of its place.
type Context struct {
	Theme    string `json:"theme"` // light, dark or system
	Locale   string `json:"locale"`
	Platform string `json:"platform"`
	DeviceID string `json:"deviceId"` // a UUID; another one for each extension
}

// Program is one that a terminal can run.
type Program struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Frame is what the dialect keeps for one open frame.
type Frame struct {
	host    Host
	events  *events
	log     log
	notices notices

	mu      sync.Mutex
	shells  map[string]uint64 // handles by session
	watches map[string]uint64 // handles by rule
	last    uint64            // number of something that was begun

	requests requests
}

// New returns the dialect of a new frame.
func New(host Host) *Frame {
	return &Frame{host: host, events: newEvents(host.Signal), shells: make(map[string]uint64), watches: make(map[string]uint64)}
}

// Run does one call. It is safe for use by several goroutines.
//
// Errors: method.unsupported, request.malformed, and those of the methods of
// Alcove's own that it is translated into.
func (f *Frame) Run(ctx context.Context, m *Method, c Caller, fields map[string]wire.Value) (Result, error) {
	if m.State == Refused {
		return nil, errUnsupported.With("method", m.Name)
	}
	t := &turn{Frame: f, caller: c, args: &args{fields: fields}}
	return m.run(t, ctx)
}

// turn is one call on its way.
type turn struct {
	*Frame
	caller Caller
	args   *args
}

// call makes a call of Alcove's own and opens its result.
func (t *turn) call(ctx context.Context, method string, p Params) (map[string]wire.Value, error) {
	value, err := t.caller.Call(ctx, method, p)
	if err != nil {
		return nil, err
	}
	fields, _ := value.Fields()
	return fields, nil
}

// tree writes a value as its JSON tags say.
func tree(value any) Result { return func(e *wire.Encoder) error { return wire.Tree(e, value) } }

// nothing is the result of a method that has nothing to say.
func nothing(e *wire.Encoder) error { return e.EncodeNil() }
