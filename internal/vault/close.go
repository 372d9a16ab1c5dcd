package vault

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// closeTime bounds how long Lock waits for the store. With the 300 ms that
// extensions get to save before it, a lock takes less than a second.
const closeTime = 600 * time.Millisecond

// Lock ends the sessions, aborts transactions, writes the ledger, closes the
// store, destroys the keys and releases the folder, in this order. It returns
// within closeTime: if
// the disk makes the store take longer, the keys are destroyed all the same,
// the store finishes beside it, and the folder stays locked until then.
// Calling it again does nothing.
func (u *Unlocked) Lock() error {
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
		u.Bridge.CloseAll()
		<-u.watched
		u.closeLedger()
		u.Extensions.Close()
		result <- u.Store.Close()
	}()
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	var err error
	select {
	case err = <-result:
		<-u.closed
	case <-timer.C:
		err = errors.New("the store did not close in time")
	}
	u.forget()
	if err != nil {
		return fault.Wrap("vault.lock_incomplete",
			"The vault is locked and its keys are gone, but its file could not be closed cleanly. Nothing that was saved is lost; the next unlock puts the file in order.", err)
	}
	return nil
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
