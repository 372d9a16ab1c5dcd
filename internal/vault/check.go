package vault

import (
	"context"
	"errors"

	"github.com/alcove-vault/alcove/internal/keys"
)

// Check says whether every part of the vault in dir is good: both key files,
// every page and row of the database, the clocks of every row that syncs, every
// package. It returns the first
// thing that is not, as Unlock, store.Check, crdt.Check or extension.Check name
// it.
// progress, if not nil, is told how much of the current step is done.
func Check(ctx context.Context, dir string, c keys.Credential, progress func(done, total int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	dir, err := existing(dir)
	if err != nil {
		return err
	}
	if err := keys.CheckFiles(dir); err != nil {
		return err
	}
	u, err := Unlock(ctx, dir, c)
	if err != nil {
		return err
	}
	defer u.Wait()
	return errors.Join(u.check(ctx, progress), u.Close(ctx))
}

func (u *Unlocked) check(ctx context.Context, progress func(done, total int64)) error {
	if err := u.Store.Check(ctx, progress); err != nil {
		return err
	}
	if err := u.Tracking.Check(ctx, progress); err != nil {
		return err
	}
	return u.Extensions.Check(ctx, progress)
}
