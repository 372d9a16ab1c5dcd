package crdt

// maxLost is how many values that left a table are kept for one foreign key;
// with more, the children's table is read as a whole.
const maxLost = 10_000

// maxStretch is how many rows are checked at a time.
const maxStretch = 20_000

// orphaning is which rows may have lost their parents.
type orphaning struct {
	values map[*link][][]any // that left the parents' table
	whole  map[*link]bool    // the children's table is to be read
}

// leaving is called before the columns of set of a visible row change, or it
// leaves the table: rows may refer to what is there now.
func (g *merging) leaving(f *found, set columns) error {
	for _, l := range g.links {
		if l.parent != g || l.parentSet&set == 0 || g.orphaning.whole[l] {
			continue
		}
		if g.orphaning.whole == nil {
			g.orphaning = orphaning{map[*link][][]any{}, map[*link]bool{}}
		}
		if l.children == "" || len(g.orphaning.values[l]) >= maxLost {
			g.orphaning.whole[l] = true
			continue
		}
		q := g.tx.Query(l.values)
		if err := g.bindAt(q, f); err != nil {
			return err
		}
		if q.Step() {
			values := make([]any, l.width)
			for i := range values {
				values[i] = q.ColumnValue(i)
			}
			g.orphaning.values[l] = append(g.orphaning.values[l], values)
			q.Reset()
		}
		if err := q.Err(); err != nil {
			return err
		}
	}
	return nil
}

// settleForeign decides, after the unique values, which rows have their
// parents. First everything comes back that could, then what has no parent
// goes, until nothing changes: what stays is the most that can.
func (m *merger) settleForeign() error {
	if len(m.links) == 0 {
		return nil
	}
	if err := m.comeBack(); err != nil {
		return err
	}
	for _, l := range m.links {
		if err := l.goGained(); err != nil {
			return err
		}
	}
	for again := true; again; {
		again = false
		lost := m.orphaning
		m.orphaning = orphaning{}
		for _, l := range m.links {
			if lost.whole[l] {
				again = true
				if err := l.goAll(); err != nil {
					return err
				}
			} else if values := lost.values[l]; len(values) > 0 {
				again = true
				if err := l.goChildren(values); err != nil {
					return err
				}
			}
		}
	}
	for _, g := range m.order {
		g.gained = rows{}
	}
	return nil
}

// goGained hides the rows that came, or whose columns changed, and have no
// parent.
func (l *link) goGained() error {
	if l.child.gained.every {
		return l.goAll()
	}
	for _, s := range l.child.gained.spans {
		for lo, last := s.lo, false; !last; lo += maxStretch {
			hi := s.hi
			if last = uint64(hi)-uint64(lo) < maxStretch; !last { // rowids go up to the greatest number there is
				hi = lo + maxStretch - 1
			}
			if err := l.goOf(l.orphans, func(bind func(int, int64)) { bind(1, lo); bind(2, hi) }, nil); err != nil {
				return err
			}
		}
	}
	for _, k := range l.child.gained.keys {
		if err := l.goOf(l.orphans, nil, k); err != nil {
			return err
		}
	}
	return nil
}

// goAll hides every child without a parent.
func (l *link) goAll() error { return l.goOf(l.allOrphans, nil, nil) }

// goOf hides the rows that a query names.
func (l *link) goOf(text string, bind func(func(int, int64)), key []byte) error {
	g := l.child
	q := g.tx.Query(text)
	if bind != nil {
		bind(q.Int)
	}
	if key != nil {
		if err := g.t.bindKey(q, key); err != nil {
			return err
		}
	}
	var keys [][]byte
	for q.Step() {
		keys = append(keys, g.t.appendRowKey(nil, q, 1))
	}
	if err := q.Err(); err != nil {
		return err
	}
	return g.orphan(keys)
}

// goChildren hides the children of values that left the parents' table, unless
// another row has them.
func (l *link) goChildren(values [][]any) error {
	g := l.child
	for _, v := range values {
		q := g.tx.Query(l.children)
		for i := range v {
			q.Bind(i+1, v[i])
		}
		type row struct {
			rid int64
			key []byte
		}
		var list []row
		for q.Step() {
			list = append(list, row{q.ColumnInt(0), g.t.appendRowKey(nil, q, 1)})
		}
		if err := q.Err(); err != nil {
			return err
		}
		for _, r := range list {
			var err error
			if g.t.rowid {
				err = l.goOf(l.orphans, func(bind func(int, int64)) { bind(1, r.rid); bind(2, r.rid) }, nil)
			} else {
				err = l.goOf(l.orphans, nil, r.key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// orphan hides visible rows for want of a parent.
func (g *merging) orphan(keys [][]byte) error {
	for _, k := range keys {
		var f found
		there, err := g.findVisible(k, &f)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		if err := g.loadRow(&f); err != nil {
			return err
		}
		if f.id = k; g.t.auto {
			f.id = appendAutoKey(k, g.reg.sites.outer(f.birth))
		}
		if err := g.hide(&f, whyForeign, nil); err != nil {
			return err
		}
		g.changed(f.id)
	}
	return nil
}
