package plain

import (
	"bufio"
	"math"
	"strconv"
	"strings"
)

// infinity is written as a number that is too large for a float, which every
// parser of numbers turns back into infinity.
const infinity = "9e999"

// number writes a float so that it reads back as the same float and not as an
// integer.
func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return infinity
	case math.IsInf(v, -1):
		return "-" + infinity
	}
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// parseNumber reads an integer or float as JSON writes it. An integer beyond
// 64 bits is a float, as in SQL.
func parseNumber(s string) (any, bool) {
	if !looksNumeric(s) {
		return nil, false
	}
	if !strings.ContainsAny(s, ".eE") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || math.IsInf(f, 0)
}

// looksNumeric keeps out what strconv reads beyond JSON: hexadecimal, inf,
// nan, underscores, a plus sign, leading zeros (which a code may begin with).
func looksNumeric(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 400 {
		return false
	}
	if digits[0] < '0' || digits[0] > '9' || len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return false
	}
	for i := range len(digits) {
		if c := digits[i]; (c < '0' || c > '9') && strings.IndexByte(".eE+-", c) < 0 {
			return false
		}
	}
	return true
}

// textWriter is a buffered writer whose error, once there is one, stays: it is
// enough to look at that of flush.
type textWriter struct{ *bufio.Writer }

func (w textWriter) put(parts ...string) {
	for _, s := range parts {
		_, _ = w.WriteString(s)
	}
}

// sound is the error so far.
func (w textWriter) sound() error {
	_, err := w.WriteString("")
	return err
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
