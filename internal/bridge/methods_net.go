package bridge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

const (
	deadlineNet = network.MaxTimeout + time.Minute // the client's own times come first

	// An answer that is all there at once comes with the reply, without a handle.
	inlineBody = 64 << 10
	inlineWait = 25 * time.Millisecond
)

var errNetRate = fault.New("quota.network", "The app uses this permission more often than its manifest says. Wait a moment.")

// netMethods reach addresses outside.
func netMethods() []method {
	return []method{
		{name: "net.fetch", outside: true, deadline: deadlineNet, parse: parseFetch},
		{name: "net.websocket", outside: true, deadline: deadlineNet, parse: parseSocket},
		{name: "net.close", implicit: true, outside: true, deadline: deadlineWrite, parse: parseNetClose},
	}
}

// parseFetch answers {status, statusText, headers, url, redirected, data,
// body}: data is what is there already, body the handle of the rest, or nil.
func parseFetch(s *Session, a *args) work {
	r := network.Request{
		Method: a.optionalText("method", 32), Redirect: a.optionalText("redirect", 16),
		Timeout:     time.Duration(a.optionalCount("timeout", 0, network.MaxTimeout.Milliseconds())) * time.Millisecond,
		MaxResponse: int64(a.optionalCount("maxBytes", 0, 1<<40)),
	}
	a.optionalPairs("headers", network.MaxHeaders, func(name, value string) {
		r.Headers = append(r.Headers, network.Header{Name: name, Value: value})
	})
	if _, ok := a.value("body"); ok {
		data, text, isText := a.bytesOrText("body", network.MaxBody)
		if r.Body = data; isText {
			r.Body = []byte(text)
		}
	}
	var err error
	if r.Address, err = network.Parse(a.text("url", network.MaxAddress)); err != nil {
		a.refuse(err)
	}
	if r.Method, err = network.Method(r.Method); err != nil {
		a.refuse(err)
	}
	wants := reaching("fetch", r.Method, r.Address)
	return work{
		wants: wanting(wants...),
		quota: s.handles.room,
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			way := newWay(ctx, s, wants, terms)
			answer, err := s.network.Fetch(ctx, way.policy(), r)
			if err != nil {
				return nil, err
			}
			wait, cancel := context.WithTimeout(ctx, inlineWait)
			data, whole := answer.Body.Whole(wait, inlineBody)
			cancel()
			var body any
			if whole {
				answer.Body.Close()
			} else if body, err = s.keepOpen(ctx, &bodyHandle{answer.Body}, way.reached()); err != nil {
				return nil, err
			}
			return func(e *wire.Encoder) error { return writeAnswer(e, answer, data, body) }, nil
		},
	}
}

// parseSocket answers {handle, protocol}.
func parseSocket(s *Session, a *args) work {
	address, err := network.Parse(a.text("url", network.MaxAddress))
	if err != nil {
		a.refuse(err)
	}
	protocols := a.optionalTexts("protocols", network.MaxProtocols, 64)
	wants := reaching("websocket", http.MethodGet, address)
	return work{
		wants: wanting(wants...),
		quota: s.handles.room,
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			way := newWay(ctx, s, wants, terms)
			socket, err := s.network.Connect(ctx, way.policy(), address, protocols)
			if err != nil {
				return nil, err
			}
			handle, err := s.keepOpen(ctx, &socketHandle{socket}, way.reached())
			if err != nil {
				return nil, err
			}
			return func(e *wire.Encoder) error {
				return wire.Tree(e, map[string]any{"handle": handle, "protocol": socket.Protocol})
			}, nil
		},
	}
}

