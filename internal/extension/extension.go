// Package extension keeps the extensions of a vault: it reviews a package,
// installs, updates and removes it as one transaction each, and hands out its
// files.
//
// A package is staged in memory, where its review is made; nothing of it is
// written or run before the review is accepted. Accepting writes exactly the
// reviewed bytes, content-addressed by SHA-256, together with the row, the
// grants, the migrations and a line in the ledger. What is stored is verified
// again, whole, each time the extension starts; if it no longer is what was
// signed, the extension is quarantined and its data stay.
//
// An extension is named by its publisher's first key and its name. The same
// name from another key is another extension.
package extension

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// The holds of an extension, as stored.
const (
	HoldNone        = "none"
	HoldDisabled    = "disabled"
	HoldQuarantined = "quarantined"
)

// Registry is the extensions of one unlocked vault. It is safe for use by
// several goroutines.
type Registry struct {
	st      *store.Store
	tracked *crdt.Engine
	now     func() time.Time
	log     *slog.Logger

	uses *permission.Uses

	mu      sync.Mutex
	pending map[string]*pending
}

// New returns the registry of a store and of what tracks its tables, which stay
// open longer than it. Tables that were made before changes were tracked begin
// to be. log gets what goes wrong after something is done, never an app's data.
func New(ctx context.Context, st *store.Store, tracked *crdt.Engine, log *slog.Logger) (*Registry, error) {
	r := &Registry{st: st, tracked: tracked, now: time.Now, log: log, pending: map[string]*pending{}}
	if err := r.adopt(ctx); err != nil {
		return nil, fmt.Errorf("track the tables of apps: %w", err)
	}
	r.uses = permission.NewUses(st.Update, log)
	return r, nil
}

// closeTime bounds how long Close waits for the disk.
const closeTime = 200 * time.Millisecond

// Close forgets all reviews and their packages, and writes what grants were
// used for.
func (r *Registry) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := r.uses.Close(ctx); err != nil {
		r.log.Warn("the last uses of grants could not be written", "error", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.pending)
}

// Choice is a person's decision about one line of a review.
type Choice struct {
	Resource string              `json:"resource"`
	Action   string              `json:"action"`
	Target   string              `json:"target"`
	Decision permission.Decision `json:"decision"`
}

func (c Choice) key() permission.Key {
	return permission.Key{Resource: c.Resource, Action: c.Action, Target: c.Target}
}

// millis is the present in Unix milliseconds.
func (r *Registry) millis() int64 { return r.now().UnixMilli() }
