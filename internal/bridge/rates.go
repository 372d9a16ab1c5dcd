package bridge

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/permission"
)

// rates holds an extension to how often its permissions may be used.
// There are as many limiters as rules that were used, which the manifest
// declares.
type rates struct {
	mu    sync.Mutex
	rules map[permission.Key]*rated
}

type rated struct {
	rate    permission.Rate
	limiter *rate.Limiter
}

// allow counts one use under the rule of bounds, and reports whether there may
// be one now. A rate that has changed begins anew.
func (r *rates) allow(bounds permission.Bounds, now time.Time) bool {
	if bounds.Rate == (permission.Rate{}) {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	held := r.rules[bounds.Rule]
	if held == nil || held.rate != bounds.Rate {
		every := rate.Limit(float64(bounds.Rate.Requests) / float64(bounds.Rate.Seconds))
		held = &rated{rate: bounds.Rate, limiter: rate.NewLimiter(every, bounds.Rate.Requests)}
		if r.rules == nil {
			r.rules = make(map[permission.Key]*rated)
		}
		r.rules[bounds.Rule] = held
	}
	return held.limiter.AllowN(now, 1)
}
