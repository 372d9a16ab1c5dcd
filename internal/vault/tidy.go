package vault

import (
	"context"
	"time"
)

const (
	tidyEvery = time.Minute
	// tidyTime bounds how long it goes on. It is done in short transactions,
	// between which others write; what is left waits for the next time.
	tidyTime = 10 * time.Second
)

// tidy forgets, until the vault is locked, what tracking keeps of rows that are
// gone, as far as nobody can have to hear of it: when the vault is opened, and
// then once in a while if enough was written.
func (u *Unlocked) tidy() {
	defer close(u.tidied)
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		u.tidyUp()
		select {
		case <-u.ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (u *Unlocked) tidyUp() {
	ctx, cancel := context.WithTimeout(u.ctx, tidyTime)
	defer cancel()
	info, err := u.Tracking.CollectAlone(ctx)
	switch {
	case ctx.Err() != nil: // the time is over, or the vault is being locked
	case err != nil:
		u.log.Warn("what is kept of rows that are gone could not be forgotten", "error", err)
	case info.Transactions > 0:
		u.log.Debug("forgot what was kept of rows that are gone", "transactions", info.Transactions, "rows", info.Tombstones)
	}
}
