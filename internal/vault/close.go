package vault

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// closeTime bounds how long Lock waits for the store. With the 300 ms that
// extensions get to save before it, a lock takes less than a second.
const closeTime = 600 * time.Millisecond

// patience bounds how long Close waits for what runs.
const patience = 10 * time.Second

// Lock ends the connections of other programs and the sessions, aborts
// transactions, writes the ledger, closes the store, destroys the keys and
// releases the folder, in this order. It returns within closeTime: if the disk
// makes the store take longer, the keys are destroyed all the same, the store
// finishes beside it, and the folder stays locked until then.
// Calling it again does nothing. Errors: vault.lock_incomplete.
func (u *Unlocked) Lock() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	return u.close(now)
}

// Close is Lock for who may wait: nobody sits before the vault whose keys have to
// go at once. It waits for what runs until ctx ends, at most ten seconds.
func (u *Unlocked) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return u.close(ctx)
}

// close waits for the store until ctx ends, and then for closeTime.
func (u *Unlocked) close(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.locked {
		return nil
	}
	u.locked = true
	result := make(chan error, 1)
	go func() {
		defer close(u.closed)
		defer u.hold.release()
		u.cancel()
		u.closeExternal()
		u.Bridge.CloseAll()
		<-u.watched
		<-u.tidied
		u.closeLedger()
		u.Extensions.Close()
		result <- u.Store.CloseWithin(ctx)
	}()
	err := u.outcome(ctx, result)
	u.forget()
	if err != nil {
		return incomplete(err)
	}
	return nil
}

// outcome is what became of closing the store, as far as that is waited for.
func (u *Unlocked) outcome(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		<-u.closed
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case err := <-result:
		<-u.closed
		return err
	case <-timer.C:
		return &store.Unfinished{What: cmp.Or(u.Store.Busy(), "the closing of the file")}
	}
}

// incomplete says that the keys are gone and the file is not closed, and why if
// that is known.
func incomplete(err error) error {
	why := ""
	if unfinished, ok := errors.AsType[*store.Unfinished](err); ok {
		why = ", because " + unfinished.Error() + " in time"
	}
	return fault.Wrap("vault.lock_incomplete",
		"The vault is locked and its keys are gone, but its file could not be closed cleanly"+why+". Nothing that was saved is lost; the next unlock puts the file in order.", err)
}

// ledgerTime bounds how long the last calls may take to be written down.
const ledgerTime = 200 * time.Millisecond

func (u *Unlocked) closeLedger() {
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTime)
	defer cancel()
	if err := u.Ledger.Close(ctx); err != nil {
		u.log.Warn("the last calls of apps could not be written down", "error", err)
	}
}

// Wait returns when a locked vault's folder is free again.
func (u *Unlocked) Wait() { <-u.closed }

// forget destroys every key.
func (u *Unlocked) forget() {
	u.source.destroy()
	u.ring.Destroy()
}
