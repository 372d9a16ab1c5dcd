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

// adoptStable takes over what the sender of a snapshot has collected: what it
// does not have any more this device may not have either.
func (e *Engine) adoptStable(tx *store.Tx, h *header) error {
	if h.kind != kindSnapshot {
		return nil
	}
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
