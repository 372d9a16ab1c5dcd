package crdt

import (
	"bytes"
	"cmp"
)

// SiteID names one device's one life: a restored or copied device gets another.
// The zero SiteID is the reserved site, whose stamps are made by migrations.
type SiteID [16]byte

// Stamp says when and where a value was written. Stamps are ordered by H, then
// by site, then by M.
type Stamp struct {
	H    int64  // hybrid time of the transaction; 0 for what a migration made
	Site SiteID // of the device that wrote it
	// M is 0 for what a person or an app wrote. A migration that rewrites a
	// value does not tick a clock: the value keeps its H and Site, and M
	// becomes the migration's number, from 1, in the app's list. So all devices
	// that run it agree, and any edit wins over it. The deletion of a row that a
	// migration made has that migration's.
	M uint32
}

// Compare returns -1, 0 or 1 as a is before, equal to or after b.
func (a Stamp) Compare(b Stamp) int {
	if c := cmp.Compare(a.H, b.H); c != 0 {
		return c
	}
	if c := bytes.Compare(a.Site[:], b.Site[:]); c != 0 {
		return c
	}
	return cmp.Compare(a.M, b.M)
}

// stamp is a Stamp as the tables hold it: the site by its number on this
// device. Numbers say nothing about order.
type stamp struct {
	h    int64
	site int64
	m    uint32
}

// reservedSite is the number of the zero SiteID.
const reservedSite int64 = 0

// sites numbers the devices that this one has heard of.
type sites struct {
	ids    []SiteID // by number
	number map[SiteID]int64
	self   int64
}

// before reports whether a is before b.
func (s *sites) before(a, b stamp) bool { return s.compare(a, b) < 0 }

func (s *sites) compare(a, b stamp) int {
	if c := cmp.Compare(a.h, b.h); c != 0 {
		return c
	}
	if a.site != b.site {
		return bytes.Compare(s.ids[a.site][:], s.ids[b.site][:])
	}
	return cmp.Compare(a.m, b.m)
}

// outer and inner translate between the two forms. inner is for sites that are
// known.
func (s *sites) outer(a stamp) Stamp { return Stamp{a.h, s.ids[a.site], a.m} }

func (s *sites) inner(a Stamp) stamp { return stamp{a.H, s.number[a.Site], a.M} }
