package crdt

import (
	"context"
	"fmt"

	"github.com/alcove-vault/alcove/internal/store"
)

// CollectInfo says how much was forgotten.
type CollectInfo struct {
	Transactions int64 // of the outbox
	Tombstones   int64
	Cells        int64 // rows whose columns have fewer stamps
	Ranges       int64
}

// Collect forgets what can decide nothing any more: of this device's outbox, of
// tombstones and of stamps, what is below the horizon. Everybody who still takes
// part must have seen the horizon, and this device everything that they wrote
// before they had. It is done in one transaction for each table. The argument
// why it is safe is in SPEC.md. Error: crdt.horizon, if this device has not seen
// the horizon itself.
func (e *Engine) Collect(ctx context.Context, horizon Vector) (info CollectInfo, err error) {
	var tables []int64
	var told map[string]int64
	err = e.collecting(ctx, func(tx *store.Tx, reg *registry) error {
		for id, t := range reg.tables {
			if t.name != "" {
				tables = append(tables, id)
			}
		}
		if info.Transactions, err = collectOutbox(tx, reg, horizon); err != nil {
			return err
		}
		told, err = e.collectHistory(tx)
		return err
	})
	for _, id := range tables {
		if err != nil {
			break
		}
		err = e.collecting(ctx, func(tx *store.Tx, reg *registry) error {
			t := reg.tables[id]
			if t == nil || t.name == "" {
				return nil
			}
			c, err := e.newCollector(tx, reg, t, told[t.app])
			if err != nil {
				return err
			}
			if err := c.run(); err != nil {
				return err
			}
			info.Tombstones += c.info.Tombstones
			info.Cells += c.info.Cells
			info.Ranges += c.info.Ranges
			return nil
		})
	}
	return info, err
}

func (e *Engine) collecting(ctx context.Context, fn func(*store.Tx, *registry) error) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		reg, err := e.writing(tx)
		if err == nil {
			err = fn(tx, reg)
		}
		return err
	})
}

// collectOutbox notes the horizon and forgets the transactions below it.
func collectOutbox(tx *store.Tx, reg *registry, horizon Vector) (n int64, err error) {
	seen, err := loadVector(tx, &reg.sites)
	if err != nil {
		return 0, err
	}
	for id, h := range horizon {
		if h > seen[id] {
			return 0, horizonFault()
		}
		if site, ok := reg.sites.number[id]; ok && h > 0 {
			if err := raiseStable(tx, site, h); err != nil {
				return 0, err
			}
		}
	}
	self := reg.sites.self
	upto := horizon[reg.sites.ids[self]]
	q := tx.Query("UPDATE alcove_crdt_site SET seen = max(seen, coalesce((SELECT max(h) FROM alcove_crdt_tx WHERE h <= ?1), 0)) WHERE id = ?2")
	q.Int(1, upto)
	q.Int(2, self)
	if err := q.Run(); err != nil {
		return 0, err
	}
	q = tx.Query("DELETE FROM alcove_crdt_tx WHERE h <= ?")
	q.Int(1, upto)
	err = q.Run()
	return tx.Changes(), err
}

// collector forgets in one table.
type collector struct {
	e      *Engine
	tx     *store.Tx
	t      *table
	reg    *registry
	stable []int64 // by number of the site
	told   int64   // no moment before it can be gone back to
	levels *levels // of the table's app
	info   CollectInfo
}

func (e *Engine) newCollector(tx *store.Tx, reg *registry, t *table, told int64) (*collector, error) {
	v, err := loadStable(tx, &reg.sites)
	if err != nil {
		return nil, err
	}
	c := &collector{e: e, tx: tx, t: t, reg: reg, told: told, stable: make([]int64, len(reg.sites.ids))}
	for n, id := range reg.sites.ids {
		c.stable[n] = v[id]
	}
	if c.levels, err = loadLevels(tx, t.app); err != nil {
		return nil, err
	}
	_, err = t.edgeOf(tx)
	return c, err
}

