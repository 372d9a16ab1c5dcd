package plain

import (
	"bufio"
	"errors"
	"io"
)

// csvReader splits a file into records. Unlike encoding/csv it keeps whether a
// field was in quotes, which tells NULL from empty text, and a carriage return
// within quotes.
type csvReader struct {
	in     *bufio.Reader
	limit  int // bytes of one record
	line   int // lines before the present one
	buffer []byte
	fields []csvField
}

type csvField struct {
	text   string
	quoted bool
}

// errQuote is a quote where none can be.
var errQuote = errors.New("a quote inside a field that does not begin with one")

// record returns the fields of the next record, which are valid until the next
// call, and io.EOF after the last.
func (r *csvReader) record() ([]csvField, error) {
	r.fields = r.fields[:0]
	left := r.limit
	if r.line == 0 {
		if mark, _ := r.in.Peek(3); string(mark) == "\ufeff" {
			_, _ = r.in.Discard(3) // it was peeked
		}
	}
	if _, err := r.in.Peek(1); err != nil {
		return nil, err
	}
	for {
		end, err := r.field(&left)
		if err != nil {
			return nil, err
		}
		if len(r.fields) > maxParts {
			return nil, errTooLarge("A CSV file has too many columns.")
		}
		if end {
			r.line++
			return r.fields, nil
		}
	}
}

// field reads one field and reports whether the record ends with it.
func (r *csvReader) field(left *int) (end bool, err error) {
	r.buffer = r.buffer[:0]
	quoted, inside := false, false
	for first := true; ; first = false {
		c, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) && !inside {
			return true, r.keep(quoted)
		}
		if errors.Is(err, io.EOF) {
			return false, errors.New("a quote that is not closed")
		}
		if err != nil {
			return false, err
		}
		if *left--; *left < 0 {
			return false, errTooLarge("A row of a CSV file is too long.")
		}
		switch {
		case inside:
			if c != '"' {
				if c == '\n' {
					r.line++
				}
				r.buffer = append(r.buffer, c)
			} else if next, _ := r.in.Peek(1); len(next) == 1 && next[0] == '"' {
				_, _ = r.in.Discard(1) // it was peeked
				r.buffer = append(r.buffer, '"')
			} else {
				inside = false
			}
		case c == '"' && first:
			quoted, inside = true, true
		case c == ',':
			return false, r.keep(quoted)
		case c == '\n':
			return true, r.keep(quoted)
		case c == '\r':
			if next, _ := r.in.Peek(1); len(next) == 1 && next[0] != '\n' {
				return false, errors.New("a carriage return outside quotes")
			}
		case quoted, c == '"':
			return false, errQuote
		default:
			r.buffer = append(r.buffer, c)
		}
	}
}

func (r *csvReader) keep(quoted bool) error {
	text := string(r.buffer)
	r.fields = append(r.fields, csvField{text, quoted})
	return validUTF8(text)
}
