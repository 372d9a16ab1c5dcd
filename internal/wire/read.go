package wire

import "math"

// Kind returns what v is. The zero Value is Nil.
func (v Value) Kind() Kind {
	return v.head().kind
}

// head reads the head of a checked value; the zero Value is nil.
func (v Value) head() head {
	h, err := readHead(v)
	if err != nil {
		return head{kind: Nil}
	}
	return h
}

// Text returns v if it is a string.
func (v Value) Text() (string, bool) {
	h := v.head()
	if h.kind != String {
		return "", false
	}
	return string(v[h.size:]), true
}

// Blob returns the bytes of v if it is binary; they alias the parsed bytes.
func (v Value) Blob() ([]byte, bool) {
	h := v.head()
	if h.kind != Bytes {
		return nil, false
	}
	return v[h.size:], true
}

// Int64 returns v if it is an integer that an int64 holds.
func (v Value) Int64() (int64, bool) {
	h := v.head()
	if h.kind != Int || (!h.minus && h.bits > math.MaxInt64) {
		return 0, false
	}
	return int64(h.bits), true
}

// Uint64 returns v if it is an integer that is not negative.
func (v Value) Uint64() (uint64, bool) {
	h := v.head()
	if h.kind != Int || h.minus {
		return 0, false
	}
	return h.bits, true
}

// Float64 returns v if it is a floating point number.
func (v Value) Float64() (float64, bool) {
	h := v.head()
	if h.kind != Float {
		return 0, false
	}
	return math.Float64frombits(h.bits), true
}

// Truth returns v if it is a boolean.
func (v Value) Truth() (value, ok bool) {
	h := v.head()
	return h.kind == Bool && h.bits == 1, h.kind == Bool
}

// Scalar returns v as nil, bool, int64, float64, string or []byte. Containers,
// extensions and integers beyond int64 are not scalars.
func (v Value) Scalar() (any, bool) {
	switch v.Kind() {
	case Nil:
		return nil, true
	case Bool:
		return v.Truth()
	case Int:
		return v.Int64()
	case Float:
		return v.Float64()
	case String:
		return v.Text()
	case Bytes:
		return v.Blob()
	}
	return nil, false
}

// Any returns v as nil, bool, int64, float64, string, []byte, []any or
// map[string]any; what has no such form is nil. It is for values whose schema
// is not known, such as a test's.
func (v Value) Any() any {
	if list, ok := v.Array(); ok {
		out := make([]any, len(list))
		for i, member := range list {
			out[i] = member.Any()
		}
		return out
	}
	if fields, ok := v.Fields(); ok {
		out := make(map[string]any, len(fields))
		for key, member := range fields {
			out[key] = member.Any()
		}
		return out
	}
	scalar, _ := v.Scalar()
	return scalar
}

// Array returns the members of v if it is an array.
func (v Value) Array() ([]Value, bool) {
	h := v.head()
	if h.kind != Array {
		return nil, false
	}
	list := make([]Value, h.count)
	rest := v[h.size:]
	for i := range list {
		list[i], rest = cut(rest)
	}
	return list, true
}

// Fields returns the members of v if it is a map whose keys are strings, each
// only once.
func (v Value) Fields() (map[string]Value, bool) {
	h := v.head()
	if h.kind != Map {
		return nil, false
	}
	fields := make(map[string]Value, h.count)
	rest := v[h.size:]
	for range h.count {
		var key, value Value
		key, rest = cut(rest)
		value, rest = cut(rest)
		name, ok := key.Text()
		if _, twice := fields[name]; !ok || twice {
			return nil, false
		}
		fields[name] = value
	}
	return fields, true
}

// cut splits the first value off checked bytes.
func cut(data []byte) (first, rest Value) {
	at := 0
	for open := uint64(1); open > 0; open-- {
		h, err := readHead(data[at:])
		if err != nil {
			return nil, nil // not reached with checked bytes
		}
		at += h.size
		switch h.kind {
		case Array:
			open += h.count
		case Map:
			open += 2 * h.count
		default:
			at += int(h.count)
		}
	}
	return Value(data[:at]), Value(data[at:])
}
