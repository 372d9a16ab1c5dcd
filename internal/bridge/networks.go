package bridge

import (
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/store"
)

// networks are the clients of the extensions that are open. The sessions of
// one extension share a client, because its bounds are the extension's; nothing
// is shared between extensions, no connection either.
type networks struct {
	mu   sync.Mutex
	open map[int64]*reach
}

// reach is what the sessions of one extension share: what they reach the network
// with, and what they are held to together.
type reach struct {
	*network.Client
	rates  rates
	meters meters
	users  int
}

// take returns what the extension of a row reaches the network with. Give must
// be called once for it.
func (n *networks) take(row int64, limits store.Limits, now func() time.Time) *reach {
	n.mu.Lock()
	defer n.mu.Unlock()
	shared := n.open[row]
	if shared == nil {
		shared = &reach{}
		shared.Client = network.New(network.Options{Count: func(bytes int64) { shared.meters.network.add(bytes, now()) }})
		shared.meters.limits.Store(&limits)
		if n.open == nil {
			n.open = make(map[int64]*reach)
		}
		n.open[row] = shared
	}
	shared.users++
	return shared
}

// give ends the client with the last session that uses it.
func (n *networks) give(row int64) {
	n.mu.Lock()
	shared := n.open[row]
	shared.users--
	last := shared.users == 0
	if last {
		delete(n.open, row)
	}
	n.mu.Unlock()
	if last {
		shared.Close()
	}
}
