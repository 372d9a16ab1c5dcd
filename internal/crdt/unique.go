package crdt

import (
	"container/heap"

	"github.com/alcove-vault/alcove/internal/store"
)

// candidate is a row whose visibility is to be decided, among the rows of its
// table that have unique values in common.
type candidate struct {
	id    string
	birth stamp
}

// candidates are judged newest birth first; of equal births, the smaller
// identity first.
type candidates struct {
	list  []candidate
	known map[string]bool
	sites *sites
}

func (c *candidates) Len() int           { return len(c.list) }
func (c *candidates) Less(i, j int) bool { return c.newer(c.list[i], c.list[j]) }
func (c *candidates) Swap(i, j int)      { c.list[i], c.list[j] = c.list[j], c.list[i] }
func (c *candidates) Push(x any)         { c.list = append(c.list, x.(candidate)) }

func (c *candidates) Pop() any {
	last := c.list[len(c.list)-1]
	c.list = c.list[:len(c.list)-1]
	return last
}

func (c *candidates) newer(a, b candidate) bool {
	if o := c.sites.compare(a.birth, b.birth); o != 0 {
		return o > 0
	}
	return a.id < b.id
}

// maxCandidates is how many rows wait to be judged; then they are.
const maxCandidates = 20_000

// judge lets a row be judged.
func (g *merging) judge(id []byte, birth stamp) error {
	if g.judging == nil {
		g.judging = map[*merging]*candidates{}
	}
	c := g.judging[g]
	if c == nil {
		c = &candidates{known: map[string]bool{}, sites: &g.reg.sites}
		g.judging[g] = c
	}
	if c.known[string(id)] {
		return nil
	}
	c.known[string(id)] = true
	heap.Push(c, candidate{string(id), birth})
	return nil
}

// released lets the rows be judged that were hidden because of a row that is
// not what it was.
func (g *merging) released(id []byte) error {
	if !g.edge.hidden {
		return nil
	}
	q := g.tx.Query(g.merged.waiting)
	q.Blob(1, id)
	return g.judgeFound(q)
}

// judgeFound lets the rows be judged that q finds: their identities and clocks.
func (g *merging) judgeFound(q *store.Query) error {
	var f found
	for q.Step() {
		if err := readClocks(q.ColumnBytes(1), &f.clocks); err != nil {
			q.Reset()
			return err
		}
		if err := g.judge(q.ColumnBytes(0), f.birth); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

// touched is called for a visible row that is new or was changed, if the table
// has hidden rows: it may have let go of a value, or met a row that only waits
// for its parent.
func (g *merging) touched(id []byte, c *clocks) error {
	if err := g.released(id); err != nil {
		return err
	}
	if len(g.uniques) == 0 {
		return nil
	}
	return g.judge(id, c.birth)
}

// settleUnique judges until no row is left. Every row is judged after all newer
// ones, and only older ones are added.
func (g *merging) settleUnique() error {
	c := g.judging[g]
	if c == nil {
		return nil
	}
	for c.Len() > 0 {
		x := heap.Pop(c).(candidate)
		delete(c.known, x.id)
		if err := g.judgeOne(x); err != nil {
			return err
		}
	}
	return nil
}

// judgeOne decides about one row, all newer ones being decided.
func (g *merging) judgeOne(x candidate) error {
	var f found
	if err := g.find([]byte(x.id), &f); err != nil {
		return err
	}
	if f.at != visible && f.at != hidden {
		return nil
	}
	me := candidate{x.id, f.birth}
	rivals, err := g.rivals(&f)
	if err != nil {
		return err
	}
	order := g.judging[g]
	var above *rival
	for i := range rivals {
		if r := &rivals[i]; order.newer(r.candidate, me) && (above == nil || order.newer(r.candidate, above.candidate)) {
			above = r
		}
	}
	if above != nil {
		return g.lower(&f, above.why, []byte(above.id))
	}
	// Who is older and has something in common gives way.
	for _, r := range rivals {
		var other found
		if err := g.find([]byte(r.id), &other); err != nil {
			return err
		}
		if other.at == absent || other.at == dead {
			return errDamaged
		}
		if err := g.lower(&other, r.why, f.id); err != nil {
			return err
		}
	}
	if f.at == visible || f.why == whyForeign {
		return nil
	}
	return g.unhide(&f)
}

// lower hides a row for a newer one, or keeps it hidden.
func (g *merging) lower(f *found, why string, by []byte) error {
	if f.at == visible {
		if err := g.hide(f, why, by); err != nil {
			return err
		}
		g.changed(f.id)
		return g.released(f.id)
	}
	was := f.why
	if err := g.rewhy(f, why, by); err != nil {
		return err
	}
	if was == whyForeign {
		return g.released(f.id)
	}
	return nil
}
