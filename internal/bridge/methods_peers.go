package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/peers"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// maxPeerTarget is the longest name of a method of another extension.
const maxPeerTarget = 64 + 1 + 40 + 1 + 63

// peerMethods are calls to other extensions, and what answers them. An
// extension answers what it exports, so that needs no permission.
func peerMethods() []method {
	return []method{
		{name: "peers.call", outside: true, parse: parsePeerCall},
		{name: "peers.take", implicit: true, deadline: time.Second, parse: func(s *Session, _ *args) work {
			return work{run: func(context.Context, grantedTerms) (result, error) {
				return writeQuestions(s.bridge.peers.Take(s.ID)), nil
			}}
		}},
		{name: "peers.answer", implicit: true, deadline: time.Second, parse: parsePeerAnswer},
	}
}

// parsePeerCall answers {value}.
func parsePeerCall(s *Session, a *args) work {
	target, params := a.text("target", maxPeerTarget), a.any("params")
	if len(params) > peers.MaxParams {
		a.fail("The argument %q is larger than %d bytes.", "params", peers.MaxParams)
	}
	c := &peerCall{session: s, params: slices.Clone(params)}
	return work{
		wants: func(context.Context) ([]permission.Call, error) {
			var err error
			if c.id, c.method, err = manifest.MethodName(target); err != nil {
				return nil, err
			}
			if c.id == s.Running.ID {
				return nil, errPeerSelf
			}
			// Whether there is such a method is told only once it is allowed. One
			// that lets the person choose is asked about too: their choice is a word
			// about what is given, and comes after the other app got what is sent.
			return []permission.Call{{Key: permission.Key{Resource: "peers", Action: "call", Target: target}}}, nil
		},
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			if !s.network.rates.allow(terms[0], s.bridge.now()) {
				return nil, errPeerRate
			}
			if err := c.find(ctx); err != nil {
				return nil, err
			}
			value, err := c.run(ctx)
			return func(e *wire.Encoder) error {
				return errors.Join(e.EncodeMapLen(1), e.EncodeString("value"), wire.Raw(e, value))
			}, err
		},
	}
}

// parsePeerAnswer answers a question that was taken: with a value, or with a
// refusal in the extension's own words.
func parsePeerAnswer(s *Session, a *args) work {
	id := a.number("question")
	answer := peers.Answer{Code: a.optionalText("code", 64), Message: a.optionalText("message", 500)}
	if answer.Refused = answer.Code != ""; !answer.Refused {
		answer.Value = slices.Clone(a.any("value"))
	}
	if len(answer.Value) > peers.MaxResult {
		a.fail("The argument %q is larger than %d bytes.", "value", peers.MaxResult)
	}
	return work{run: func(context.Context, grantedTerms) (result, error) {
		return empty, s.bridge.peers.Answer(s.ID, id, answer)
	}}
}

// writeQuestions writes {questions}.
func writeQuestions(list []peers.Question) result {
	return func(e *wire.Encoder) error {
		err := errors.Join(e.EncodeMapLen(1), e.EncodeString("questions"), e.EncodeArrayLen(len(list)))
		for _, q := range list {
			err = errors.Join(err, e.EncodeMapLen(6),
				e.EncodeString("question"), e.EncodeUint(q.ID), e.EncodeString("kind"), e.EncodeString(q.Kind),
				e.EncodeString("method"), e.EncodeString(q.Method), e.EncodeString("params"), wire.Raw(e, q.Params),
				e.EncodeString("item"), e.EncodeString(q.Item),
				e.EncodeString("caller"), wire.Tree(e, map[string]string{"id": q.CallerID, "title": q.CallerTitle}))
		}
		return err
	}
}
