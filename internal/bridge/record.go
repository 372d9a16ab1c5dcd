package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
	"github.com/alcove-vault/alcove/internal/store"
)

// Recorder is told of every call that got as far as having a method, whatever
// became of it, and of every question that the person is asked.
type Recorder interface {
	// Record does not wait.
	Record(ledger.Entry)
	// Asked is what became of earlier questions of an extension about something.
	Asked(ctx context.Context, extension int64, about permission.Key) (ledger.Past, error)
}

// AttachRecorder makes r the one that is told. Call it before Open; without it
// nobody is.
func (b *Bridge) AttachRecorder(r Recorder) { b.recorder = r }

func (b *Bridge) record(e ledger.Entry) {
	if b.recorder != nil {
		b.recorder.Record(e)
	}
}

// refusals are the verdicts that a call was refused by, as its fault says.
var refusals = map[string]permission.Verdict{
	errUndeclared.Code: permission.Undeclared,
	errForbidden.Code:  permission.Forbidden,
	errDenied.Code:     permission.Denied,
	errDismissed.Code:  permission.Denied,
}

// record writes down what became of the call, in how much time and with how
// many bytes of reply.
func (c *call) record(err error, reply int) {
	if c.method == nil || c.method.translates || c.bridge.recorder == nil {
		return
	}
	now := c.bridge.now()
	code := fault.Code(err)
	e := ledger.Entry{
		At: c.began.UnixMilli(), Extension: c.session.Running.Row, Method: c.method.name, Key: c.about(),
		Verdict: permission.Allowed, Code: code, Took: max(0, now.Sub(c.began)), In: int64(reply), Out: c.sent(),
	}
	if of, ok := errors.AsType[*store.Withheld](err); ok {
		e.Key, e.Verdict = c.session.refusedTable(of)
	} else if verdict, refused := refusals[code]; refused {
		e.Verdict = verdict
	} else if i := c.unmet(); err != nil && !c.passed && i >= 0 {
		e.Verdict = c.rulings[i].Verdict // it ended before the person answered
	}
	if len(c.work.about) > 0 {
		// What comes through a handle comes from where it was opened to. It was
		// counted as a call when it was opened.
		part := e
		part.Key, part.Part = c.work.about[0].Key, true
		c.bridge.record(part)
		e.In, e.Out = 0, 0
	}
	c.bridge.record(e)
}

// sent is how many bytes the call carried.
func (c *call) sent() int64 {
	if c.outer == nil {
		return int64(len(c.envelope))
	}
	n := 0
	for _, value := range c.request.Params {
		n += len(value)
	}
	return int64(n)
}

// about is what the ledger counts a call as: the first thing it wants that it
// may not, or else the first. A call that needs no permission, or whose
// arguments are no good, is the app's own affair.
func (c *call) about() permission.Key {
	resource, action, _ := strings.Cut(c.method.name, ".")
	if c.method.implicit || c.work.wants == nil {
		return permission.Key{Resource: resource, Action: permission.Own}
	}
	if i := c.unmet(); i >= 0 {
		return c.wants[i].Key
	}
	if len(c.wants) == 0 {
		return permission.Key{Resource: resource, Action: action}
	}
	return c.wants[0].Key
}

// unmet is the number of the first thing that the call wants and that is not
// allowed, -1 if there is none.
func (c *call) unmet() int {
	return slices.IndexFunc(c.rulings, func(r permission.Ruling) bool { return r.Verdict != permission.Allowed && r.Verdict != "" })
}

// recordAsking writes down that the person is asked.
func (b *Bridge) recordAsking(s *Session, want permission.Key) {
	b.record(ledger.Entry{
		At: b.now().UnixMilli(), Extension: s.Running.Row, Method: want.Resource + "." + want.Action,
		Key: want, Verdict: permission.Ask, Asked: true,
	})
}

// recordTable writes down that a statement used another app's table, which is
// counted beside the call that the statement came with.
func (s *Session) recordTable(want permission.Key) {
	s.bridge.record(ledger.Entry{
		At: s.bridge.now().UnixMilli(), Extension: s.Running.Row, Method: "db.table", Key: want, Verdict: permission.Allowed,
	})
}

// refusedTable is what the ledger counts a statement as that was refused because
// of another app's table, and by what verdict. A no that a person gave counts
// as used for it.
func (s *Session) refusedTable(of *store.Withheld) (permission.Key, permission.Verdict) {
	key := permission.Key{Resource: "db", Action: string(of.Action), Target: of.Table}
	ruling := s.judge(permission.Call{Key: key})
	switch {
	case ruling.Verdict == permission.Allowed: // but not for these columns
		return key, permission.Denied
	case ruling.Verdict == permission.Denied && ruling.Grant != nil:
		s.bridge.apps.CountUse(s.Running.Row, *ruling.Grant, ruling.Verdict)
	}
	return key, ruling.Verdict
}

// recordHop writes down where a redirect led, or would have led. It is no call
// of its own, but the host was reached, or would have been.
func (s *Session) recordHop(want permission.Key, verdict permission.Verdict) {
	e := ledger.Entry{At: s.bridge.now().UnixMilli(), Extension: s.Running.Row, Method: "net.redirect", Key: want, Verdict: verdict}
	if verdict != permission.Allowed {
		e.Code = "net.redirect_refused"
	}
	s.bridge.record(e)
}
