package vault

import (
	"context"
	"log/slog"
)

// start begins what stands on the store.
func (u *Unlocked) start(context.Context, *slog.Logger) error { return nil }

// stop ends what start began.
func (u *Unlocked) stop() {}

// busy says whether an extension is open that may have something to save.
func (u *Unlocked) busy() bool { return false }

func (u *Unlocked) checkAll(ctx context.Context, _ func(done, total int64)) error { return ctx.Err() }
