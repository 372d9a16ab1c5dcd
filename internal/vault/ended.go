package vault

import (
	"context"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// settingEnded holds the grants that ended by themselves and that nobody has
// been told of yet.
const settingEnded = "host.ended"

const (
	maxEnded  = 50        // of them are kept; the oldest go first
	lookEvery = time.Hour // for grants that have ended
)

// watchGrants ends grants whose time has come until the vault is locked: those
// of an open app when a date comes, and all of them once in a while.
func (u *Unlocked) watchGrants() {
	defer close(u.watched)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := u.EndGrants(u.ctx); err != nil && u.ctx.Err() == nil {
			u.log.Warn("grants whose time has come could not be ended", "error", err)
		}
		select {
		case <-u.ctx.Done():
			return
		case <-u.Bridge.DateCame():
		case <-ticker.C:
		}
	}
}

// EndGrants ends the grants whose time has come, in running apps too, and keeps
// for the person which they were.
func (u *Unlocked) EndGrants(ctx context.Context) error {
	list, err := u.Extensions.EndGrants(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, e := range list {
		id, err := manifest.ParseID(e.Extension)
		if err != nil {
			return err
		}
		if err := u.Bridge.Decide(ctx, id, e.Key); err != nil {
			return err
		}
	}
	u.endedMu.Lock()
	defer u.endedMu.Unlock()
	before, err := u.ended(ctx)
	if err != nil {
		return err
	}
	if err := u.keepEnded(ctx, append(before, list...)); err != nil {
		return err
	}
	if u.onEnded != nil {
		u.onEnded()
	}
	return nil
}

// OnEnded makes fn the one that is told when grants have ended. It must not
// wait.
func (u *Unlocked) OnEnded(fn func()) {
	u.endedMu.Lock()
	defer u.endedMu.Unlock()
	u.onEnded = fn
}

// Ended returns the grants that ended by themselves and were not dismissed, the
// last first.
func (u *Unlocked) Ended(ctx context.Context) ([]extension.EndedGrant, error) {
	list, err := u.ended(ctx)
	slices.Reverse(list)
	return list, err
}

func (u *Unlocked) ended(ctx context.Context) ([]extension.EndedGrant, error) {
	list := []extension.EndedGrant{}
	return list, u.jsonSetting(ctx, settingEnded, &list)
}

func (u *Unlocked) keepEnded(ctx context.Context, list []extension.EndedGrant) error {
	return u.setJSONSetting(ctx, settingEnded, list[max(0, len(list)-maxEnded):])
}

// DismissEnded forgets what Ended returned.
func (u *Unlocked) DismissEnded(ctx context.Context) error {
	u.endedMu.Lock()
	defer u.endedMu.Unlock()
	return u.keepEnded(ctx, nil)
}

var errNotEnded = fault.New("permission.not_ended", "This permission did not end, or was given again already. Look at what the app may do now.")

// GrantAgain gives a grant that ended again, on the same terms, and for good:
// it does not end when it is unused. Errors: permission.not_ended and those of
// extension.Registry.Grant.
func (u *Unlocked) GrantAgain(ctx context.Context, id manifest.ID, key permission.Key) error {
	u.endedMu.Lock()
	defer u.endedMu.Unlock()
	list, err := u.ended(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(e extension.EndedGrant) bool { return e.Extension == id.String() && e.Key == key })
	if at < 0 {
		return errNotEnded
	}
	g := permission.Grant{Key: key, Decision: permission.Allow, How: permission.HowSettings, Keep: true, Constraints: list[at].Terms}
	if err := u.Extensions.Grant(ctx, id, g); err != nil {
		return err
	}
	if err := u.Bridge.Decide(ctx, id, key); err != nil {
		return err
	}
	return u.keepEnded(ctx, slices.Delete(list, at, at+1))
}
