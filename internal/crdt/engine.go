package crdt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// Engine tracks the changes of one store and merges those of others. There is
// one for a store, for as long as the store is open. Its methods may be called
// from several goroutines; what writes takes turns in the store.
type Engine struct {
	st    *store.Store
	clock clock

	mu   sync.Mutex
	self SiteID

	// What the transaction that writes knows; used only inside one.
	reg     *registry
	stale   bool // reg may say what was undone
	touched bool // reg says what the transaction wrote
	flusher flusher
	taken   []takenRow // since the last settle
	maxHeld int64      // bytes
	// histories are by app, and forgotten like reg.
	histories map[string]*history

	collects chan struct{} // holds one: who collects
	rounds   rounds        // of who collects
	forgot   atomic.Uint64 // steps of collecting that forgot something
}

// Option changes how an engine is made.
type Option func(*Engine)

// WithNow makes the engine take the time from now, which tests set.
func WithNow(now func() time.Time) Option {
	return func(e *Engine) { e.clock.now = now }
}

// Open starts tracking: it loads what is known of tables and devices, makes
// this device's own site if there is none, restores the clock, and attaches
// itself to the store. It is called once, before anybody writes.
func Open(ctx context.Context, st *store.Store, opts ...Option) (*Engine, error) {
	e := &Engine{st: st, maxHeld: maxHeld, collects: make(chan struct{}, 1), rounds: rounds{}}
	e.clock.now = time.Now
	for _, o := range opts {
		o(e)
	}
	err := st.UpdateTx(ctx, func(tx *store.Tx) error {
		if err := e.ensureSelf(tx); err != nil {
			return err
		}
		if err := e.load(tx); err != nil {
			return err
		}
		if err := e.ensureLevels(tx); err != nil {
			return err
		}
		return e.attachAll(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("open change tracking: %w", err)
	}
	st.SetTracker(e)
	if err := e.erase(ctx); err != nil && fault.Code(err) != "crdt.purge_waits" {
		return nil, err
	}
	return e, nil
}

// ensureSelf makes this device's site if there is none.
func (e *Engine) ensureSelf(tx *store.Tx) error {
	q := tx.Query("SELECT site FROM alcove_crdt_self")
	if q.Step() {
		q.Reset()
		return nil
	}
	if err := q.Err(); err != nil {
		return err
	}
	return newSelf(tx)
}

// newSelf makes a site with an id of its own, and makes it this device's.
func newSelf(tx *store.Tx) error {
	var id SiteID
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	q := tx.Query("INSERT INTO alcove_crdt_site (uuid) VALUES (?)")
	q.Blob(1, id[:])
	if err := q.Run(); err != nil {
		return err
	}
	q = tx.Query("INSERT INTO alcove_crdt_self (one, site) VALUES (1, ?) ON CONFLICT DO UPDATE SET site = excluded.site")
	q.Int(1, tx.LastInsertID())
	return q.Run()
}

// load reads the registry anew and sets the clock.
func (e *Engine) load(tx *store.Tx) error {
	reg, err := loadRegistry(tx)
	if err != nil {
		return err
	}
	vector, err := loadVector(tx, &reg.sites)
	if err != nil {
		return err
	}
	for _, h := range vector {
		e.clock.see(h)
	}
	e.reg, e.stale, e.touched = reg, false, false
	e.mu.Lock()
	e.self = reg.sites.ids[reg.sites.self]
	e.mu.Unlock()
	return nil
}

// writing returns the registry inside a transaction that writes.
func (e *Engine) writing(tx *store.Tx) (*registry, error) {
	if e.reg == nil || e.stale {
		if err := e.load(tx); err != nil {
			return nil, err
		}
	}
	return e.reg, nil
}

// Self is the site of this device's present life.
func (e *Engine) Self() SiteID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.self
}

// Vector is what a device has seen: for each site, the time up to which every
// change of it is merged, or parked.
type Vector map[SiteID]int64

// Vector returns what this device has seen, its own changes included.
func (e *Engine) Vector(ctx context.Context) (v Vector, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		s, err := loadSites(tx)
		if err == nil {
			v, err = loadVector(tx, s)
		}
		return err
	})
	return v, err
}

// loadVector reads how far each site was seen. This device's own last change is
// the last of its transactions; the stored value is that of the last one that
// was collected.
func loadVector(tx *store.Tx, s *sites) (Vector, error) {
	v := Vector{}
	q := tx.Query("SELECT id, seen FROM alcove_crdt_site")
	for q.Step() {
		if id := q.ColumnInt(0); id != reservedSite {
			v[s.ids[id]] = q.ColumnInt(1)
		}
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT max(h) FROM alcove_crdt_tx")
	if q.Step() {
		self := s.ids[s.self]
		v[self] = max(v[self], q.ColumnInt(0))
		q.Reset()
	}
	return v, q.Err()
}

// NewIncarnation gives this device another site, because it was copied or
// restored: two devices must not both write under one. What it wrote before
// stays, as the changes of a site that it has seen to its end; who has not gets
// it from a snapshot.
func (e *Engine) NewIncarnation(ctx context.Context) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		reg, err := e.writing(tx)
		if err != nil {
			return err
		}
		e.stale = true
		v, err := loadVector(tx, &reg.sites)
		if err != nil {
			return err
		}
		q := tx.Query("UPDATE alcove_crdt_site SET seen = ? WHERE id = ?")
		q.Int(1, v[reg.sites.ids[reg.sites.self]])
		q.Int(2, reg.sites.self)
		if err := q.Run(); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM alcove_crdt_tx"); err != nil {
			return err
		}
		if err := newSelf(tx); err != nil {
			return err
		}
		if err := e.load(tx); err != nil {
			return err
		}
		return e.ensureLevels(tx)
	})
}

// number returns the number of a site, which is made if it is new.
func (e *Engine) number(tx *store.Tx, id SiteID) (int64, error) {
	reg, err := e.writing(tx)
	if err != nil {
		return 0, err
	}
	if n, ok := reg.sites.number[id]; ok {
		return n, nil
	}
	e.touched = true
	q := tx.Query("INSERT INTO alcove_crdt_site (uuid) VALUES (?)")
	q.Blob(1, id[:])
	if err := q.Run(); err != nil {
		return 0, err
	}
	n := tx.LastInsertID()
	reg.sites.add(n, id)
	return n, nil
}

// errDamaged: the tables of change tracking contradict each other.
var errDamaged = errors.New("the tables of change tracking are damaged")
