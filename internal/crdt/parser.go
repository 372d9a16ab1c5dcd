package crdt

import (
	"encoding/binary"
	"math"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// parser takes a frame apart. After something that is not there it is bad and
// returns nothing.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) fail() { p.b, p.bad = nil, true }

func (p *parser) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.fail()
		return nil
	}
	b := p.b[:n:n]
	p.b = p.b[n:]
	return b
}

func (p *parser) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uint reads a number in its shortest form.
func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || n > 1 && p.b[n-1] == 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) int() int64 {
	v := p.uint()
	if v > math.MaxInt64 {
		p.fail()
		return 0
	}
	return int64(v)
}

// generation reads how often an app's data was removed for good.
func (p *parser) generation() int64 {
	n := p.int()
	if n > maxRemoved {
		p.fail()
		return 0
	}
	return n
}

func (p *parser) signed() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 || n > 1 && p.b[n-1] == 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

// count reads how many things follow, each of which takes least bytes.
func (p *parser) count(least int) int {
	n := p.uint()
	if n > uint64(len(p.b)/least) {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *parser) sized() []byte {
	n := p.uint()
	if n > uint64(len(p.b)) {
		p.fail()
		return nil
	}
	return p.take(int(n))
}

// value reads one value and returns it with its bytes.
func (p *parser) value() (sqlvalue.Value, []byte) {
	v, rest, err := sqlvalue.Read(p.b)
	if err != nil {
		p.fail()
		return v, nil
	}
	raw := p.b[:len(p.b)-len(rest)]
	p.b = rest
	return v, raw
}
