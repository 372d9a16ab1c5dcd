package crdt

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// loadStable reads up to where every device was known to have seen each site
// when something was collected last, here or on the device whose snapshot was
// merged.
func loadStable(tx *store.Tx, s *sites) (Vector, error) {
	v := Vector{}
	q := tx.Query("SELECT id, stable FROM alcove_crdt_site WHERE stable > 0")
	for q.Step() {
		v[s.ids[q.ColumnInt(0)]] = q.ColumnInt(1)
	}
	return v, q.Err()
}

// stableByNumber is loadStable by the number of the site.
func stableByNumber(tx *store.Tx, s *sites) ([]int64, error) {
	v, err := loadStable(tx, s)
	if err != nil {
		return nil, err
	}
	list := make([]int64, len(s.ids))
	for n, id := range s.ids {
		list[n] = v[id]
	}
	return list, nil
}

// raiseStable notes that everybody has seen a site up to h.
func raiseStable(tx *store.Tx, site, h int64) error {
	q := tx.Query("UPDATE alcove_crdt_site SET stable = max(stable, ?) WHERE id = ?")
	q.Int(1, h)
	q.Int(2, site)
	return q.Run()
}

// checkStable refuses what a device wrote that had not seen what was collected
// here, and what is for devices that have seen more than this one: what was
// forgotten decides nothing any more, so merging it could bring back what was
// deleted. A device that has nothing yet may begin with any snapshot. Error:
// crdt.behind.
func checkStable(tx *store.Tx, s *sites, h *header, seen Vector) error {
	stable, err := loadStable(tx, s)
	if err != nil {
		return err
	}
	has := h.vector()
	for id, at := range stable {
		if has[id] < at {
			return behindFault(h.site, false)
		}
	}
	if h.kind == kindSnapshot {
		if fresh, err := nothingHere(tx, s, seen); fresh || err != nil {
			return err
		}
	}
	for _, d := range h.deps {
		if d.Stable > seen[d.Site] {
			return behindFault(h.site, true)
		}
	}
	return nil
}

// nothingHere reports whether this device has seen nothing and written nothing
// but what migrations made, and which of them it has run.
func nothingHere(tx *store.Tx, s *sites, seen Vector) (bool, error) {
	for id, at := range seen {
		if at > 0 && id != s.ids[s.self] {
			return false, nil
		}
	}
	if collected, err := collectedUpto(tx, s.self); collected > 0 || err != nil {
		return false, err
	}
	q := tx.Query("SELECT data FROM alcove_crdt_tx")
	for q.Step() {
		for p := (parser{b: q.ColumnBytes(0)}); len(p.b) > 0; {
			sec := readSection(&p)
			if sec.kind != sectionLevel && sec.kind != sectionMigrated {
				q.Reset()
				return false, nil
			}
			sec.skip()
		}
	}
	return true, q.Err()
}

// adoptStable takes over what the sender has collected, or has heard that another
// device has: what is not there any more, nothing may be compared with here
// either. It is done before anything is merged.
func (e *Engine) adoptStable(tx *store.Tx, h *header) error {
	for _, d := range h.deps {
		if d.Stable == 0 {
			continue
		}
		n, err := e.number(tx, d.Site)
		if err == nil {
			err = raiseStable(tx, n, d.Stable)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settled reports whether a tombstone may have been collected on another device,
// as far as is known here.
func (m *merger) settled(d tomb) (bool, error) {
	if d.m != 0 || d.site == reservedSite || d.cl >= purgeLife {
		return false, nil
	}
	if m.stable == nil {
		var err error
		if m.stable, err = stableByNumber(m.tx, &m.reg.sites); err != nil {
			return false, err
		}
	}
	return d.h <= at(m.stable, d.site), nil
}

// outlives reports whether a row, or the end of one, that a migration made wins
// over a longer life's tombstone: that one is settled, so where it was collected
// there was nothing to compare the row with.
func (m *merger) outlives(cl int64, st stamp, d tomb) (bool, error) {
	made := st.site == reservedSite
	if cl%2 == 0 {
		made = st.m != 0
	}
	if !made || cl >= d.cl {
		return false, nil
	}
	return m.settled(d)
}

// stateOutlives is outlives for what is kept of rows.
func (m *merger) stateOutlives(s, dead *state) (bool, error) {
	if dead.alive() {
		return false, nil
	}
	return m.outlives(s.cl, m.reg.sites.inner(s.stamp), tomb{dead.cl, m.reg.sites.inner(dead.stamp)})
}

// raiseFloor makes new lives of keys that nothing is known of longer than floor.
func (e *Engine) raiseFloor(tx *store.Tx, gid GlobalID, floor int64) error {
	reg, err := e.writing(tx)
	if err != nil || floor <= reg.floors[gid] {
		return err
	}
	e.touched = true
	reg.floors[gid] = floor
	if t := reg.byGID[gid]; t != nil {
		t.floor = floor
	}
	q := tx.Query("INSERT INTO alcove_crdt_floor (tbl, cl) VALUES (?, ?) ON CONFLICT DO UPDATE SET cl = excluded.cl")
	q.Blob(1, gid[:])
	q.Int(2, floor)
	return q.Run()
}
