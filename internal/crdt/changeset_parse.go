package crdt

import (
	"bytes"
	"cmp"
	"math"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// parse reads one op of the frame.
func (c *changesetReader) parse() error {
	p := &c.rest
	o := &c.op
	*o = op{kind: opKind(p.byte()), cells: o.cells[:0]}
	switch o.kind {
	case opTable:
		c.parseTable(p)
	case opRow:
		if d := c.parseLife(p, true); d != nil {
			c.stamps(p, d)
			c.parseRow(p, d)
		}
	case opCells:
		if d := c.parseLife(p, false); d != nil {
			c.stamps(p, d)
			from := p.b
			set := o.set()
			for range set.count() {
				p.value()
			}
			if set == 0 {
				p.fail()
			}
			for _, s := range o.cells {
				if s.stamp == (stamp{}) {
					p.fail()
				}
			}
			o.values = from[:len(from)-len(p.b)]
		}
	case opTomb:
		if d := c.def(p); d != nil {
			o.k = c.parseKey(p, d)
			if o.cl = p.int(); o.cl < 2 || o.cl%2 != 0 || o.cl > maxLife {
				p.fail()
			}
			o.birth = c.written(p)
		}
	case opParked:
		copy(o.gid[:], p.take(16))
		o.k, o.data = p.sized(), p.sized()
	case opPurge:
		copy(o.gid[:], p.take(16))
		o.k, o.cl, o.upto, o.birth = p.sized(), p.int(), p.int(), c.written(p)
		if len(o.k) != len(keyHash{}) || o.cl%purgeLife != 0 || o.cl > maxLife || o.birth.m != 0 {
			p.fail()
		}
	case opFloor:
		copy(o.gid[:], p.take(16))
		if o.cl = p.int(); o.cl < 2 || o.cl%2 != 0 || o.cl > maxFloor {
			p.fail()
		}
	case opLevel:
		o.app, o.birth = c.parseApp(p), c.written(p)
		if !p.bad && !c.tellsLevel(o.app) {
			p.fail()
		}
	case opGeneration:
		o.app, o.generation = c.parseApp(p), p.generation()
	default:
		p.fail()
	}
	if p.bad {
		return errMalformedChanges
	}
	return nil
}

// told is the level that was read last, and how many there were.
type told struct {
	stamp // the site is an index
	app   string
	count int
}

// tellsLevel reports whether the level that was just read can be: the sender
// tells what it reached itself within its changes, or in a snapshot what it
// knows, each once and in order.
func (c *changesetReader) tellsLevel(app string) bool {
	before := c.told
	c.told = told{c.last, app, before.count + 1}
	if c.last.site == reservedSite || c.last.m == 0 || c.told.count > maxLevels {
		return false
	}
	if c.kind == kindLog && (c.last.site != 1 || c.last.h <= c.from) {
		return false
	}
	return compareLevels(before.site, before.h, before.app, c.last.site, c.last.h, app) < 0
}

// compareLevels is the order in which levels are told: by the index of the site,
// the time, and the app.
func compareLevels(site int64, h int64, app string, site2 int64, h2 int64, app2 string) int {
	return cmp.Or(cmp.Compare(site, site2), cmp.Compare(h, h2), cmp.Compare(app, app2))
}

func (c *changesetReader) parseApp(p *parser) string {
	b := p.sized()
	if len(b) > maxText {
		p.fail()
	}
	return string(b)
}

func (c *changesetReader) parseTable(p *parser) {
	var d tableDef
	copy(d.gid[:], p.take(16))
	d.app, d.generation = c.parseApp(p), p.generation()
	flags := p.uint()
	d.auto = flags&flagAuto != 0
	seen := map[GlobalID]bool{}
	for n := p.count(16); n > 0; n-- {
		var g GlobalID
		copy(g[:], p.take(16))
		seen[g] = true
		d.columns = append(d.columns, g)
	}
	var key columns
	for n := p.count(2); n > 0; n-- {
		k := keyPart{int(p.int()), sqlvalue.Collation(p.byte())}
		if k.column >= len(d.columns) || k.collation > sqlvalue.RTrim || key.has(k.column) {
			p.fail()
			return
		}
		key |= 1 << k.column
		d.key = append(d.key, k)
	}
	if flags > flagAuto || len(seen) != len(d.columns) || len(d.columns) > maxColumns || len(d.key) == 0 || len(c.defs) >= maxTables || c.known[d.gid] {
		p.fail()
		return
	}
	c.known[d.gid] = true
	c.defs = append(c.defs, d)
}

func (c *changesetReader) def(p *parser) *tableDef {
	i := p.uint()
	if i >= uint64(len(c.defs)) {
		p.fail()
		return nil
	}
	c.op.table = int(i)
	return &c.defs[i]
}

func (c *changesetReader) parseLife(p *parser, whole bool) *tableDef {
	d := c.def(p)
	if d == nil {
		return nil
	}
	if !whole {
		c.op.k = c.parseKey(p, d)
	}
	if c.op.cl = p.int(); c.op.cl%2 == 0 || c.op.cl > maxLife {
		p.fail()
	}
	c.op.birth = c.written(p)
	if c.born = (SiteID{}); !p.bad && c.last.site != reservedSite {
		c.born = c.deps[c.last.site-1].Site
	}
	if !whole && d.auto && !p.bad {
		// The key of such a row says when it was born.
		if _, birth, ok := splitIdentity(c.op.k); !ok || birth != (Stamp{c.op.birth.h, c.born, c.op.birth.m}) {
			p.fail()
		}
	}
	return d
}

// parseKey reads a key and makes sure that it is one.
func (c *changesetReader) parseKey(p *parser, d *tableDef) []byte {
	k := p.sized()
	inner := parser{b: k}
	for _, part := range d.key {
		v, raw := inner.value()
		c.key = sqlvalue.AppendKey(c.key[:0], v, part.collation)
		if !bytes.Equal(c.key, raw) {
			p.fail()
			return nil
		}
	}
	if d.auto {
		inner.take(autoKeySize)
	}
	if inner.bad || len(inner.b) > 0 {
		p.fail()
	}
	return k
}

// parseRow reads all values of a row and makes its key of them.
func (c *changesetReader) parseRow(p *parser, d *tableDef) {
	from := p.b
	var parts [maxColumns]sqlvalue.Value
	for i := range d.columns {
		parts[i], _ = p.value()
	}
	c.op.values = from[:len(from)-len(p.b)]
	c.key = c.key[:0]
	for _, part := range d.key {
		c.key = sqlvalue.AppendKey(c.key, parts[part.column], part.collation)
	}
	if d.auto && !p.bad {
		c.key = appendAutoKey(c.key, Stamp{c.op.birth.h, c.born, c.op.birth.m})
	}
	c.op.k = c.key
}

// stamps reads which columns have which stamp.
func (c *changesetReader) stamps(p *parser, d *tableDef) {
	var all columns
	for n := p.count(2); n > 0; n-- {
		s := stamped{columns(p.uint()), c.stamp(p)}
		if s.set == 0 || s.set&all != 0 || s.set>>len(d.columns) != 0 {
			p.fail()
			return
		}
		all |= s.set
		c.op.cells = append(c.op.cells, s)
	}
}

// written reads the stamp of something that was done: it is not that of the
// default of a column that did not come.
func (c *changesetReader) written(p *parser) stamp {
	st := c.stamp(p)
	if st == (stamp{}) {
		p.fail()
	}
	return st
}

// stamp reads a stamp. None can be later than what the sender has seen.
func (c *changesetReader) stamp(p *parser) (st stamp) {
	code := p.uint()
	if code > 0 {
		st.h = c.last.h + p.signed()
		site := (code - 1) >> 1
		if code%2 == 0 {
			m := p.uint()
			if m == 0 || m > math.MaxUint32 {
				p.fail()
			}
			st.m = uint32(m)
		}
		if site > uint64(len(c.deps)) {
			p.fail()
		}
		st.site = int64(site)
		c.last = st
	}
	st = c.last
	switch {
	case p.bad:
		return stamp{}
	case st.site == reservedSite && st.h != 0, st.site != reservedSite && (st.h <= 0 || st.h > c.deps[st.site-1].Seen):
		p.fail()
		return stamp{}
	}
	if c.numbers != nil {
		st.site = c.numbers[st.site]
	}
	return st
}
