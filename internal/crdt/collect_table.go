package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// collector forgets in one table, in one transaction.
type collector struct {
	e      *Engine
	tx     *store.Tx
	t      *table
	reg    *registry
	stable []int64 // by number of the site
	told   int64   // no moment before it can be gone back to
	alone  bool    // this is still the only device
	levels *levels // of the table's app
	info   *CollectInfo
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

// sweep is how far the parts of a collection are in one table. Each part looks
// at collectBatch rows at most, and reports whether there are more.
type sweep struct {
	part              int    // the one that it is at
	tomb              []byte // the last key that was looked at
	cells, gone, kept int64  // where to go on
}

func newSweep() *sweep { return &sweep{cells: allRows.lo, gone: allRows.lo, kept: allRows.lo} }

func (s *sweep) parts() []func(*collector) (bool, error) {
	return []func(*collector) (bool, error){s.tombs, s.stamps, s.empty, s.ranges}
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

// keepsTombs reports whether the table's tombstones stay: a migration may yet
// make a row of such a key on a device that runs it later or joins, in a life
// that does not win over the tombstone where that is still known. On the only
// device there is none elsewhere, and automatic keys name their births.
func (c *collector) keepsTombs() bool {
	return !c.alone && !c.t.auto && (c.t.filled || c.apart())
}

// below reports whether everybody has seen what has this stamp. Migrations make
// stamps without telling when: who runs one later makes them later.
func (c *collector) below(st stamp) bool {
	return st.m == 0 && st.site != reservedSite && st.h <= c.stable[st.site]
}