func (c *collector) run() error {
	if err := c.tombs(); err != nil {
		return err
	}
	if c.apart() {
		return nil
	}
	if c.t.entries {
		if err := c.cells(); err != nil {
			return err
		}
	}
	c.t.known = false
	return c.ranges()
}

// apart reports whether a migration is to come, here or on another device that
// takes part: what it rewrites must have the stamps that others have.
func (c *collector) apart() bool {
	highest := c.levels.highest()
	if int64(highest) > c.reg.migrated[c.t.app] {
		return true
	}
	for site, list := range c.levels.sites {
		if c.stable[site] > 0 && list[len(list)-1].m < highest {
			return true
		}
	}
	return false
}

// below reports whether everybody has seen what has this stamp. Migrations make
// stamps without telling when: who runs one later makes them later.
func (c *collector) below(st stamp) bool {
	return st.m == 0 && st.site != reservedSite && st.h <= c.stable[st.site]
}

// tombs forgets tombstones. The next life of their keys must be longer still, so
// the table remembers the longest.
func (c *collector) tombs() error {
	// No device gets to a life beyond maxFloor; who was lied to keeps the tombstone.
	where := fmt.Sprintf(" WHERE m = 0 AND cl <= %d AND h <= (SELECT stable FROM alcove_crdt_site WHERE id = site)", int64(maxFloor))
	floor, _, err := oneInt(c.tx, "SELECT max(cl) FROM "+c.t.of(kindTomb)+where)
	if err != nil || floor == 0 {
		return err
	}
	if !c.t.auto { // else a key has one life
		if err := c.e.raiseFloor(c.tx, c.t.gid, floor); err != nil {
			return err
		}
	}
	err = c.tx.Exec("DELETE FROM " + c.t.of(kindTomb) + where)
	c.info.Tombstones = c.tx.Changes()
	return err
}

// collectBatch is how many rows are looked at before those that changed are
// written.
const collectBatch = 1000

// cells lets columns have the stamp of their row's birth, if theirs is later
// and everybody has seen it.
func (c *collector) cells() error {
	type change struct {
		rid  int64
		data []byte // nothing: the range says all
	}
	var (
		batch []change
		own   clocks
		at    span
	)
	for next, more := allRows.lo, true; more; {
		batch, more = batch[:0], false
		q := c.tx.Query("SELECT rid, data FROM " + c.t.of(kindClocks) + " WHERE rid >= ? ORDER BY rid LIMIT ?")
		q.Int(1, next)
		q.Int(2, collectBatch)
		for n := 1; q.Step(); n++ {
			rid := q.ColumnInt(0)
			next, more = rid+1, n == collectBatch && rid < allRows.hi
			if err := readClocks(q.ColumnBytes(1), &own); err != nil {
				return err
			}
			birth := own.birth
			if !own.born() {
				if rid < at.lo || rid > at.hi || at == (span{}) {
					var ok bool
					var err error
					if at, ok, err = c.t.rangeOf(c.tx, rid); err != nil {
						return err
					}
					if !ok {
						return errDamaged
					}
				}
				birth = at.birth
			}
			if c.lower(&own, birth) {
				batch = append(batch, change{rid, appendClocks(nil, &own)})
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, b := range batch {
			var err error
			if len(b.data) == 0 {
				err = c.t.dropClocks(c.tx, b.rid)
			} else {
				err = c.t.putEntry(c.tx, b.rid, b.data)
			}
			if err != nil {
				return err
			}
		}
		c.info.Cells += int64(len(batch))
	}
	return nil
}

// lower takes away the stamps that are not needed. A stamp may only become an
// earlier one, a later one could win over an edit that nobody has seen; and one
// of the same level, or who runs a migration late would run it twice on the
// value, or not at all.
func (c *collector) lower(own *clocks, birth stamp) bool {
	kept := own.entries[:0]
	for _, e := range own.entries {
		if !c.below(e.stamp) || c.reg.sites.before(e.stamp, birth) || c.levels.of(e.stamp) != c.levels.of(birth) {
			kept = append(kept, e)
		}
	}
	changed := len(kept) < len(own.entries)
	own.entries = kept
	return changed
}
