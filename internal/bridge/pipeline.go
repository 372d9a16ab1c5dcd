package bridge

import (
	"context"
	"errors"

	"github.com/alcove-vault/alcove/internal/permission"
)

// call is one call on its way through the steps.
type call struct {
	bridge   *Bridge
	session  *Session
	envelope []byte
	request  request
	method   *method
	work     work
	result   result
	inside   bool // holds a slot
}

// step is one gate every call passes. It may set a refusal in the call.
type step struct {
	name string
	pass func(*call, context.Context) error
}

// steps are the gates in the order every call passes them. The first one,
// "session", is Call itself: there is no call before there is a session.
// The last, "ledger", sees every call that got as far as having a method,
// whatever became of it.
var steps = []step{
	{"size and rate", (*call).sizeAndRate},
	{"schema", (*call).schema},
	{"declared", (*call).declared},
	{"granted", (*call).granted},
	{"quota", (*call).quota},
	{"execution", (*call).execution},
}

// Call answers one envelope of the session with this secret. It always returns
// a reply envelope.
func (b *Bridge) Call(ctx context.Context, secret string, envelope []byte) []byte {
	s := b.find(secret)
	if s == nil {
		return encodeError(readID(envelope), errEnded)
	}
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return encodeError(readID(envelope), err)
	}
	defer done()
	c := &call{bridge: b, session: s, envelope: envelope}
	err = c.run(ctx)
	c.ledger(ctx, err)
	if err == nil {
		var reply []byte
		if reply, err = encodeResult(c.request.ID, c.result); err == nil {
			return reply
		}
	}
	return encodeError(c.request.ID, c.explain(err))
}

// Ended is the reply to an envelope that comes when no vault is open.
func Ended(envelope []byte) []byte { return encodeError(readID(envelope), errEnded) }

// run takes the call through the steps.
func (c *call) run(ctx context.Context) error {
	defer c.leave()
	for _, step := range steps {
		if err := step.pass(c, ctx); err != nil {
			return err
		}
	}
	return nil
}

// sizeAndRate bounds the envelope, how often and how much at once the session
// calls, before anything of the envelope is looked at.
func (c *call) sizeAndRate(context.Context) error {
	switch {
	case len(c.envelope) > MaxEnvelope:
		return errTooLarge
	case !c.session.rate.Allow():
		c.request.ID = readID(c.envelope)
		return errRate
	case !c.enter():
		c.request.ID = readID(c.envelope)
		return errConcurrent
	}
	return nil
}

// schema decodes the envelope and holds the arguments against the method's
// schema. A key the schema does not name is a fault.
func (c *call) schema(context.Context) (err error) {
	if c.request, err = decodeRequest(c.envelope); err != nil {
		return err
	}
	if c.method = c.bridge.methods[c.request.Method]; c.method == nil {
		return errUnknown.With("method", c.request.Method)
	}
	a := newArgs(c.request.Params)
	c.work = c.method.parse(c.session, a)
	return a.done()
}

// declared refuses what the manifest does not mention. Own tables, own keys
// and the session itself are implicit.
func (c *call) declared(context.Context) error {
	if c.method.implicit {
		return nil
	}
	if c.verdict() == permission.Undeclared {
		return errUndeclared.With("permission", c.method.name)
	}
	return nil
}

// granted lets pass what the person has allowed. What they want to be asked
// about is refused as long as there is no prompt to ask them with.
func (c *call) granted(context.Context) error {
	if c.method.implicit {
		return nil
	}
	switch c.verdict() {
	case permission.Allowed:
		return nil
	case permission.Ask:
		return errNoPrompt.With("permission", c.method.name)
	default:
		return errDenied.With("permission", c.method.name)
	}
}

func (c *call) verdict() permission.Verdict {
	return permission.Evaluate(c.session.Running.Manifest.Permissions, *c.session.grants.Load(), c.work.want)
}

// quota holds the call against what can be counted before it runs.
func (c *call) quota(context.Context) error {
	if c.work.quota == nil {
		return nil
	}
	return c.work.quota()
}

// execution does the work, with the method's deadline.
func (c *call) execution(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.method.deadline, errDeadline)
	defer cancel()
	if c.result, err = c.work.run(ctx); err != nil && errors.Is(context.Cause(ctx), errDeadline) {
		return errDeadline
	}
	return err
}
