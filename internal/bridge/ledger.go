package bridge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// refusals remembers what a session was refused, so that each thing is written
// down once and an app that asks a thousand times a second costs one row.
type refusals struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first reports whether key is new.
func (r *refusals) first(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[key] {
		return false
	}
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[key] = true
	return true
}

// recorded are the refusals that go into the ledger. Methods come from a fixed
// table, so one session can cause only so many rows.
var recorded = []string{errUndeclared.Code, errDenied.Code, errUnavailable.Code}

// ledgerTime is how long a row may take; the call waits for it.
const ledgerTime = 2 * time.Second

// ledger writes down that a permission was refused: the method and the code,
// never what was asked for.
func (c *call) ledger(ctx context.Context, err error) {
	code := fault.Code(err)
	if c.method == nil || !slices.Contains(recorded, code) || !c.session.refuse.first(c.method.name+" "+code) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, ledgerTime)
	defer cancel()
	if err := c.bridge.apps.Note(ctx, c.session.Running.ID, "refused", c.method.name+" "+code); err != nil {
		c.bridge.log.Warn("a refusal could not be noted", "error", err)
	}
}

// explain turns err into what the app is told. Faults without a code go to the
// log; the app learns only that there was one.
func (c *call) explain(err error) error {
	if c.session.ctx.Err() != nil {
		return errEnded
	}
	if cause := context.Cause(c.ctx); errors.Is(cause, errRevoked) || errors.Is(cause, errCancelled) {
		return cause
	}
	if fault.Code(err) == fault.CodeInternal {
		c.bridge.log.Error("a call failed", "extension", c.session.Running.ID.String(), "method", c.request.Method, "error", err)
	}
	return err
}
