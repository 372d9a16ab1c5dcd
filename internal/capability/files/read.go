package files

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
)

// Range is the part of a file that is read: from Offset on, at most Length
// bytes, 0 for all there is.
type Range struct{ Offset, Length int64 }

// Read returns a file, or a part of it, in one piece. What is longer than the
// limits or than maxSize, where that is not 0, is refused.
func (s *Space) Read(ctx context.Context, p Place, part Range, maxSize int64) ([]byte, Info, error) {
	r, err := s.Open(ctx, p, part.Offset, maxSize)
	if err != nil {
		return nil, Info{}, err
	}
	defer r.file.Close()
	want := part.Length
	if want == 0 {
		want = max(r.Info.Size-part.Offset, 0)
	}
	if want > s.limits.Read {
		return nil, Info{}, errTooLarge
	}
	// A file that grows while it is read is read up to where it was.
	data, err := io.ReadAll(io.LimitReader(r.file, want))
	if err != nil {
		return nil, Info{}, explain(err)
	}
	return data, r.Info, ctx.Err()
}

// Reader reads one file in pieces. It is safe for use by several goroutines.
type Reader struct {
	Info Info // as it was when it was opened

	mu    sync.Mutex
	file  *os.File
	at    int64
	limit int64 // bytes of the file, 0 for any
	chunk int
}

// Open opens a file to be read in pieces, from offset on.
func (s *Space) Open(ctx context.Context, p Place, offset, maxSize int64) (*Reader, error) {
	if err := s.look(p); err != nil {
		return nil, err
	}
	parent, name, err := s.openFileParent(ctx, p)
	if err != nil {
		return nil, err
	}
	defer parent.close()
	s.reached("opened")
	file, e, err := parent.open(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{Info: infoOf(p.Target, name, e), file: file, at: offset, limit: maxSize, chunk: s.limits.Chunk}
	if maxSize > 0 && e.size > maxSize {
		file.Close()
		return nil, errTooLarge
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		file.Close()
		return nil, explain(err)
	}
	return r, nil
}

// Read returns the next piece, of at most limit bytes, and whether it was the
// last one.
func (r *Reader) Read(ctx context.Context, limit int) (piece []byte, done bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if limit <= 0 || limit > r.chunk {
		limit = r.chunk
	}
	piece = make([]byte, limit)
	n, err := io.ReadFull(r.file, piece)
	switch {
	case errors.Is(err, os.ErrClosed):
		return nil, false, errClosed
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		done = true
	case err != nil:
		return nil, false, explain(err)
	}
	r.at += int64(n)
	if r.limit > 0 && r.at > r.limit {
		return nil, false, errTooLarge
	}
	return piece[:n], done, nil
}

// At is how far in the file the next piece begins, in bytes.
func (r *Reader) At() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// Close ends the stream.
func (r *Reader) Close() error { return r.file.Close() }
