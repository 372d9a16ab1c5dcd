package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// methodExternal is what the ledger calls a request of another program.
const methodExternal = "external.request"

// AppsAgent is the user agent of every request that an app makes over the network.
const AppsAgent = network.UserAgent

var errNoRequests = fault.New("external.no_requests", "This app takes no requests of other programs: only apps made for haex-vault do. Name one of those.")

// External is what another program on this computer asks of an extension. The
// name is what the person knows the program by.
type External struct {
	Name string
	haex.Request
}

// Askable returns the title of an extension that other programs can ask.
//
// Errors: extension.not_found, extension.disabled, extension.quarantined,
// external.no_requests.
func (b *Bridge) Askable(ctx context.Context, id manifest.ID) (string, error) {
	title, dialect, err := b.apps.Dialect(ctx, id)
	if err == nil && dialect != DialectHaex {
		err = errNoRequests
	}
	return title, err
}

// AskExternal lets an extension answer a request of another program. Where the
// extension is not open it is started out of sight. The request ends with the
// extension's frame.
//
// Errors: those of Askable, peers.not_running, external.busy, session.ended and
// the cause of ctx.
func (b *Bridge) AskExternal(ctx context.Context, id manifest.ID, r External) (answer haex.Response, err error) {
	began := b.now()
	title, err := b.Askable(ctx, id)
	if err != nil {
		return haex.Response{}, err
	}
	b.wake(id) // also one that runs out of sight, which then goes on doing so
	s, err := b.running(ctx, id, title)
	if err != nil {
		return haex.Response{}, err
	}
	done, err := s.begin()
	if err != nil {
		return haex.Response{}, err
	}
	defer done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(errEnded) })()
	answer, err = s.haex.Request(ctx, r.Request, s.opened)
	code := fault.Code(err)
	if err == nil && !answer.Success {
		code = "external.failed"
	}
	b.record(ledger.Entry{
		At: began.UnixMilli(), Extension: s.Running.Row, Method: methodExternal, Key: externalKey(r),
		Verdict: permission.Allowed, Code: code, Took: max(0, b.now().Sub(began)), In: int64(len(r.Payload)), Out: int64(len(answer.Data)),
	})
	return answer, err
}

// RefuseExternal writes down that another program asked an extension which it
// may not ask.
func (b *Bridge) RefuseExternal(ctx context.Context, id manifest.ID, r External) {
	row, err := b.apps.Row(ctx, id)
	if err != nil {
		return // there is no such app, so there is nothing to be read about it
	}
	b.record(ledger.Entry{
		At: b.now().UnixMilli(), Extension: row, Method: methodExternal, Key: externalKey(r),
		Verdict: permission.Denied, Code: errDenied.Code, In: int64(len(r.Payload)),
	})
}

// externalKey is what the ledger counts a request as: an action, which has no
// spaces, and who asked for it.
func externalKey(r External) permission.Key {
	return permission.Key{Resource: "external", Action: "request", Target: r.Action + " " + r.Name}
}
