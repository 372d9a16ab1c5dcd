package sqlvalue

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func values() *rapid.Generator[Value] {
	return rapid.OneOf(
		rapid.Just(Value{}),
		rapid.Map(rapid.Int64(), func(n int64) Value { return Value{Tag: Integer, Int: n} }),
		rapid.Map(rapid.Float64(), func(f float64) Value { return Of(f) }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) Value { return Value{Tag: Text, Data: b} }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) Value { return Value{Tag: Blob, Data: b} }),
	)
}

func TestExactFormRoundTrips(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := values().Draw(r, "value")
		tail := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(r, "tail")
		b := append(Append(nil, v), tail...)
		got, rest, err := Read(b)
		if err != nil || !bytes.Equal(rest, tail) || got.Tag != v.Tag || got.Int != v.Int ||
			math.Float64bits(got.Float) != math.Float64bits(v.Float) || !bytes.Equal(got.Data, v.Data) {
			r.Fatalf("%+v became %+v, rest %v, %v", v, got, rest, err)
		}
	})
}

func TestKeyFormIsOneForEqualValues(t *testing.T) {
	for _, c := range []struct {
		what  string
		a, b  any
		with  Collation
		equal bool
	}{
		{"a whole number as REAL", int64(1), 1.0, Binary, true},
		{"negative zero", int64(0), math.Copysign(0, -1), Binary, true},
		{"the smallest integer", int64(math.MinInt64), -0x1p63, Binary, true},
		{"beyond the largest integer", int64(math.MaxInt64), 0x1p63, Binary, false},
		{"a fraction", int64(1), 1.5, Binary, false},
		{"a text of digits", int64(1), "1", Binary, false},
		{"a text and a blob", "a", []byte("a"), Binary, false},
		{"capitals", "Key", "kEY", NoCase, true},
		{"capitals, binary", "Key", "kEY", Binary, false},
		{"capitals beyond ASCII", "Ä", "ä", NoCase, false},
		{"behind a NUL", "a\x00b", "A\x00c", NoCase, true},
		{"lengths behind a NUL", "a\x00b", "a\x00", NoCase, false},
		{"spaces at the end", "a", "a  ", RTrim, true},
		{"spaces at the start", "a", " a", RTrim, false},
		{"a blob with capitals", []byte("K"), []byte("k"), NoCase, false},
		{"nothing and an empty text", nil, "", Binary, false},
	} {
		a, b := AppendKey(nil, Of(c.a), c.with), AppendKey(nil, Of(c.b), c.with)
		if bytes.Equal(a, b) != c.equal {
			t.Errorf("%s: %x and %x", c.what, a, b)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte{Integer, 2})
	f.Add([]byte{Text, 2, 'a', 'b', 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := Read(b)
		if err != nil {
			return
		}
		again, tail, err := Read(append(Append(nil, v), rest...))
		if err != nil || again.Tag != v.Tag || !bytes.Equal(again.Data, v.Data) || len(tail) != len(rest) {
			t.Fatalf("%v became %v", v, again)
		}
	})
}
