// Package model is the merge of internal/crdt in its plainest form: whole
// states in maps, nothing incremental, nothing stored. Tests hold the engine
// against it. Only tests import it, and it imports nothing, so that a fault of
// the engine cannot be its own too.
package model

import (
	"cmp"
	"maps"
)

// Site names a device's life, ID a table or a column.
type (
	Site [16]byte
	ID   [16]byte
)

// Stamp says when and where a value was written.
type Stamp struct {
	H    int64
	Site Site
	M    uint32
}

// Compare orders stamps by time, then site, then migration.
func (s Stamp) Compare(o Stamp) int {
	return cmp.Or(cmp.Compare(s.H, o.H), cmp.Compare(string(s.Site[:]), string(o.Site[:])), cmp.Compare(s.M, o.M))
}

// Cell is a value in its exact form and when it was written.
type Cell struct {
	Stamp Stamp
	Value string
}

// Row is what is known of one key: alive if Life is odd, and then Stamp is its
// birth; dead if it is even, and then Stamp is its deletion. A column that has
// no cell has its default, older than anything.
type Row struct {
	Life  int64
	Stamp Stamp
	Cells map[ID]Cell
}

// Alive reports whether the row is.
func (r Row) Alive() bool { return r.Life%2 == 1 }

// Table holds rows by identity, State tables by theirs.
type (
	Table map[string]Row
	State map[ID]Table
)

// MergeRow is the one rule. Forks is how many cells had equal stamps and
// unequal values, which only a copied device makes.
func MergeRow(a, b Row) (merged Row, forks int) {
	if a.Life != b.Life {
		if a.Life < b.Life {
			a = b
		}
		return a, 0
	}
	if a.Stamp.Compare(b.Stamp) < 0 {
		a, b = b, a
	}
	if !a.Alive() {
		return a, 0
	}
	merged = Row{a.Life, a.Stamp, maps.Clone(a.Cells)}
	if merged.Cells == nil {
		merged.Cells = map[ID]Cell{}
	}
	for id, other := range b.Cells {
		mine, ok := merged.Cells[id]
		c := mine.Stamp.Compare(other.Stamp)
		if ok && c == 0 && mine.Value != other.Value {
			forks++
		}
		if !ok || c < 0 || c == 0 && mine.Value < other.Value {
			merged.Cells[id] = other
		}
	}
	return merged, forks
}

// Merge merges b into s, which keeps nothing of b that could be changed.
func (s State) Merge(b State) (forks int) {
	for id, rows := range b {
		if s[id] == nil {
			s[id] = Table{}
		}
		for key, row := range rows {
			have, ok := s[id][key]
			if !ok {
				s[id][key] = row
				continue
			}
			merged, n := MergeRow(have, row)
			s[id][key] = merged
			forks += n
		}
	}
	return forks
}

// Clone returns a copy; rows are shared, since no one changes them.
func (s State) Clone() State {
	c := State{}
	for id, rows := range s {
		c[id] = maps.Clone(rows)
	}
	return c
}
