package crdt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// In alcove_crdt_table.flags.
const (
	flagAuto = 1
	flagMade = 2 // a range has the birth of rows that a migration made

	flagFilled = 4 // a migration may have made rows in it
)

// loadRegistry reads everything that is known of sites and tables, with the
// shapes of the tables that are there.
func loadRegistry(tx *store.Tx) (*registry, error) {
	reg, err := loadNames(tx)
	if err != nil {
		return nil, err
	}
	for _, t := range reg.tables {
		if t.name == "" {
			continue
		}
		if err := t.loadShape(tx); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return reg, nil
}

// loadNames reads the registry without the shapes of the tables.
func loadNames(tx *store.Tx) (*registry, error) {
	s, err := loadSites(tx)
	if err != nil {
		return nil, err
	}
	reg := &registry{floors: map[GlobalID]int64{}, sites: *s, tables: map[int64]*table{}, byGID: map[GlobalID]*table{}, byName: map[string]*table{}, apps: map[string]int64{}, migrated: map[string]int64{}}
	q := tx.Query("SELECT prefix, generation, flags FROM alcove_crdt_app")
	for q.Step() {
		app := string(q.ColumnBytes(0))
		reg.apps[app], reg.migrated[app] = q.ColumnInt(1), q.ColumnInt(2)>>migratedShift
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	reg.purges = map[GlobalID]bool{}
	q = tx.Query("SELECT DISTINCT tbl FROM alcove_crdt_purge")
	for q.Step() {
		reg.purges[GlobalID(append(make([]byte, 0, 16), q.ColumnBytes(0)...))] = true
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	if reg.historyOff, err = loadHistoryOff(tx); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT tbl, cl FROM alcove_crdt_floor")
	for q.Step() {
		var gid GlobalID
		copy(gid[:], q.ColumnBytes(0))
		reg.floors[gid] = q.ColumnInt(1)
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT id, gid, app, name, flags FROM alcove_crdt_table")
	for q.Step() {
		t := &table{id: q.ColumnInt(0), app: string(q.ColumnBytes(2)), name: string(q.ColumnBytes(3)), auto: q.ColumnInt(4)&flagAuto != 0, filled: q.ColumnInt(4)&flagFilled != 0, dropped: map[GlobalID]bool{}}
		if copy(t.gid[:], q.ColumnBytes(1)) != len(t.gid) {
			return nil, errDamaged
		}
		t.floor = reg.floors[t.gid]
		t.purges = reg.purges[t.gid]
		reg.add(t)
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	if err := reg.loadHiding(tx); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT tbl, gid, bit, name, fallback FROM alcove_crdt_column ORDER BY tbl, bit")
	for q.Step() {
		t := reg.tables[q.ColumnInt(0)]
		var c column
		if t == nil || copy(c.gid[:], q.ColumnBytes(1)) != len(c.gid) {
			return nil, errDamaged
		}
		if q.ColumnType(3) == store.Null {
			t.dropped[c.gid] = true
			continue
		}
		if c.bit = int(q.ColumnInt(2)); c.bit < 0 || c.bit >= maxColumns {
			return nil, errDamaged
		}
		c.name, c.fallback = string(q.ColumnBytes(3)), slices.Clone(q.ColumnBytes(4))
		t.columns = append(t.columns, c)
	}
	return reg, q.Err()
}

// loadHiding finds the tables that have one of hidden rows beside them.
func (r *registry) loadHiding(tx *store.Tx) error {
	const prefix = "alcove_crdt_h_"
	q := tx.Query("SELECT CAST(substr(name, ?1) AS INTEGER) FROM sqlite_schema WHERE type = 'table' AND name GLOB ?2")
	q.Int(1, int64(len(prefix)+1))
	q.Text(2, []byte(prefix+"*"))
	for q.Step() {
		if t := r.tables[q.ColumnInt(0)]; t != nil {
			t.hides = true
		}
	}
	return q.Err()
}

// add makes t known under its names.
func (r *registry) add(t *table) {
	r.tables[t.id] = t
	r.byGID[t.gid] = t
	if t.name != "" {
		r.byName[strings.ToLower(t.name)] = t
	}
}

// unname lets another table be known under the name of t.
func (r *registry) unname(t *table) {
	if name := strings.ToLower(t.name); r.byName[name] == t {
		delete(r.byName, name)
	}
}

// loadSites reads the devices that are known.
func loadSites(tx *store.Tx) (*sites, error) {
	s := &sites{number: map[SiteID]int64{}}
	q := tx.Query("SELECT id, uuid FROM alcove_crdt_site ORDER BY id")
	for q.Step() {
		var id SiteID
		n := q.ColumnInt(0)
		if copy(id[:], q.ColumnBytes(1)) != len(id) || n < int64(len(s.ids)) || n > int64(len(s.ids))+maxSiteGap {
			return nil, errDamaged
		}
		s.add(n, id)
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	q = tx.Query("SELECT site FROM alcove_crdt_self")
	if q.Step() {
		s.self = q.ColumnInt(0)
		q.Reset()
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	if s.self <= reservedSite || s.self >= int64(len(s.ids)) {
		return nil, errDamaged
	}
	return s, nil
}

// maxSiteGap bounds the memory that the numbers of sites can ask for.
const maxSiteGap = 1 << 16

// add notes a site under a number that is greater than all before.
func (s *sites) add(n int64, id SiteID) {
	for int64(len(s.ids)) <= n {
		s.ids = append(s.ids, SiteID{})
	}
	s.ids[n] = id
	s.number[id] = n
}
