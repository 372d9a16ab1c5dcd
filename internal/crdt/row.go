package crdt

// incoming is one row of a changeset in the terms of this device's table: bits
// for columns and numbers for sites.
type incoming struct {
	id     []byte // key, or identity of an auto table
	clocks        // the birth is always here; of a deletion, cl is even and birth its stamp
	has    columns
	whole  bool // every column the sender knows is here
	kept   bool // it was parked here, so it is not stale
}

// decision is what becomes of a row.
type decision struct {
	take    columns // values to write
	tie     columns // equal stamps: the values decide
	clocks          // of the merged row, as if no tie were taken: a tie does not change stamps
	changed bool    // the clocks are not what they were
}

// decide merges what came with a row that lives the same life. It is rule 3 of
// the merge: of each column the later stamp wins, and the later birth is the
// row's. mine has its birth resolved. all is the table's columns.
func decide(s *sites, mine *clocks, in *incoming, all columns, out *decision) {
	*out = decision{clocks: clocks{birth: mine.birth, cl: mine.life(), entries: append(out.entries[:0], mine.entries...)}}
	theirs := in.has
	for _, e := range in.entries {
		out.compare(s, mine, e.set&in.has, e.stamp)
		theirs &^= e.set
	}
	out.compare(s, mine, theirs, in.birth)
	later := s.before(mine.birth, in.birth)
	if later {
		// What had the old birth for a stamp keeps it.
		kept := all
		for _, e := range mine.entries {
			kept &^= e.set
		}
		if kept &^= out.take; kept != 0 {
			out.set(kept, mine.birth)
		}
		out.birth = in.birth
		out.changed = true
	}
	if out.take == 0 {
		return
	}
	out.changed = true
	rest := out.take
	for _, e := range in.entries {
		if won := e.set & out.take; won != 0 {
			out.give(won, e.stamp)
			rest &^= won
		}
	}
	if rest != 0 {
		out.give(rest, in.birth)
	}
}

// compare puts the columns of set, that came with the stamp st, where they
// belong.
func (d *decision) compare(s *sites, mine *clocks, set columns, st stamp) {
	rest := set
	for _, e := range mine.entries {
		if part := e.set & set; part != 0 {
			rest &^= part
			d.one(s, part, e.stamp, st)
		}
	}
	if rest != 0 {
		d.one(s, rest, mine.birth, st)
	}
}

func (d *decision) one(s *sites, set columns, mine, theirs stamp) {
	switch c := s.compare(mine, theirs); {
	case c < 0:
		d.take |= set
	case c == 0:
		d.tie |= set
	}
}

// give gives the columns of set a stamp; that of the birth need not be told.
func (d *decision) give(set columns, st stamp) {
	if st == d.birth {
		d.unset(set)
	} else {
		d.set(set, st)
	}
}

// full gives a row that is new here its clocks: columns that the sender does
// not have are older than anything.
func (in *incoming) full(all columns, out *clocks) {
	*out = clocks{birth: in.birth, cl: in.cl, entries: out.entries[:0]}
	for _, e := range in.entries {
		if set := e.set & in.has; set != 0 && e.stamp != in.birth {
			out.entries = append(out.entries, clockEntry{set, e.stamp})
		}
	}
	if missing := all &^ in.has; missing != 0 {
		out.set(missing, stamp{})
	}
}

// stampOf is the stamp of a column.
func (c *clocks) stampOf(bit int) stamp {
	if st, ok := c.of(bit); ok {
		return st
	}
	return c.birth
}
