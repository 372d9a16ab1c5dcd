// Package strictjson reads JSON the one way it can be read.
//
// encoding/json keeps the last of two equal keys, replaces bad UTF-8 and takes
// a lone surrogate for U+FFFD; another reader may choose otherwise, and then a
// signature covers two different documents. What passes here has exactly one
// meaning, and comes back in its canonical form (RFC 8785).
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// The ways a document can be refused.
var (
	ErrTooLarge  = errors.New("too large")
	ErrNotUTF8   = errors.New("not UTF-8")
	ErrSyntax    = errors.New("not JSON")
	ErrTooDeep   = errors.New("nested too deeply")
	ErrDuplicate = errors.New("key appears twice")
)

// Limits bound a document before anything is built from it.
type Limits struct {
	Bytes int // size of the document
	Depth int // arrays and objects inside one another
}

// Canonical checks data and returns it in canonical form. The error wraps one
// of the errors above and says where.
func Canonical(data []byte, limits Limits) ([]byte, error) {
	if len(data) > limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes of at most %d", ErrTooLarge, len(data), limits.Bytes)
	}
	if !utf8.Valid(data) {
		return nil, ErrNotUTF8
	}
	if err := depth(data, limits.Depth); err != nil {
		return nil, err
	}
	// jcs refuses all that is left, also what encoding/json lets pass: a key
	// given twice, half of a surrogate pair, a number that is no double. Why it
	// refused is found out only then.
	canonical, err := jcs.Transform(data)
	if err == nil {
		return canonical, nil
	}
	if err := syntax(data); err != nil {
		return nil, err
	}
	if err := duplicates(data); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
}

// depth counts open brackets outside of strings, so that no parser has to
// recurse into a document that is too deep.
func depth(data []byte, limit int) error {
	open, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if open++; open > limit {
				return fmt.Errorf("%w: more than %d levels", ErrTooDeep, limit)
			}
		case c == ']' || c == '}':
			open--
		}
	}
	return nil
}

func syntax(data []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(data, &any)
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(data, bad.Offset)
		return fmt.Errorf("%w: line %d, column %d: %w", ErrSyntax, line, column, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return nil
}

// position turns the offset after a wrong byte into line and column from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(int(max(offset-1, 0)), len(data))]
	line = bytes.Count(before, []byte("\n")) + 1
	return line, len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
}

// duplicates expects valid JSON.
func duplicates(data []byte) error {
	type level struct {
		keys    map[string]bool // nil in an array
		wantKey bool
	}
	var stack []level
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 && stack[n-1].keys != nil {
			top := &stack[n-1]
			if top.wantKey {
				key, _ := token.(string)
				if top.keys[key] {
					return fmt.Errorf("%w: %.60q", ErrDuplicate, key)
				}
				top.keys[key] = true
				top.wantKey = false
				continue
			}
			top.wantKey = true
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}, wantKey: true})
		case json.Delim('['):
			stack = append(stack, level{})
		}
	}
}
