package crdt

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// levels say, for one app and by the number of a site, how many migrations of
// the app the site had run from a time on: what it wrote then had gone through
// them, though its stamps carry no M. The times ascend. A number can be smaller
// than the one before: the app was removed and installed again.
type levels struct {
	sites map[int64][]levelAt
	// ran is, by the number of a migration that this device ran, what it had
	// seen of each site then.
	ran map[uint32]map[int64]int64
}

type levelAt struct {
	h int64
	m uint32
}

// loadLevels reads what is known of an app.
func loadLevels(tx *store.Tx, app string) (*levels, error) {
	l := &levels{map[int64][]levelAt{}, map[uint32]map[int64]int64{}}
	q := tx.Query("SELECT site, h, m FROM alcove_crdt_level WHERE app = ? ORDER BY site, h")
	q.Text(1, []byte(app))
	for q.Step() {
		site := q.ColumnInt(0)
		l.sites[site] = append(l.sites[site], levelAt{q.ColumnInt(1), uint32(q.ColumnInt(2))})
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT m, seen FROM alcove_crdt_ran WHERE app = ?")
	q.Text(1, []byte(app))
	for q.Step() {
		seen, err := readSeen(q.ColumnBytes(1))
		if err != nil {
			q.Reset()
			return nil, err
		}
		l.ran[uint32(q.ColumnInt(0))] = seen
	}
	return l, q.Err()
}

// readSeen reads alcove_crdt_ran.seen: by the number of a site, up to when it was
// seen.
func readSeen(b []byte) (map[int64]int64, error) {
	seen := map[int64]int64{}
	p := parser{b: b}
	for len(p.b) > 0 {
		site := p.int()
		seen[site] = p.int()
	}
	if p.bad {
		return nil, errDamaged
	}
	return seen, nil
}

// noteRan notes what this device has seen now that it runs migration m of an
// app.
func noteRan(tx *store.Tx, s *sites, app string, m uint32) error {
	v, err := loadVector(tx, s)
	if err != nil {
		return err
	}
	var data []byte
	for n, id := range s.ids {
		if h := v[id]; h > 0 && int64(n) != reservedSite {
			data = binary.AppendUvarint(binary.AppendUvarint(data, uint64(n)), uint64(h))
		}
	}
	q := tx.Query("DELETE FROM alcove_crdt_ran WHERE app = ? AND m >= ?") // the app began anew
	q.Text(1, []byte(app))
	q.Int(2, int64(m))
	if err := q.Run(); err != nil {
		return err
	}
	q = tx.Query("INSERT INTO alcove_crdt_ran (app, m, seen) VALUES (?, ?, CAST(? AS BLOB))")
	q.Text(1, []byte(app))
	q.Int(2, int64(m))
	q.Text(3, data)
	return q.Run()
}

// of is the level of a stamp: the greatest migration that what has it has gone
// through.
func (l *levels) of(st stamp) uint32 {
	list := l.sites[st.site]
	n, found := slices.BinarySearchFunc(list, st.h, func(a levelAt, h int64) int { return compareInt(a.h, h) })
	if found {
		n++
	}
	if n == 0 {
		return st.m
	}
	return max(st.m, list[n-1].m)
}

// since is from when on a site has stood at migration m or a later one; ok is false
// if it is not known to.
func (l *levels) since(site int64, m uint32) (h int64, ok bool) {
	for _, a := range l.sites[site] {
		if a.m < m {
			ok = false
		} else if !ok {
			h, ok = a.h, true
		}
	}
	return h, ok
}

// spared reports whether migration m has no say over what has a stamp: it has
// gone through it elsewhere, or it was written without a migration before m and
// came here after that had run. Then the migrations are for a device to run that
// had it before the first of them, as the one that wrote it.
func (l *levels) spared(st stamp, m uint32) bool {
	level := l.of(st)
	if level >= m {
		return true
	}
	if level+1 == m || st.site == reservedSite {
		return false
	}
	seen, known := l.ran[l.of(stamp{h: st.h, site: st.site})+1]
	return known && st.h > seen[st.site]
}

// sparedRow is spared for a row that the migration would delete: it stays for
// anything of it that does.
func (l *levels) sparedRow(c *clocks, m uint32) bool {
	if l.spared(c.birth, m) {
		return true
	}
	return slices.ContainsFunc(c.entries, func(e clockEntry) bool { return l.spared(e.stamp, m) })
}

// highest is the greatest level that a site has now.
func (l *levels) highest() (m uint32) {
	for _, list := range l.sites {
		m = max(m, list[len(list)-1].m)
	}
	return m
}

// noteLevel notes that this device stands at migration number m of an app from
// the time h on, and returns the section that tells others. A note that says
// nothing any more goes: what the device told last is the note alone.
func noteLevel(tx *store.Tx, self int64, app string, h int64, m uint32) ([]byte, error) {
	section := appendSection(nil, 0, sectionLevel, nil, [][]byte{[]byte(app)})
	last, alone := int64(0), false
	q := tx.Query("SELECT h, data FROM alcove_crdt_tx ORDER BY h DESC LIMIT 1")
	if q.Step() {
		last, alone = q.ColumnInt(0), bytes.Equal(q.ColumnBytes(1), section)
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	if alone {
		q = tx.Query("DELETE FROM alcove_crdt_tx WHERE h = ?")
		q.Int(1, last)
		if err := q.Run(); err != nil {
			return nil, err
		}
		q = tx.Query("DELETE FROM alcove_crdt_level WHERE app = ? AND site = ? AND h = ?")
		q.Text(1, []byte(app))
		q.Int(2, self)
		q.Int(3, last)
		if err := q.Run(); err != nil {
			return nil, err
		}
	}
	return section, storeLevel(tx, app, stamp{h, self, m})
}

// storeLevel notes that the site of st stood at migration st.m from st.h on. Of
// two notes of one time the greater counts, so they merge in any order.
func storeLevel(tx *store.Tx, app string, st stamp) error {
	q := tx.Query("INSERT INTO alcove_crdt_level (app, site, h, m) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET m = max(m, excluded.m)")
	q.Text(1, []byte(app))
	q.Int(2, st.site)
	q.Int(3, st.h)
	q.Int(4, int64(st.m))
	return q.Run()
}

// ensureLevels notes where this device stands if nothing says so: it has another
// site than before, or its migrations ran before levels were kept.
func (e *Engine) ensureLevels(tx *store.Tx) error {
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	type standing struct {
		app string
		m   uint32
	}
	var list []standing
	q := tx.Query("SELECT prefix, flags >> ?1 FROM alcove_crdt_app WHERE flags >> ?1 > 0 AND flags & ?2 = 0 AND flags >> ?1 IS NOT " +
		"(SELECT m FROM alcove_crdt_level WHERE app = prefix AND site = ?3 ORDER BY h DESC LIMIT 1) ORDER BY prefix")
	q.Int(1, migratedShift)
	q.Int(2, flagDevelopment)
	q.Int(3, reg.sites.self)
	for q.Step() {
		list = append(list, standing{string(q.ColumnBytes(0)), uint32(q.ColumnInt(1))})
	}
	if err := q.Err(); err != nil || len(list) == 0 {
		return err
	}
	h := e.clock.tick()
	var apps [][]byte
	for _, s := range list {
		if err := storeLevel(tx, s.app, stamp{h, reg.sites.self, s.m}); err != nil {
			return err
		}
		apps = append(apps, []byte(s.app))
	}
	return send(tx, h, appendSection(nil, 0, sectionLevel, nil, apps))
}

// level takes up where another site stood. What this device did it knows best
// itself.
func (a *applying) level(o *op) error {
	if o.birth.site == a.reg.sites.self {
		return nil
	}
	return storeLevel(a.tx, o.app, o.birth)
}

// levels writes where this device stood from the time h on.
func (x *extractor) levels(sec *section, h int64) error {
	sec.run()
	for {
		app, ok := sec.key()
		if !ok {
			return nil
		}
		q := x.tx.Query("SELECT m FROM alcove_crdt_level WHERE app = ? AND site = ? AND h = ?")
		q.Text(1, app)
		q.Int(2, x.site)
		q.Int(3, h)
		if q.Step() {
			st := stamp{h, x.site, uint32(q.ColumnInt(0))}
			q.Reset()
			if err := x.w.level(string(app), st); err != nil {
				return err
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
}

// allLevels writes all that is known of where sites stood.
func (x *extractor) allLevels() error {
	type told struct {
		app string
		stamp
	}
	var list []told
	q := x.tx.Query("SELECT app, site, h, m FROM alcove_crdt_level")
	for q.Step() {
		list = append(list, told{string(q.ColumnBytes(0)), stamp{q.ColumnInt(2), q.ColumnInt(1), uint32(q.ColumnInt(3))}})
	}
	if err := q.Err(); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b told) int {
		return compareLevels(x.w.index[a.site], a.h, a.app, x.w.index[b.site], b.h, b.app)
	})
	for _, t := range list {
		if err := x.w.level(t.app, t.stamp); err != nil {
			return err
		}
	}
	return nil
}
