package bridge

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// How much of what its engine reports a session can have written down by name.
const (
	reportsASecond  = 20
	reportsInABurst = 200
	maxReported     = 100 // different things
)

// codeBlocked is the code of what a page was kept from.
const codeBlocked = "page.blocked"

// blockedActions are what a page was about to do, by the directive of its policy
// that was against it. They are actions of the ledger only: no permission has
// one of these names.
var blockedActions = map[string]string{
	"connect-src": "connect",
	"img-src":     "image",
	"font-src":    "font",
	"style-src":   "style",
	"script-src":  "script",
	"media-src":   "media",
	"frame-src":   "frame",
	"child-src":   "frame",
	"worker-src":  "worker",
	"object-src":  "object",
	"form-action": "form",
}

// plainHost is the host of an address as a web engine writes it.
var plainHost = regexp.MustCompile(`^[a-z0-9._\-\[\]:]{1,300}$`)

// reports bound what the engine of a session's frame reports.
type reports struct {
	mu     sync.Mutex
	known  map[permission.Key]bool
	rate   *rate.Limiter
	others *rate.Limiter // of what is written down without its name
}

func newReports() *reports {
	return &reports{
		known: make(map[permission.Key]bool), rate: rate.NewLimiter(reportsASecond, reportsInABurst), others: rate.NewLimiter(1, 1),
	}
}

// Blocked writes down that the policy of a page kept it from an address outside,
// as the web engine reports it: the segment that the page's files are served
// under, the directive, and the address. Nobody proves that it was the engine,
// so it is a line in the ledger about that app and nothing else. An address that
// is not one of the network is no attempt to reach anything.
func (b *Bridge) Blocked(segment, directive, address string) {
	s := b.search(segment, func(s *Session) string { return s.Path })
	if s == nil {
		return
	}
	done, err := s.begin()
	if err != nil {
		return
	}
	defer done()
	key, outside := blockedKey(directive, address)
	if !outside || !s.reports.take(&key, b.now()) {
		return
	}
	b.record(ledger.Entry{
		At: b.now().UnixMilli(), Extension: s.Running.Row, Method: codeBlocked, Key: key, Verdict: ledger.Blocked, Code: codeBlocked,
	})
}

// blockedKey says what the ledger counts a report as. A host that no engine
// would write like this is left out.
func blockedKey(directive, address string) (key permission.Key, outside bool) {
	name := strings.TrimSuffix(strings.TrimSuffix(directive, "-elem"), "-attr")
	key = permission.Key{Resource: "net", Action: blockedActions[name]}
	if key.Action == "" {
		key.Action = "load"
	}
	scheme, _, _ := strings.Cut(address, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
	case "ws", "wss":
		key.Action = "socket"
	default:
		return key, false
	}
	if u, err := url.Parse(address); err == nil && plainHost.MatchString(strings.ToLower(u.Host)) {
		key.Target = ledger.Target(permission.Key{Resource: "net", Target: address})
	}
	return key, true
}

// take reports whether one more is written down; what is too much loses its
// target, and at last is not written.
func (r *reports) take(key *permission.Key, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rate.AllowN(now, 1) && (r.known[*key] || len(r.known) < maxReported) {
		r.known[*key] = true
		return true
	}
	key.Target = ""
	return r.others.AllowN(now, 1)
}