// parseNetClose says goodbye to the other side of a WebSocket. What it has sent
// can still be read; handle.close is for when nobody will.
func parseNetClose(s *Session, a *args) work {
	number, code, reason := a.number("handle"), a.optionalCount("code", 1000, 4999), a.optionalText("reason", 123)
	return work{
		quota: func() error { return network.CheckClose(code, reason) },
		run: func(context.Context, grantedTerms) (result, error) {
			e, err := s.handles.find(number)
			if err != nil {
				return nil, err
			}
			socket, ok := e.thing.(*socketHandle)
			if !ok {
				return nil, errHandle.With("handle", number)
			}
			return empty, socket.Shut(code, reason)
		},
	}
}

// reaching is what it takes to reach an address. One that can be seen to lie
// in the person's own network needs their word for that as well; for a name
// that only turns out to, it is looked for when its address is known.
func reaching(action, method string, address network.Address) []permission.Call {
	url := address.String()
	wants := []permission.Call{{Key: permission.Key{Resource: "net", Action: action, Target: url}, Method: method}}
	if permission.OwnNetwork(url) {
		wants = append(wants, permission.Call{Key: permission.Key{Resource: "net", Action: "private", Target: url}})
	}
	return wants
}

// keepOpen keeps what a call has opened, unless nobody waits for it any more.
// That is looked at once it is kept: whoever takes a permission back ends first
// what runs and then what is open, and misses neither.
func (s *Session) keepOpen(ctx context.Context, thing Handle, wants []permission.Call) (uint64, error) {
	number, err := s.keep(thing, wants...)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		s.handles.drop(number)
		return 0, errors.Join(err, thing.Close())
	}
	return number, nil
}

func writeAnswer(e *wire.Encoder, answer *network.Answer, data []byte, body any) error {
	headers := func() error {
		err := e.EncodeArrayLen(len(answer.Headers))
		for _, h := range answer.Headers {
			err = errors.Join(err, e.EncodeArrayLen(2), e.EncodeString(h.Name), e.EncodeString(h.Value))
		}
		return err
	}
	return errors.Join(e.EncodeMapLen(7),
		e.EncodeString("status"), e.EncodeInt(int64(answer.Status)),
		e.EncodeString("statusText"), e.EncodeString(answer.StatusText),
		e.EncodeString("headers"), headers(),
		e.EncodeString("url"), e.EncodeString(answer.URL),
		e.EncodeString("redirected"), e.EncodeBool(answer.Redirected),
		e.EncodeString("data"), wire.Scalar(e, data),
		e.EncodeString("body"), wire.Tree(e, body))
}

// bodyHandle is the rest of an answer.
type bodyHandle struct{ *network.Body }

func (b *bodyHandle) Read(ctx context.Context, limit int) ([]byte, bool, map[string]any, error) {
	data, done, err := b.Body.Read(ctx, limit)
	return data, done, nil, err
}

func (b *bodyHandle) Close() error {
	b.Body.Close()
	return nil
}

// socketHandle is a WebSocket. What is read is one message, or with meta.more
// the beginning of one; behind the last, meta says how it ended.
type socketHandle struct{ *network.Socket }

func (h *socketHandle) Read(ctx context.Context, limit int) ([]byte, bool, map[string]any, error) {
	m, closed, err := h.Socket.Read(ctx, limit)
	if err != nil {
		return nil, false, nil, err
	}
	if closed != nil {
		return nil, true, map[string]any{"code": closed.Code, "reason": closed.Reason, "clean": closed.Clean()}, nil
	}
	return m.Data, false, map[string]any{"text": m.Text, "more": m.More}, nil
}

func (h *socketHandle) Write(ctx context.Context, data []byte) error {
	return h.Socket.Write(ctx, data, false)
}

func (h *socketHandle) WriteText(ctx context.Context, text string) error {
	return h.Socket.Write(ctx, []byte(text), true)
}

func (h *socketHandle) Close() error {
	h.Socket.Close()
	return nil
}

var (
	_ Reader     = (*bodyHandle)(nil)
	_ Reader     = (*socketHandle)(nil)
	_ Writer     = (*socketHandle)(nil)
	_ TextWriter = (*socketHandle)(nil)
)
