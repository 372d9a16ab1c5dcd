package crdt

import (
	"context"

	"github.com/alcove-vault/alcove/internal/store"
)

// CollectInfo says how much was forgotten.
type CollectInfo struct {
	Transactions int64 // of the outbox
	Tombstones   int64
	Cells        int64 // rows whose columns have fewer stamps
	Ranges       int64
}

// any reports whether anything was.
func (i CollectInfo) any() bool { return i != CollectInfo{} }

// Collect forgets what can decide nothing any more: of this device's outbox, of
// tombstones and of stamps, what is below the horizon. Everybody who still takes
// part must have seen the horizon, and this device everything that they wrote
// before they had. The argument why it is safe is in SPEC.md. It is done in many
// short transactions; if ctx ends it, the rest is left to the next time. Error:
// crdt.horizon, if this device has not seen the horizon itself.
func (e *Engine) Collect(ctx context.Context, horizon Vector) (CollectInfo, error) {
	if _, err := e.beginCollecting(ctx); err != nil {
		return CollectInfo{}, err
	}
	defer e.endCollecting()
	c := collection{e: e, ctx: ctx, told: map[string]int64{}}
	var tables []tableRef
	err := c.step(func(tx *store.Tx, reg *registry) error {
		for _, t := range reg.inOrder() {
			tables = append(tables, tableRef{t.id, t.app})
		}
		return c.note(tx, reg, horizon)
	})
	for _, t := range tables {
		if err == nil {
			err = c.table(t, newSweep(), e.count)
		}
	}
	if err == nil {
		err = c.outbox(c.upto)
	}
	return c.info, err
}

// beginCollecting waits until nobody else collects, and says whether somebody
// did.
func (e *Engine) beginCollecting(ctx context.Context) (waited bool, err error) {
	select {
	case e.collects <- struct{}{}:
		return false, nil
	default:
	}
	select {
	case e.collects <- struct{}{}:
		return true, nil
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

func (e *Engine) endCollecting() { <-e.collects }

// collection is one run of forgetting. Each of its steps is a transaction that
// looks at so many rows at most: whoever else wants to write gets their turn
// between two of them.
type collection struct {
	e     *Engine
	ctx   context.Context
	alone bool             // this was the only device when it began
	upto  int64            // of this device's outbox
	told  map[string]int64 // by app, the oldest moment that can be told
	info  CollectInfo
}

func (c *collection) step(fn func(*store.Tx, *registry) error) error {
	before := c.info
	err := c.e.st.UpdateTx(c.ctx, func(tx *store.Tx) error {
		reg, err := c.e.writing(tx)
		if err == nil {
			err = fn(tx, reg)
		}
		return err
	})
	if c.info != before {
		c.e.forgot.Add(1)
	}
	return err
}

// note writes down the horizon, and that nobody can have changes from before it.
// From here on what is below may go, at any time.
func (c *collection) note(tx *store.Tx, reg *registry, horizon Vector) error {
	seen, err := loadVector(tx, &reg.sites)
	if err != nil {
		return err
	}
	for id, h := range horizon {
		if h > seen[id] {
			return horizonFault()
		}
		if site, ok := reg.sites.number[id]; ok && h > 0 {
			if err := raiseStable(tx, site, h); err != nil {
				return err
			}
		}
	}
	self := reg.sites.self
	c.upto = horizon[reg.sites.ids[self]]
	q := tx.Query("UPDATE alcove_crdt_site SET seen = max(seen, coalesce((SELECT max(h) FROM alcove_crdt_tx WHERE h <= ?1), 0)) WHERE id = ?2")
	q.Int(1, c.upto)
	q.Int(2, self)
	return q.Run()
}

// tableRef names a table from one transaction to the next.
type tableRef struct {
	id  int64
	app string
}

// table collects in one table, from where s is on, and trims the history of its
// app; measure is what is done before that, if it is not nil.
func (c *collection) table(ref tableRef, s *sweep, measure func(*store.Tx, *history) error) error {
	if _, done := c.told[ref.app]; !done {
		if err := c.step(func(tx *store.Tx, _ *registry) error { return c.history(tx, ref.app, measure) }); err != nil {
			return err
		}
	}
	for parts := s.parts(); s.part < len(parts); s.part++ {
		for more := true; more; {
			more = false
			err := c.step(func(tx *store.Tx, reg *registry) error {
				t := reg.tables[ref.id]
				if t == nil || t.name == "" {
					return nil // a migration dropped it meanwhile
				}
				in, err := c.e.newCollector(tx, reg, t, c.told[t.app])
				if err != nil {
					return err
				}
				in.info = &c.info
				if c.alone { // until somebody joins between two steps
					if in.alone, err = alone(tx, reg); err != nil {
						return err
					}
				}
				return tx.Freed(t.app, func() error {
					more, err = parts[s.part](in)
					return err
				})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// collectBatch is how many rows one step looks at.
const collectBatch = 2000

// collectBytes is after how many bytes of the outbox one step ends.
const collectBytes = 4 << 20

// outbox forgets the transactions until upto. They go last: until then they say
// what is left to do (see collectAlone).
func (c *collection) outbox(upto int64) error {
	freed := map[string]int64{} // bytes by app
	for more := true; more; {
		err := c.step(func(tx *store.Tx, reg *registry) (err error) {
			more, err = c.forgetSent(tx, reg, upto, freed)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(freed) == 0 {
		return nil
	}
	return c.step(func(tx *store.Tx, _ *registry) error {
		for app, bytes := range freed {
			if err := tx.FreedBytes(app, bytes); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetSent takes the oldest transactions out of the outbox, adds what that
// frees to freed, and reports whether there may be more until upto.
func (c *collection) forgetSent(tx *store.Tx, reg *registry, upto int64, freed map[string]int64) (more bool, err error) {
	var last, n, bytes int64
	err = eachSent(tx, reg, upto, func(h, size int64, parts []sentPart) bool {
		last, n, bytes = h, n+1, bytes+size
		for _, p := range parts {
			freed[p.table.app] += p.bytes
		}
		more = n == collectBatch || bytes >= collectBytes
		return !more
	})
	if err != nil || n == 0 {
		return false, err
	}
	q := tx.Query("DELETE FROM alcove_crdt_tx WHERE h <= ?")
	q.Int(1, last)
	err = q.Run()
	c.info.Transactions += tx.Changes()
	return more, err
}
