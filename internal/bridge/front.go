package bridge

import (
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// front is which app the person sees, as the host page says.
type front struct {
	mu  sync.Mutex
	app string // its id, "" for Alcove's own pages
	at  time.Time
}

// Front says that the tab of the app with this id is in front now, or none.
func (b *Bridge) Front(app string) {
	b.front.mu.Lock()
	defer b.front.mu.Unlock()
	if b.front.app != app {
		b.front.app, b.front.at = app, b.now()
	}
}

// since is when the app came to the front, the zero time if it is not there.
func (f *front) since(id manifest.ID) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.app != id.String() {
		return time.Time{}
	}
	return f.at
}
