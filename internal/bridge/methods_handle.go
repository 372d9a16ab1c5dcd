package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of one read and one write.
const (
	defaultRead   = 256 << 10
	maxRead       = 4 << 20
	maxWrite      = 4 << 20
	deadlineWrite = time.Minute
)

// handleMethods work on what the session has open. Opening it needed a
// permission where one is needed; a handle is of use only as long as that holds.
func handleMethods() []method {
	return []method{
		{name: "handle.read", implicit: true, outside: true, parse: parseRead},
		{name: "handle.write", implicit: true, outside: true, deadline: deadlineWrite, parse: parseWrite},
		{name: "handle.close", implicit: true, outside: true, deadline: deadlineWrite, parse: parseClose},
		{name: "call.cancel", implicit: true, deadline: time.Second, parse: func(s *Session, a *args) work {
			id := a.number("call")
			return work{run: func(context.Context, grantedTerms) (result, error) {
				s.running.end(errCancelled, func(c *call) bool { return c.request.ID == id && c.request.Method != "call.cancel" })
				return empty, nil
			}}
		}},
	}
}

// parseRead answers {data, done, meta}.
func parseRead(s *Session, a *args) work {
	number, limit := a.number("handle"), a.optionalCount("max", defaultRead, maxRead)
	return work{about: s.handles.wants(number), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		e, err := s.handles.find(number)
		if err != nil {
			return nil, err
		}
		source, ok := e.thing.(Reader)
		if !ok {
			return nil, errUnreadable
		}
		next, err := turn(ctx, e.reading)
		if err != nil {
			return nil, err
		}
		defer next()
		chunk, done, meta, err := source.Read(ctx, limit)
		if err != nil {
			return nil, s.handles.reason(number, err)
		}
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(3), e.EncodeString("data"), wire.Scalar(e, chunk),
				e.EncodeString("done"), e.EncodeBool(done), e.EncodeString("meta"), wire.Tree(e, meta))
		}, nil
	}}
}

func parseWrite(s *Session, a *args) work {
	number := a.number("handle")
	data, text, isText := a.bytesOrText("data", maxWrite)
	return work{about: s.handles.wants(number), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		e, err := s.handles.find(number)
		if err != nil {
			return nil, err
		}
		sink, ok := e.thing.(Writer)
		if !ok {
			return nil, errUnwritable
		}
		next, err := turn(ctx, e.writing)
		if err != nil {
			return nil, err
		}
		defer next()
		if words, ok := e.thing.(TextWriter); ok && isText {
			err = words.WriteText(ctx, text)
		} else if isText {
			err = sink.Write(ctx, []byte(text))
		} else {
			err = sink.Write(ctx, data)
		}
		return empty, s.handles.reason(number, err)
	}}
}

// parseClose ends a handle and answers what its end has to say. With abort the
// end is no step of its own: what was not finished is given up.
func parseClose(s *Session, a *args) work {
	number, abort := a.number("handle"), a.optionalTruth("abort")
	return work{about: s.handles.wants(number), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		e, err := s.handles.take(number)
		if err != nil {
			return nil, err
		}
		defer s.handles.drop(number)
		if s.handles.alive(e) != nil {
			return empty, nil // Alcove has closed it, so there is nothing left to end
		}
		meta, err := s.finish(ctx, e, abort)
		if closed := e.thing.Close(); err == nil {
			err = closed
		}
		if ended := s.handles.alive(e); err != nil && ended != nil {
			err = ended
		}
		switch {
		case err != nil:
			return nil, err
		case meta == nil:
			return empty, nil
		}
		return func(e *wire.Encoder) error { return wire.Tree(e, meta) }, nil
	}}
}

// finish takes the step that a thing ends with, after the write that runs.
func (s *Session) finish(ctx context.Context, e *entry, abort bool) (map[string]any, error) {
	end, ok := e.thing.(Finisher)
	if !ok || abort {
		return nil, nil
	}
	next, err := turn(ctx, e.writing)
	if err != nil {
		return nil, err
	}
	defer next()
	if err := s.handles.alive(e); err != nil {
		return nil, err
	}
	return end.Finish(ctx)
}
