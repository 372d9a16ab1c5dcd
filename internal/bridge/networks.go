package bridge

import (
	"sync"

	"github.com/alcove-vault/alcove/internal/capability/network"
)

// networks are the clients of the extensions that are open. The sessions of
// one extension share a client, because its bounds are the extension's; nothing
// is shared between extensions, no connection either.
type networks struct {
	mu   sync.Mutex
	open map[int64]*reach
}

// reach is what the sessions of one extension reach the network with.
type reach struct {
	*network.Client
	rates rates
	users int
}

// take returns what the extension of a row reaches the network with. Give must
// be called once for it.
func (n *networks) take(row int64) *reach {
	n.mu.Lock()
	defer n.mu.Unlock()
	shared := n.open[row]
	if shared == nil {
		shared = &reach{Client: network.New(network.Options{})}
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
