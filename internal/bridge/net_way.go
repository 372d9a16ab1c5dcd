package bridge

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// way judges the addresses that one call is led through. Its first is judged
// already. For a redirect nobody is asked: the person cannot know what the app
// is about to get from there, so it is allowed beforehand, or refused.
type way struct {
	session *Session
	call    *call
	wants   []permission.Call
	terms   grantedTerms

	mu    sync.Mutex
	later []permission.Call // what was allowed on the way
}

func newWay(ctx context.Context, s *Session, wants []permission.Call, terms grantedTerms) *way {
	c, _ := ctx.Value(callKey{}).(*call)
	return &way{session: s, call: c, wants: wants, terms: terms}
}

func (w *way) policy() network.Policy { return network.Policy{Allow: w.allow, Private: w.private} }

func (w *way) allow(ctx context.Context, method, url string) (network.Terms, error) {
	bounds := w.terms[0]
	if first := w.wants[0]; method != first.Method || url != first.Target {
		next := permission.Call{Key: permission.Key{Resource: "net", Action: first.Action, Target: url}, Method: method}
		w.note(next) // before it is judged, so that what is taken back afterwards ends the call
		ruling := w.session.judge(next)
		if ruling.Verdict != permission.Allowed {
			w.session.recordHop(next.Key, ruling.Verdict)
			return network.Terms{}, refusedHop(url, ruling.Verdict)
		}
		if ok, err := w.session.spend(ctx, ruling); err != nil || !ok {
			w.session.recordHop(next.Key, permission.Ask)
			return network.Terms{}, errors.Join(err, refusedHop(url, permission.Ask))
		}
		w.session.recordHop(next.Key, permission.Allowed)
		bounds = ruling.Bounds
	}
	if !w.session.network.rates.allow(bounds, w.session.bridge.now()) {
		return network.Terms{}, errNetRate.With("requests", bounds.Rate.Requests).With("seconds", bounds.Rate.Seconds)
	}
	return network.Terms{MaxResponse: bounds.MaxResponse}, nil
}

func (w *way) private(_ context.Context, url string) bool {
	if len(w.wants) > 1 && url == w.wants[1].Target {
		return true
	}
	next := permission.Call{Key: permission.Key{Resource: "net", Action: "private", Target: url}}
	if w.session.judge(next).Verdict != permission.Allowed {
		return false
	}
	w.note(next)
	return w.session.judge(next).Verdict == permission.Allowed // it may have been taken back before it was noted
}

func (w *way) note(call permission.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.later = append(w.later, call)
	if w.call != nil {
		w.session.running.also(w.call, call)
	}
}

// reached is all that the call was allowed: with any of it, what it opened
// ends.
func (w *way) reached() []permission.Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(w.wants[:len(w.wants):len(w.wants)], w.later...)
}

// refusedHop says where a redirect leads that is not followed.
func refusedHop(url string, verdict permission.Verdict) error {
	host := ""
	if address, err := network.Parse(url); err == nil {
		host = address.Host
	}
	message := fmt.Sprintf("The server redirects to %s, which the app may not reach as it is. Declare net.fetch for it, or ask for it directly so that the person is asked.", host)
	return fault.New("net.redirect_refused", message).With("host", host).With("verdict", string(verdict))
}
