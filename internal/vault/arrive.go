package vault

import (
	"context"
	"io"

	"github.com/alcove-vault/alcove/internal/crdt"
)

// Arrive merges what another device wrote, a changeset or a snapshot, into the
// open vault and tells the apps that are open which of the tables they may read
// have other rows now. It is the one way in for whatever carries changes between
// devices, which has made sure before of who wrote them. It may be called while
// apps run.
//
// Errors: those of crdt.Engine.Apply.
func (u *Unlocked) Arrive(ctx context.Context, r io.Reader, opts crdt.ApplyOptions) (crdt.Report, error) {
	report, err := u.Tracking.Apply(ctx, r, opts)
	u.Bridge.Changed(report.Changed()) // also where what followed the merge failed
	return report, err
}
