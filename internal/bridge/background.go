package bridge

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// How much a session may call while nobody sees it.
const (
	hiddenASecond  = 5
	hiddenInABurst = 100
)

// eventRest asks the page to close a frame that is out of sight: {session}.
const eventRest = "app.rest"

// errUnseen is the answer to what needs the person while the app is out of
// sight: nobody is asked on behalf of what is not there to be seen.
var errUnseen = fault.New("permission.dismissed", "The app is out of sight, where nothing can be asked for it, which is no for this time. Ask when the person opens it.")

// runInBackground is the permission to go on once the tab is closed.
var runInBackground = permission.Key{Resource: "background", Action: "run"}

// sight is whether a session is seen, and whether it may go on unseen.
type sight struct {
	stays  atomic.Bool // the app asked to go on once its tab is closed
	hidden atomic.Bool
	rate   *rate.Limiter // of calls while it is hidden
}

// mayCall counts a call, and refuses it where there were too many.
func (s *Session) mayCall() error {
	switch {
	case s.sight.hidden.Load() && !s.sight.rate.Allow():
		return errHiddenRate
	case !s.rate.Allow():
		return errRate
	}
	return nil
}

// backgroundMethods let an app go on once its tab is closed.
func backgroundMethods() []method {
	return []method{
		{name: "background.run", deadline: time.Second, parse: func(s *Session, _ *args) work {
			return work{wants: wanting(permission.Call{Key: runInBackground}), run: func(context.Context, grantedTerms) (result, error) {
				s.sight.stays.Store(true)
				return empty, nil
			}}
		}},
		{name: "background.stop", implicit: true, deadline: time.Second, parse: func(s *Session, _ *args) work {
			return work{run: func(context.Context, grantedTerms) (result, error) {
				s.sight.stays.Store(false)
				s.rest()
				return empty, nil
			}}
		}},
	}
}

// Hide takes a session out of sight, where less is allowed. Kept is whether it
// may go on there; otherwise nothing has changed, and the page closes it.
func (b *Bridge) Hide(secret string) (kept bool) {
	s := b.find(secret)
	if s == nil || !s.mayStay() {
		return false
	}
	s.hide()
	return true
}

// Show brings a session back into sight.
func (b *Bridge) Show(secret string) {
	if s := b.find(secret); s != nil {
		s.sight.hidden.Store(false)
	}
}

// hide holds the session to what it may out of sight. What it has asked of the
// person is not asked any more.
func (s *Session) hide() {
	s.sight.hidden.Store(true)
	s.bridge.prompts.withdraw(s)
}

// mayStay reports whether the session may go on out of sight by itself.
func (s *Session) mayStay() bool {
	return s.sight.stays.Load() && s.judge(permission.Call{Key: runInBackground}).Verdict == permission.Allowed
}

// rest has the page close a session that may not be out of sight any more.
// One that answers another app rests when that is done.
func (s *Session) rest() {
	if s.sight.hidden.Load() && !s.mayStay() {
		s.tell(eventRest, s.ID, map[string]any{"session": s.ID})
	}
}

// OpenHidden is Open for an app that another one needs: nobody opened it, and
// nobody sees it.
func (b *Bridge) OpenHidden(ctx context.Context, id manifest.ID, env Environment) (*Session, error) {
	s, err := b.Open(ctx, id, env)
	if err == nil {
		s.hide()
	}
	return s, err
}
