// Package wire reads and writes the msgpack that crosses a trust border: calls
// of extensions, values they keep, requests of the host page.
//
// Reading is strict and bounded. Parse walks the bytes once, without recursion
// and without allocating, and answers whether they are exactly one well-formed
// value within the limits; only then may anybody decode them. A Value is a
// window on the checked bytes that is opened one level at a time, so what a
// schema does not ask for is never decoded.
//
// It imports only the standard library and the codec.
package wire

import "errors"

// Errors of Parse. They say nothing of the content.
var (
	// ErrMalformed: not exactly one msgpack value, a string that is no UTF-8,
	// or a value of a kind that is not allowed here.
	ErrMalformed = errors.New("malformed msgpack")
	// ErrTooLarge: well-formed as far as it was read, but over a limit.
	ErrTooLarge = errors.New("msgpack over a limit")
)

// Limits bound one value.
type Limits struct {
	Bytes int // length of the encoding
	Depth int // nested arrays and maps, at most MaxDepth
	Items int // values in total, keys included
	Ext   bool
}

// MaxDepth is the deepest nesting any Limits can ask for.
const MaxDepth = 64

// Kind is what a value is.
type Kind byte

// The kinds. Int covers every integer, signed or not.
const (
	Nil Kind = iota
	Bool
	Int
	Float
	String
	Bytes
	Array
	Map
	Ext
)

// Value is the encoding of one checked value. It aliases the bytes given to
// Parse, which must stay as they are while the Value is in use.
type Value []byte

// Parse checks that data is exactly one value within l.
func Parse(data []byte, l Limits) (Value, error) {
	if len(data) > l.Bytes {
		return nil, ErrTooLarge
	}
	// left[d] is how many values the container at depth d still lacks.
	var left [MaxDepth + 1]uint64
	depth, items, at := 0, 0, 0
	maxDepth := min(l.Depth, MaxDepth)
	left[0] = 1
	for {
		for left[depth] == 0 {
			if depth == 0 {
				if at != len(data) {
					return nil, ErrMalformed
				}
				return Value(data), nil
			}
			depth--
		}
		left[depth]--
		if items++; items > l.Items {
			return nil, ErrTooLarge
		}
		h, err := readHead(data[at:])
		if err != nil {
			return nil, err
		}
		rest := uint64(len(data) - at - h.size)
		switch h.kind {
		case Array, Map:
			children := h.count
			if h.kind == Map {
				children *= 2
			}
			// Every child takes at least a byte, so a count beyond the bytes
			// that are left is a lie.
			if children > rest {
				return nil, ErrMalformed
			}
			if children > uint64(l.Items-items) || depth == maxDepth {
				return nil, ErrTooLarge
			}
			at += h.size
			depth++
			left[depth] = children
			continue
		case Ext:
			if !l.Ext {
				return nil, ErrMalformed
			}
		}
		if h.count > rest {
			return nil, ErrMalformed
		}
		body := data[at+h.size : at+h.size+int(h.count)]
		if h.kind == String && !validText(body) {
			return nil, ErrMalformed
		}
		at += h.size + int(h.count)
	}
}
