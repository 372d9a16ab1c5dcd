package plain

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"github.com/alcove-vault/alcove/internal/fault"
)

// jsonSource reads data.json token by token.
type jsonSource struct {
	path        string
	done, total int64
}

func openJSON(path string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	return &jsonSource{path: path, total: info.Size()}, nil
}

// Read implements Source.
func (s *jsonSource) Read(ctx context.Context, _ bool, v Visitor) error {
	s.done = 0
	f, err := openRegular(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	bounded := &tokenBound{in: bufio.NewReaderSize(transform.NewReader(counter{f, &s.done}, encoding.UTF8Validator), 64<<10)}
	p := &jsonParser{Decoder: json.NewDecoder(bounded), ctx: ctx, visitor: v}
	p.UseNumber()
	if err := p.document(); err != nil {
		return jsonError(err)
	}
	return nil
}

// jsonError gives what the parser says a code. Errors of the visitor and of
// the context pass.
func jsonError(err error) error {
	if fault.Code(err) != fault.CodeInternal || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return unreadable(p)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("it ends too early")
	}
	return errCorrupt("JSON", err.Error(), err)
}

// Progress implements Source: bytes.
func (s *jsonSource) Progress() (done, total int64) { return min(s.done, s.total), s.total }

// Close implements Source.
func (s *jsonSource) Close() error { return nil }

// Progress implements Source: bytes.
func (s *csvSource) Progress() (done, total int64) { return min(s.done, s.total), s.total }

// Close implements Source.
func (s *csvSource) Close() error { return nil }

// tokenBound ends the reading at a token that is longer than any that is
// needed, before the parser has it in memory.
type tokenBound struct {
	in       io.Reader
	length   int
	inString bool
	escaped  bool
}

// maxToken is a value of MaxCell bytes in base64 or with every byte escaped as
// \u00XX, whichever a writer chose within reason.
const maxToken = 2*MaxCell + 1024

func (t *tokenBound) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	for _, c := range p[:n] {
		t.length++
		switch {
		case t.escaped:
			t.escaped = false
		case t.inString && c == '\\':
			t.escaped = true
		case c == '"':
			t.inString = !t.inString
			t.length = 0
		case !t.inString && (c <= ' ' || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}'):
			t.length = 0
		}
		if t.length > maxToken {
			return 0, errTooLarge("The file has a value of more than 64 MiB.")
		}
	}
	return n, err
}
