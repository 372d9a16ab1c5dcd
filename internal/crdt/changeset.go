package crdt

import (
	"errors"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// The format of changesets and snapshots is in SPEC.md. These are its numbers.
const (
	changesetMagic = "alcove changes 1\n"
	magicPrefix    = "alcove changes "

	kindLog      = 1 // what one site changed in a stretch of its time
	kindSnapshot = 2 // the whole state

	frameSize  = 1 << 20 // of frames with several ops
	maxFrame   = 1 << 30 // of a frame with one op
	maxHeader  = 1 << 22
	maxTables  = 1 << 16
	maxText    = 1 << 12 // of an app's prefix
	maxLife    = 1 << 40
	maxFloor   = 1 << 39 // so that lives can begin above it
	maxRemoved = 1 << 40 // generation of an app
	maxLevels  = 1 << 20
)

// opKind says what an operation does.
type opKind byte

const (
	opTable      opKind = 1 // defines a table; not returned by the reader
	opRow        opKind = 2 // a row that lives, whole
	opCells      opKind = 3 // some cells of a row that lives
	opTomb       opKind = 4 // a row that is dead
	opParked     opKind = 5 // what the sender keeps for a schema it does not have
	opPurge      opKind = 6 // an order to forget
	opGeneration opKind = 7 // an app's data was removed for good
	opFloor      opKind = 8 // how long the lives were whose tombstones were collected
	opLevel      opKind = 9 // how many migrations of an app a site had run from a time on
)

// dep is how far the sender has seen a site.
type dep struct {
	Site   SiteID
	Seen   int64
	Stable int64 // what everybody had seen when the sender collected last
}

// header is what a changeset begins with.
type header struct {
	kind byte
	site SiteID // who wrote it
	from int64  // exclusive; 0 in a snapshot
	upto int64
	// deps is the sender's vector. The sites of stamps are numbered by it: the
	// first is 1 and is the sender with upto, 0 is the reserved site.
	deps []dep
}

// vector is deps as a Vector.
func (h *header) vector() Vector {
	v := Vector{}
	for _, d := range h.deps {
		v[d.Site] = d.Seen
	}
	return v
}

// tableDef says how a table is keyed and which columns its ops mean.
type tableDef struct {
	gid        GlobalID
	app        string // prefix
	generation int64
	auto       bool
	key        []keyPart
	columns    []GlobalID
}

// keyPart is one column of a primary key.
type keyPart struct {
	column    int // index of tableDef.columns
	collation sqlvalue.Collation
}

// stamped is the columns, by their index in the table's definition, that have a
// stamp of their own.
type stamped struct {
	set columns
	stamp
}

// op is one operation. The site of its stamps is an index into the header's
// sites, or what the reader's numbers make of it. Its bytes are valid until the
// next one is read.
type op struct {
	kind  opKind
	table int       // row, cells, tomb: index of the definition
	k     []byte    // cells, tomb, parked: key form; row: made of the values; purge: hash of the key
	cl    int64     // row, cells, tomb, floor, purge
	birth stamp     // row, cells; tomb, purge: the stamp; level: the site, from when, and the number
	cells []stamped // row: columns that do not have the birth's stamp; cells: all it has
	// values in exact form, one after the other. row: of all columns of the
	// definition; cells: of the columns in cells, ascending.
	values     []byte
	gid        GlobalID // parked, purge, floor: the table
	app        string   // generation, level
	data       []byte   // parked: a row state, as the merge keeps it
	generation int64
	upto       int64 // purge: hybrid time
}

// set is the columns that cells have.
func (o *op) set() (all columns) {
	for _, c := range o.cells {
		all |= c.set
	}
	return all
}

var (
	errMalformedChanges = errors.New("the bytes are no changeset")
	errTruncatedChanges = errors.New("the changeset ends too early")
	errNewerChanges     = errors.New("the changeset has a later format")
)
