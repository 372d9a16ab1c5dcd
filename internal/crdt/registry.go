package crdt

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// GlobalID names a table or a column on every device, whatever it is called
// there and in whatever order it was made.
type GlobalID [16]byte

// registry is what this device knows of tables and sites, as the tables hold
// it. It is loaded anew whenever a transaction changed it or was undone.
type registry struct {
	sites    sites
	tables   map[int64]*table
	byGID    map[GlobalID]*table
	byName   map[string]*table  // full names in lower case
	apps     map[string]int64   // generation by prefix
	migrated map[string]int64   // how many migrations of each app have run here
	floors   map[GlobalID]int64 // of tables that are not here too; see table.floor
	// historyOff is the apps of which no old values are kept.
	historyOff map[string]bool
	purges     map[GlobalID]bool // tables of which rows were purged
}

// table is a table that is tracked, or was and is dropped.
type table struct {
	id         int64
	gid        GlobalID
	app        string // prefix
	name       string // full; "" once it is dropped
	auto       bool   // automatic integer key
	filled     bool   // a migration may have made rows in it
	floor      int64  // no tombstone that was collected had a greater causal length
	columns    []column
	dropped    map[GlobalID]bool // columns that were
	purges     bool              // rows of it were purged
	hides      bool              // there is a table of hidden rows
	keyed                        // shape, as SQLite tells it
	texts                        // statements
	edge                         // of the clock tables, for who writes
	mergeShape *mergeShape       // once it is needed
}

// column is a column that is there. Generated columns are not among them.
type column struct {
	gid  GlobalID
	bit  int
	name string
	// fallback is the exact form of what a row from a device without the column
	// holds: the constant default that the column was made with. It stays when a
	// migration changes the default, or rows would depend on when they came. nil
	// is NULL.
	fallback []byte
}

// keyed is the shape of a table.
type keyed struct {
	key        []int // of the primary key, in its order: indexes of columns
	collations []sqlvalue.Collation
	keySet     columns
	all        columns
	rowid      bool   // false: WITHOUT ROWID, rows are numbered in alcove_crdt_k_<id>
	integer    bool   // the key is the rowid
	nullable   bool   // SQLite takes NULL in the key
	rowidName  string // what the rowid can be called
	uniques    []uniqueIndex
	parents    []foreignKey // of this table's rows
}

// uniqueIndex is a UNIQUE constraint or index besides the primary key.
type uniqueIndex struct {
	name  string
	terms []string // SQL of the indexed columns or expressions, without collation
	colls []string // name of each one's collation
	where string   // SQL of a partial index's condition, or ""
	set   columns  // that take part; all of them for an expression or a condition
}

// foreignKey refers from columns of a table to a key of another.
type foreignKey struct {
	parent     string // full name in lower case
	child      []int  // indexes of columns
	parentCols []string
	loose      bool // an action is SET NULL; see orphans.go
}

const kindRange, kindClocks, kindTomb, kindKey, kindHidden = "r", "o", "d", "k", "h"

// clockKinds are the tables that there may be beside a tracked one.
var clockKinds = []string{kindRange, kindClocks, kindTomb, kindKey, kindHidden}

// called is the name of one of the clock tables of t.
func (t *table) called(kind string) string { return fmt.Sprintf("alcove_crdt_%s_%d", kind, t.id) }

// of is that name as SQL has it.
func (t *table) of(kind string) string { return quote(t.called(kind)) }

// makeClockTables makes what a table that begins to be tracked needs.
//
//	r  the birth of the rows lo to hi, where no o says otherwise; ranges do not meet
//	o  the clocks of one row (see clocks)
//	d  tombstones by the key form of the primary key; cl is even
//	k  the numbers of the rows of a WITHOUT ROWID table
func (t *table) makeClockTables(tx *store.Tx) error {
	err := tx.Exec(`
CREATE TABLE ` + t.of(kindRange) + ` (lo INTEGER PRIMARY KEY, hi INTEGER NOT NULL, h INTEGER NOT NULL, site INTEGER NOT NULL, m INTEGER NOT NULL DEFAULT 0, cl INTEGER NOT NULL DEFAULT 1);
CREATE TABLE ` + t.of(kindClocks) + ` (rid INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE ` + t.of(kindTomb) + ` (k BLOB PRIMARY KEY, cl INTEGER NOT NULL, h INTEGER NOT NULL, site INTEGER NOT NULL, m INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;`)
	if err == nil && !t.rowid {
		err = tx.Exec(`CREATE TABLE ` + t.of(kindKey) + ` (rid INTEGER PRIMARY KEY, k BLOB NOT NULL UNIQUE)`)
	}
	return err
}
