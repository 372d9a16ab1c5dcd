package store

import "github.com/alcove-vault/alcove/internal/sqlvalue"

// Tracked is a table whose changes are captured.
type Tracked struct {
	ID      int64  // names it in Changes, and its triggers
	Table   string // full name
	Columns []TrackedColumn
	Key     []int // of the primary key, in its order: indexes of Columns
	// Rowid is false for a WITHOUT ROWID table, whose rows are known by their
	// key instead.
	Rowid bool
	// KeyMayBeNull: SQLite itself would take NULL in the key.
	KeyMayBeNull bool
	// History: old values are captured as well.
	History bool
	// Self are the foreign keys of the table to itself.
	Self []SelfKey
}

// SelfKey is a foreign key of a table to itself: indexes of Columns, as many of
// one as of the other. A column that is not captured is -1.
type SelfKey struct{ Child, Parent []int }

// TrackedColumn is a column of a tracked table. Bit, from 0 to 61, stands for it
// in sets of columns. Columns that are not listed are not captured.
type TrackedColumn struct {
	Name      string
	Bit       int
	Collation sqlvalue.Collation
}

// Changes is the net effect of one transaction on tracked tables. It is valid
// until Flush returns.
type Changes struct {
	Tables []TableChanges // by ID, none without a change
	// OldDropped: the old values took too much memory, so there are none.
	OldDropped bool
}

// TableChanges is what became of one table. Rows that were made and deleted
// again in the transaction are not in it; a row that was deleted and made again
// with the same rowid or key is in Deleted and in Inserted. The key of a row
// being changed to one that has another key form is that as well, and so is the
// rowid being changed.
type TableChanges struct {
	ID           int64
	Inserted     []Run    // with rowids: ascending, merged
	InsertedKeys [][]byte // WITHOUT ROWID: key forms
	Updated      []UpdatedRow
	Deleted      []DeletedRow
}

// Run is the rowids from Lo to Hi, both included.
type Run struct{ Lo, Hi int64 }

// UpdatedRow is a row of which columns have another value, or had one in
// between.
type UpdatedRow struct {
	Rowid int64
	Key   []byte // key form; of a table with rowids only with history
	Set   uint64 // bits of the columns
	// Old is, with history, the exact form of the value that each column of Set
	// had before the transaction, by ascending bit; otherwise nil.
	Old []byte
}

// DeletedRow is a row that was there before the transaction.
type DeletedRow struct {
	Rowid int64
	Key   []byte // key form
	// Old is, with history, the exact form of the values that all columns had
	// before the transaction, in the order of Tracked; otherwise nil.
	Old []byte
}

// Tracker is told what transactions change. Its methods are called while it has
// the turn to write.
type Tracker interface {
	// Flush accounts for the changes of a transaction, in it and right before its
	// COMMIT, if there are any. What Flush itself writes is not captured. An error
	// undoes the transaction.
	Flush(tx *Tx, c *Changes) error
	// Undone is called after a write transaction was undone: what the tracker
	// keeps in memory may be newer than the database.
	Undone()
	// Migrate is called when a migration of an extension begins.
	Migrate(tx *Tx, m MigrationStep) (MigrationTracker, error)
}

// SetTracker makes t account for what is captured. It is called once, before
// extensions use the store.
func (s *Store) SetTracker(t Tracker) {
	s.tracker, s.track = t, t.Migrate
	s.keeper, _ = t.(Keeper)
}
