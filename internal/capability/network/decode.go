package network

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// errPacked says that a body is not packed as its header says.
var errPacked = errors.New("a body is not what its content-encoding says")

// decode returns the body of an answer as the app gets it: gzip and deflate are
// taken off, anything else is left, with its header, to the app.
func decode(res *http.Response) (body io.Reader, unpacked bool, err error) {
	if res.ContentLength == 0 || res.Request != nil && res.Request.Method == http.MethodHead ||
		res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified {
		return res.Body, false, nil
	}
	switch encoding := spelling.LowerASCII(strings.TrimSpace(strings.Join(res.Header.Values("Content-Encoding"), ","))); encoding {
	case "gzip", "x-gzip":
		return &lazy{raw: bufio.NewReader(res.Body), open: func(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }}, true, nil
	case "deflate":
		return &lazy{raw: bufio.NewReader(res.Body), open: openDeflate}, true, nil
	}
	return res.Body, false, nil
}

// openDeflate takes off "deflate", which is zlib, though some servers send it
// bare.
func openDeflate(r *bufio.Reader) (io.Reader, error) {
	if head, err := r.Peek(2); err == nil && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// lazy opens its reader with the first read, because that waits for bytes.
type lazy struct {
	raw    *bufio.Reader
	open   func(*bufio.Reader) (io.Reader, error)
	opened io.Reader
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.opened == nil {
		if _, err := l.raw.Peek(1); err != nil {
			return 0, err // an empty body is empty, whatever its header says
		}
		opened, err := l.open(l.raw)
		if err != nil {
			return 0, packed(err)
		}
		l.opened = opened
	}
	n, err := l.opened.Read(p)
	return n, packed(err)
}

// packed marks errors of the packing, and leaves those of the connection.
func packed(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) {
		return errors.Join(errPacked, err)
	}
	return err
}
