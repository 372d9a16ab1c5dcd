// Package sqlvalue writes values of SQLite as bytes and reads them back.
//
// There are two forms. The exact form keeps a value as it is: changesets,
// history and parked cells hold it. The key form is the same for all values
// that SQLite takes for equal in a key, and for no others: it names a row on
// every device. Both are specified in internal/crdt/SPEC.md.
//
// It imports only the standard library.
package sqlvalue

import (
	"encoding/binary"
	"errors"
	"math"
)

// The tags. What follows an Integer is a zigzag varint, a Float its IEEE 754
// bits, big-endian, a Text or Blob its length as a varint and its bytes.
const (
	Null    byte = 0
	Integer byte = 1
	Float   byte = 2
	Text    byte = 3
	Blob    byte = 4
)

// ErrMalformed: the bytes are no value.
var ErrMalformed = errors.New("malformed value")

// AppendNull, AppendInteger, AppendFloat, AppendText and AppendBlob append the
// exact form of a value.
func AppendNull(dst []byte) []byte { return append(dst, Null) }

// AppendInteger appends an INTEGER.
func AppendInteger(dst []byte, v int64) []byte {
	return binary.AppendVarint(append(dst, Integer), v)
}

// AppendFloat appends a REAL.
func AppendFloat(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, Float), math.Float64bits(v))
}

// AppendText appends a TEXT, which need not be valid UTF-8: SQLite does not
// insist on it either.
func AppendText(dst, v []byte) []byte {
	return append(binary.AppendUvarint(append(dst, Text), uint64(len(v))), v...)
}

// AppendBlob appends a BLOB.
func AppendBlob(dst, v []byte) []byte {
	return append(binary.AppendUvarint(append(dst, Blob), uint64(len(v))), v...)
}

// Value is a value read from its exact form. Data aliases the bytes it was read
// from.
type Value struct {
	Tag   byte
	Int   int64
	Float float64
	Data  []byte // of a Text or Blob
}

// Read reads the value that b begins with and returns what follows it.
func Read(b []byte) (v Value, rest []byte, err error) {
	if len(b) == 0 {
		return v, nil, ErrMalformed
	}
	v.Tag, b = b[0], b[1:]
	switch v.Tag {
	case Null:
		return v, b, nil
	case Integer:
		i, n := binary.Varint(b)
		if n <= 0 {
			return v, nil, ErrMalformed
		}
		v.Int = i
		return v, b[n:], nil
	case Float:
		if len(b) < 8 {
			return v, nil, ErrMalformed
		}
		v.Float = math.Float64frombits(binary.BigEndian.Uint64(b))
		if math.IsNaN(v.Float) {
			return v, nil, ErrMalformed
		}
		return v, b[8:], nil
	case Text, Blob:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return v, nil, ErrMalformed
		}
		v.Data = b[n : n+int(size)]
		return v, b[n+int(size):], nil
	}
	return v, nil, ErrMalformed
}

// Skip returns what follows the value that b begins with.
func Skip(b []byte) ([]byte, error) {
	_, rest, err := Read(b)
	return rest, err
}

// Append appends the exact form of v.
func Append(dst []byte, v Value) []byte {
	switch v.Tag {
	case Integer:
		return AppendInteger(dst, v.Int)
	case Float:
		return AppendFloat(dst, v.Float)
	case Text:
		return AppendText(dst, v.Data)
	case Blob:
		return AppendBlob(dst, v.Data)
	}
	return AppendNull(dst)
}

// Go returns v as nil, int64, float64, string or a []byte of its own.
func (v Value) Go() any {
	switch v.Tag {
	case Integer:
		return v.Int
	case Float:
		return v.Float
	case Text:
		return string(v.Data)
	case Blob:
		return append(make([]byte, 0, len(v.Data)), v.Data...)
	}
	return nil
}

// Of makes a Value of nil, int64, float64, string or []byte. NaN is NULL, as it
// is to SQLite.
func Of(v any) Value {
	switch v := v.(type) {
	case int64:
		return Value{Tag: Integer, Int: v}
	case float64:
		if math.IsNaN(v) {
			return Value{}
		}
		return Value{Tag: Float, Float: v}
	case string:
		return Value{Tag: Text, Data: []byte(v)}
	case []byte:
		return Value{Tag: Blob, Data: v}
	}
	return Value{}
}
