package bridge

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
)

// call is one call on its way through the steps.
type call struct {
	bridge   *Bridge
	session  *Session
	envelope []byte
	began    time.Time
	request  request
	method   *method
	work     work
	wants    []permission.Call // written under the lock of session.running
	later    []permission.Call // what it was led to; under the lock of session.running
	rulings  []permission.Ruling
	terms    grantedTerms
	result   result

	ctx    context.Context // ends with the session, and when the call is ended
	cancel context.CancelCauseFunc
	place  chan struct{} // where the call counts: among those that run or that wait
	reply  chan []byte   // for its own request
	asks   chan struct{} // closed when a person has to be waited for
	asked  sync.Once
	answer outcome
	outer  *call // of a dialect, that this one is made for; nil for a call of a frame
	passed bool  // it was allowed; under the lock of session.running

	// Kept by the session's tickets.
	ticket  string
	settled bool
	waits   bool
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

// quick is how many of the steps never wait: they read the envelope.
const quick = 2

// run takes the call through some of the steps.
func (c *call) run(steps []step) error {
	for _, step := range steps {
		if err := step.pass(c, c.ctx); err != nil {
			return err
		}
	}
	return nil
}

// sizeAndRate bounds the envelope, how often and how much at once the session
// calls, before anything of the envelope is looked at.
func (c *call) sizeAndRate(context.Context) error {
	if len(c.envelope) > MaxEnvelope {
		return errTooLarge
	}
	err := c.session.mayCall()
	if err == nil && !c.enter() {
		err = errConcurrent
	}
	if err == nil {
		err = c.session.network.meters.mayCall(c.bridge.now())
	}
	if err != nil {
		c.request.ID = readID(c.envelope)
	}
	return err
}

// schema decodes the envelope, finds the method, and holds the arguments
// against its schema.
func (c *call) schema(context.Context) (err error) {
	if c.request, err = decodeRequest(c.envelope); err != nil {
		return err
	}
	if c.method = c.session.method(c.request.Method); c.method == nil {
		return errUnknown.With("method", c.request.Method)
	}
	return c.arguments(c.ctx)
}

// arguments holds the arguments against the method's schema. A key the schema
// does not name is a fault.
func (c *call) arguments(context.Context) (err error) {
	a := newArgs(c.request.Params)
	c.work = c.method.parse(c.session, a)
	if err = a.done(); err != nil {
		c.work = work{} // made of arguments that are no good
	}
	return err
}

// declared finds out what the call wants and refuses what the manifest does
// not mention. Own tables, own keys and the session itself are implicit.
func (c *call) declared(ctx context.Context) error {
	if c.method.implicit {
		return nil
	}
	wants, err := c.work.wants(ctx)
	if err != nil {
		return err
	}
	c.session.running.note(c, wants)
	c.rulings = make([]permission.Ruling, len(wants))
	for i, want := range wants {
		if c.rulings[i] = c.session.judge(want); c.rulings[i].Verdict == permission.Undeclared {
			return errUndeclared.With("permission", nameOfWant(want))
		}
	}
	return nil
}

// quota holds the call against what can be counted before it runs.
func (c *call) quota(context.Context) error {
	if c.method.name != "handle.close" { // which uses less, and never more
		if err := c.session.network.meters.mayUse(c.through(), c.bridge.now()); err != nil {
			return err
		}
	}
	if c.work.quota == nil {
		return nil
	}
	return c.work.quota()
}

// callKey finds the call that runs in the context of its work.
type callKey struct{}

// execution does the work, with the method's deadline. What waits for
// something outside gives its slot to a call that runs.
func (c *call) execution(ctx context.Context) (err error) {
	if c.method.translates {
		c.result, err = c.work.translate(c)
		return err
	}
	if c.method.outside {
		err = c.wait()
	} else {
		err = c.resume(ctx)
	}
	if err != nil {
		return err
	}
	if c.method.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.method.deadline, errDeadline)
		defer cancel()
	}
	if c.result, err = c.work.run(context.WithValue(ctx, callKey{}, c), c.terms); err != nil {
		if errors.Is(context.Cause(ctx), errDeadline) {
			return errDeadline
		}
		return err
	}
	c.session.used.note(c.wants)
	return nil
}
