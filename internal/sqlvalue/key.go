package sqlvalue

import (
	"bytes"
	"math"
)

// Collation is how the text of a key column is compared.
type Collation byte

// The collations SQLite has. Others cannot be made by an extension.
const (
	Binary Collation = 0
	NoCase Collation = 1 // letters A to Z are equal to a to z
	RTrim  Collation = 2 // spaces at the end do not count
)

// AppendKey appends the key form of one column: a REAL that is a whole number
// within the range of an INTEGER is that INTEGER (so -0.0 is 0), and a TEXT is
// what its collation makes of it. Everything else is the exact form. The value
// is the one the table holds, after the column's affinity.
func AppendKey(dst []byte, v Value, c Collation) []byte {
	switch v.Tag {
	case Float:
		// 2^63 itself is beyond the range, -2^63 is not.
		if v.Float >= -0x1p63 && v.Float < 0x1p63 && v.Float == math.Trunc(v.Float) {
			return AppendInteger(dst, int64(v.Float))
		}
	case Text:
		switch c {
		case NoCase:
			dst = AppendText(dst, v.Data)
			fold(dst[len(dst)-len(v.Data):])
			return dst
		case RTrim:
			return AppendText(dst, bytes.TrimRight(v.Data, " "))
		}
	}
	return Append(dst, v)
}

// fold makes capitals of ASCII small. SQLite's NOCASE stops at a NUL, behind
// which only the length counts.
func fold(text []byte) {
	for i, b := range text {
		switch {
		case b == 0:
			clear(text[i:])
			return
		case 'A' <= b && b <= 'Z':
			text[i] = b + ('a' - 'A')
		}
	}
}
