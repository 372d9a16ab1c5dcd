package ledger

import "github.com/alcove-vault/alcove/internal/permission"

// tally is a sum of calls and prompts.
type tally struct {
	done, failed, refused, asked int64
	took, in, out                int64 // microseconds; bytes
}

func (t *tally) add(o tally) {
	t.done += o.done
	t.failed += o.failed
	t.refused += o.refused
	t.asked += o.asked
	t.took += o.took
	t.in += o.in
	t.out += o.out
}

func (e *Entry) tally() tally {
	t := tally{took: e.Took.Microseconds(), in: e.In, out: e.Out}
	switch {
	case e.Part:
		t.took = 0
	case e.Asked:
		t.asked = 1
	case !e.allowed():
		t.refused = 1
	case e.Code != "":
		t.failed = 1
	default:
		t.done = 1
	}
	return t
}

// thing is something that an app reached for.
type thing struct {
	extension int64
	permission.Key
}

// cell is what is counted together.
type cell struct {
	thing
	minute int64 // where it begins, Unix milliseconds
}

// sum is the tally of a cell, and when the last of each kind was.
type sum struct {
	tally
	first, last, usedAt, refusedAt, askedAt int64 // Unix milliseconds
}

// add counts what became of a call; at is when it was.
func (s *sum) add(t tally, at int64) {
	if s.last == 0 || at < s.first {
		s.first = at
	}
	s.tally.add(t)
	s.last = max(s.last, at)
	if t.done+t.failed > 0 {
		s.usedAt = max(s.usedAt, at)
	}
	if t.refused > 0 {
		s.refusedAt = max(s.refusedAt, at)
	}
	if t.asked > 0 {
		s.askedAt = max(s.askedAt, at)
	}
}

func (s *sum) join(o *sum) {
	if s.last == 0 || o.first < s.first {
		s.first = o.first
	}
	s.tally.add(o.tally)
	s.last, s.usedAt = max(s.last, o.last), max(s.usedAt, o.usedAt)
	s.refusedAt, s.askedAt = max(s.refusedAt, o.refusedAt), max(s.askedAt, o.askedAt)
}

// shelf is whose lines crowd each other out.
type shelf struct {
	extension int64
	class     Class
}

// batch is what was counted since the last write. Its size is bounded, however
// long that was ago.
type batch struct {
	bounds *bounds
	cells  map[cell]*sum
	lines  map[shelf][]numbered
	last   uint64 // number of the newest line
}

// numbered is a line that knows its turn among those of other shelves.
type numbered struct {
	Entry
	number uint64
}

func newBatch(b *bounds) *batch {
	return &batch{bounds: b, cells: map[cell]*sum{}, lines: map[shelf][]numbered{}}
}

func (b *batch) empty() bool { return len(b.cells) == 0 }

func (b *batch) add(e Entry) {
	s := b.at(cell{thing{e.Extension, e.Key}, begin(e.At, Minute)})
	s.add(e.tally(), e.At)
	if e.Part {
		s.usedAt = max(s.usedAt, e.At)
		return
	}
	b.last++
	b.line(numbered{e, b.last})
}

// at returns the sum of a cell. Where there are too many, targets are counted
// together, and where nothing could be written for long, minutes as well.
func (b *batch) at(c cell) *sum {
	s := b.cells[c]
	if s == nil && len(b.cells) >= b.bounds.cells && c.Target != Others {
		c.Target = Others
		s = b.cells[c]
	}
	if s == nil && len(b.cells) >= 2*b.bounds.cells {
		c.minute = begin(c.minute, Day)
		s = b.cells[c]
	}
	if s == nil {
		s = &sum{}
		b.cells[c] = s
	}
	return s
}

func (b *batch) line(e numbered) {
	on := shelf{e.Extension, e.class()}
	lines := b.lines[on]
	if len(lines) >= 2*b.bounds.lines {
		lines = lines[:copy(lines, b.latest(lines))]
	}
	b.lines[on] = append(lines, e)
}

// join adds what was counted later.
func (b *batch) join(later *batch) {
	for c, s := range later.cells {
		b.at(c).join(s)
	}
	for _, lines := range later.lines {
		for _, e := range lines {
			e.number += b.last
			b.line(e)
		}
	}
	b.last += later.last
}

// latest are the lines of a shelf that are kept.
func (b *batch) latest(lines []numbered) []numbered {
	return lines[max(0, len(lines)-b.bounds.lines):]
}
