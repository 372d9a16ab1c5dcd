package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/wire"
)

// The dialects an app can speak.
const (
	DialectAlcove = manifest.DialectAlcove
	DialectHaex   = manifest.DialectHaex // of published haex extensions; package haex
)

// UseDialects tells the bridge which dialect a verified package speaks. Call it
// before Open; without it all speak Alcove's own.
func (b *Bridge) UseDialects(of func(*extension.Running) string) { b.dialects = of }

// UseDevice gives the bridge bytes that name this device, from which every app
// of another dialect is given a name of its own for it. Call it before Open.
func (b *Bridge) UseDevice(device []byte) { b.device = device }

// speak makes a session speak the dialect of its package.
func (s *Session) speak() {
	if s.bridge.dialects == nil || s.bridge.dialects(s.Running) != DialectHaex {
		return
	}
	s.Dialect = DialectHaex
	s.haex = haex.New(haexHost{s})
}

// method finds a method of the session's dialect.
func (s *Session) method(name string) *method {
	if s.haex == nil {
		return s.bridge.methods[name]
	}
	return s.bridge.translated[name]
}

// translatedMethods are those of the dialect haex. None of them does anything by
// itself: each makes calls of Alcove's own methods, which pass every step.
func translatedMethods() map[string]*method {
	all := make(map[string]*method)
	for name, m := range haex.Methods() {
		all[name] = &method{name: name, implicit: true, translates: true, parse: func(s *Session, a *args) work {
			a.ignoreOthers()
			return work{translate: func(c *call) (result, error) {
				out, err := s.haex.Run(c.ctx, m, inner{c}, a.fields)
				return result(out), err
			}}
		}}
	}
	return all
}

// inner makes calls of Alcove's own for a call of another dialect, which lends
// them its place among those that run or wait.
type inner struct{ outer *call }

// innerSteps are those that a call has not passed that is made for another one:
// what was sent is counted, and its size judged, once.
var innerSteps = []step{
	{"schema", (*call).arguments},
	{"declared", (*call).declared},
	{"granted", (*call).granted},
	{"quota", (*call).quota},
	{"execution", (*call).execution},
}

func (i inner) Call(ctx context.Context, name string, p haex.Params) (wire.Value, error) {
	s := i.outer.session
	fields, err := p.Fields()
	if err != nil {
		return nil, err
	}
	c := &call{bridge: s.bridge, session: s, began: s.bridge.now(), outer: i.outer, asks: i.outer.asks}
	c.request = request{Method: name, Params: fields}
	c.method = s.bridge.methods[name]
	if c.method == nil {
		c.method = s.bridge.lent[name]
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	defer c.cancel(nil)
	s.running.add(c)
	defer s.running.remove(c)
	var value wire.Value
	if err = c.run(innerSteps); err == nil {
		value, err = wire.Encode(c.result)
	}
	if err != nil {
		err = c.explain(err)
	}
	if c.through() == "files" { // all else is counted once, with the call of the frame
		s.network.meters.files.add(c.sent()+int64(len(value)), s.bridge.now())
	}
	c.record(err, len(value))
	return value, err
}

// background runs work of a dialect that outlives the call which began it.
func (s *Session) background(work func(context.Context, haex.Caller)) error {
	done, err := s.begin()
	if err != nil {
		return err
	}
	c := &call{bridge: s.bridge, session: s, began: s.bridge.now(), ctx: s.ctx, asks: make(chan struct{}), cancel: func(error) {}}
	if err := c.wait(); err != nil {
		done()
		return err
	}
	go func() {
		defer done()
		defer c.leave()
		work(s.ctx, inner{c})
	}()
	return nil
}
