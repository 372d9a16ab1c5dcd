package wire

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// head is the first bytes of a value.
type head struct {
	kind  Kind
	size  int    // bytes of the head itself
	count uint64 // bytes of the body, or members of a container
	bits  uint64 // payload of Bool, Int and Float
	minus bool   // Int: bits is a negative int64
}

// readHead reads the head at the start of data.
func readHead(data []byte) (head, error) {
	if len(data) == 0 {
		return head{}, ErrMalformed
	}
	c := data[0]
	switch {
	case c <= 0x7f:
		return head{kind: Int, size: 1, bits: uint64(c)}, nil
	case c >= 0xe0:
		return signed(1, int64(int8(c))), nil
	case c <= 0x8f:
		return head{kind: Map, size: 1, count: uint64(c & 0x0f)}, nil
	case c <= 0x9f:
		return head{kind: Array, size: 1, count: uint64(c & 0x0f)}, nil
	case c <= 0xbf:
		return head{kind: String, size: 1, count: uint64(c & 0x1f)}, nil
	}
	form := forms[c-0xc0]
	if form.width < 0 || len(data) < 1+form.width {
		return head{}, ErrMalformed
	}
	n := number(data[1:], form.width)
	h := head{kind: form.kind, size: 1 + form.width}
	switch form.kind {
	case Bool:
		h.bits = uint64(c & 1)
	case Int:
		if form.signed {
			return signed(h.size, extend(n, form.width)), nil
		}
		h.bits = n
	case Float:
		if form.width == 4 {
			n = math.Float64bits(float64(math.Float32frombits(uint32(n))))
		}
		h.bits = n
	case Ext:
		// The type byte counts as part of the body.
		h.count = n + 1
		if form.width == 0 {
			h.count = uint64(form.fixed) + 1
		}
	default:
		h.count = n
	}
	return h, nil
}

func signed(size int, n int64) head {
	return head{kind: Int, size: size, bits: uint64(n), minus: n < 0}
}

// number reads a big-endian number of width bytes.
func number(data []byte, width int) uint64 {
	switch width {
	case 1:
		return uint64(data[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(data))
	case 4:
		return uint64(binary.BigEndian.Uint32(data))
	case 8:
		return binary.BigEndian.Uint64(data)
	}
	return 0
}

// extend reads n as a two's complement number of width bytes.
func extend(n uint64, width int) int64 {
	shift := 64 - 8*width
	return int64(n<<shift) >> shift
}

func validText(b []byte) bool { return utf8.Valid(b) }

// form is how a type byte from 0xc0 to 0xdf goes on: width is the bytes of the
// number behind it, -1 where the byte is not used.
type form struct {
	kind   Kind
	width  int
	signed bool
	fixed  int // ext: length of the body without the type byte
}

var forms = [32]form{
	{kind: Nil},              // c0
	{width: -1},              // c1 never used
	{kind: Bool},             // c2 false
	{kind: Bool},             // c3 true
	{kind: Bytes, width: 1},  // c4
	{kind: Bytes, width: 2},  // c5
	{kind: Bytes, width: 4},  // c6
	{kind: Ext, width: 1},    // c7
	{kind: Ext, width: 2},    // c8
	{kind: Ext, width: 4},    // c9
	{kind: Float, width: 4},  // ca
	{kind: Float, width: 8},  // cb
	{kind: Int, width: 1},    // cc
	{kind: Int, width: 2},    // cd
	{kind: Int, width: 4},    // ce
	{kind: Int, width: 8},    // cf
	{Int, 1, true, 0},        // d0
	{Int, 2, true, 0},        // d1
	{Int, 4, true, 0},        // d2
	{Int, 8, true, 0},        // d3
	{kind: Ext, fixed: 1},    // d4
	{kind: Ext, fixed: 2},    // d5
	{kind: Ext, fixed: 4},    // d6
	{kind: Ext, fixed: 8},    // d7
	{kind: Ext, fixed: 16},   // d8
	{kind: String, width: 1}, // d9
	{kind: String, width: 2}, // da
	{kind: String, width: 4}, // db
	{kind: Array, width: 2},  // dc
	{kind: Array, width: 4},  // dd
	{kind: Map, width: 2},    // de
	{kind: Map, width: 4},    // df
}
