package bridge

import (
	"context"
	"errors"

	"github.com/alcove-vault/alcove/internal/fault"
)

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
