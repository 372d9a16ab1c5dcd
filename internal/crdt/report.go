package crdt

import "slices"

// Report says what a changeset did.
type Report struct {
	Site       SiteID // who wrote it
	From, Upto int64  // the stretch of the writer's time; From is exclusive
	Snapshot   bool
	Duplicate  bool // it was merged before: nothing happened
	Held       bool // it is from too far in the future and is kept until then
	Tables     []*TableReport
	// Lost are values that were written on this device and gave way to what
	// another wrote without having seen them; at most maxReported rows.
	Lost      []LostValue
	Conflicts int // added to the list of conflicts
	Parked    int // rows and cells kept for a schema that is not here yet
	Forks     int // different values under one stamp
	// Then are those of changesets that waited for their time and were merged
	// after this one.
	Then []Report
}

// Changed lists the full names of the tables that changed, sorted.
func (r *Report) Changed() []string {
	var names []string
	for _, t := range r.Tables {
		names = append(names, t.Table)
	}
	for _, then := range r.Then {
		names = append(names, then.Changed()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TableReport says which rows of a table changed, hidden ones included.
type TableReport struct {
	App   string // prefix
	Table string // full name
	Rows  int
	Keys  [][]byte // key forms of the first maxReported of them; none of an app that was removed for good
}

// maxReported bounds the lists of a report.
const maxReported = 1000

// LossKind says how values were lost.
type LossKind string

// The kinds of losses.
const (
	Overwritten LossKind = "overwritten" // by later values
	Deleted     LossKind = "deleted"     // with their row
	Replaced    LossKind = "replaced"    // with their row, which was made anew
)

// LostValue is what a row lost. After a deletion it has all of its values.
type LostValue struct {
	App, Table string
	Key        []byte
	How        LossKind
	Values     []ConflictValue
}
