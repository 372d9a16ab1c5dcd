// Package notifications makes what an app wants to show fit to be shown by the
// desktop, in Alcove's name: short, plain, with the app's name before it, and
// not too often.
package notifications

import (
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Bounds of one notification, in characters. What is longer is cut.
const (
	maxName  = 40
	maxTitle = 100
	maxBody  = 300
	maxLines = 4 // of the body
	// MaxBytes is what is read of each text at all.
	MaxBytes = 4 << 10
)

// How often: a few at once, then one each ten seconds; and for all apps
// together three times that.
const (
	burst    = 4
	every    = 10 * time.Second
	together = 3
)

// Faults an app's author meets.
var (
	errEmpty = fault.New("notifications.empty", "The notification has neither a title nor a body that could be shown. Give it one.")
	errRate  = fault.New("notifications.rate", "The app shows notifications too often. It has 4 at once and then one each 10 seconds; put what is to be said together.")
)

// Text is what the desktop shows.
type Text struct{ Title, Body string }

// Compose writes the texts of a notification of the app called name. The title
// always begins with that name, so that no app speaks as another one, or as
// Alcove. Errors: notifications.empty.
func Compose(name, title, body string) (Text, error) {
	title, body = line(title, maxTitle), lines(body)
	if title == "" && body == "" {
		return Text{}, errEmpty
	}
	t := Text{Title: line(name, maxName), Body: body}
	if t.Title == "" {
		t.Title = "An app"
	}
	if title != "" {
		t.Title += ": " + title
	}
	return t, nil
}

// lines cleans a body, of which a few lines are kept.
func lines(s string) string {
	var kept []string
	left := maxBody
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if part = line(part, left); part != "" {
			kept = append(kept, part)
			left -= len([]rune(part))
		}
		if len(kept) == maxLines || left <= 0 {
			break
		}
	}
	return strings.Join(kept, "\n")
}

// line makes one line of at most limit characters: everything that is not
// printed, or that changes the direction or the place of what is, becomes a
// space; spaces in a row become one.
func line(s string, limit int) string {
	clean := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(clean), " "))
	if len(runes) > limit {
		runes = append(runes[:max(limit-1, 0)], '…')
	}
	return string(runes)
}

// Rates counts how often each app shows something. The zero value is ready.
type Rates struct {
	mu   sync.Mutex
	apps map[int64]*rate.Limiter
	all  *rate.Limiter
}

// Allow counts one notification of the app with this row at now. Errors:
// notifications.rate.
func (r *Rates) Allow(app int64, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.apps == nil {
		r.apps = make(map[int64]*rate.Limiter)
		r.all = rate.NewLimiter(rate.Every(every)*together, burst*together)
	}
	own := r.apps[app]
	if own == nil {
		own = rate.NewLimiter(rate.Every(every), burst)
		r.apps[app] = own
	}
	if own.TokensAt(now) < 1 || r.all.TokensAt(now) < 1 {
		return errRate
	}
	own.AllowN(now, 1)
	r.all.AllowN(now, 1)
	return nil
}
