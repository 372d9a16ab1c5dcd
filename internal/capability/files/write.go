package files

import (
	"context"
	"sync"

	"github.com/alcove-vault/alcove/internal/fault"
)

// WriteOptions say how a file is written.
type WriteOptions struct {
	// Replace lets a file that is there be replaced.
	Replace bool
	// IfVersion, where it is not "", is the version the file has to have still.
	IfVersion string
	// MaxSize, where it is not 0, is the most bytes the file may get.
	MaxSize int64
}

// Write writes a whole file. It is there completely or not at all: a crash or
// a failure leaves what was there before.
//
// The content goes to a new file that takes the place's name. So a file that
// has other names too (hard links) keeps its old content under those, and
// permission bits are kept while other attributes are not.
func (s *Space) Write(ctx context.Context, p Place, data []byte, o WriteOptions) (Info, error) {
	w, err := s.Create(ctx, p, o)
	if err != nil {
		return Info{}, err
	}
	defer w.end()
	if err := w.Write(ctx, data); err != nil {
		return Info{}, err
	}
	return w.Commit(ctx)
}

// Writer writes one file in pieces. The file is there once Commit returns, and
// nothing of it before. It is safe for use by several goroutines.
type Writer struct {
	mu      sync.Mutex
	parent  *folder
	draft   *draft
	name    string
	target  string
	written int64
	limit   int64
	options WriteOptions
	closed  bool
}

// Create begins to write a file. Close has to be called in any case.
func (s *Space) Create(ctx context.Context, p Place, o WriteOptions) (*Writer, error) {
	if err := s.lookToWrite(p); err != nil {
		return nil, err
	}
	parent, name, err := s.openFileParent(ctx, p)
	if err != nil {
		return nil, err
	}
	w := &Writer{parent: parent, name: name, target: p.Target, limit: s.limits.File, options: o}
	if o.MaxSize > 0 {
		w.limit = min(w.limit, o.MaxSize)
	}
	s.reached("opened")
	before, err := parent.replaceable(name, o)
	if err == nil {
		w.draft, err = parent.draft(before)
	}
	if err != nil {
		parent.close()
		return nil, err
	}
	return w, nil
}

// replaceable returns what is under a name that is to be written, if anything,
// and whether that is allowed to go.
func (f *folder) replaceable(name string, o WriteOptions) (entry, error) {
	e, err := f.stat(name)
	switch {
	case fault.Code(err) == errNotFound.Code:
		if o.IfVersion != "" {
			return entry{}, errChanged
		}
		return entry{}, f.fitNew(name)
	case err != nil:
		return entry{}, err
	case e.kind != File:
		return entry{}, needFile(e.kind)
	case !o.Replace:
		return entry{}, errExists
	case o.IfVersion != "" && e.version != o.IfVersion:
		return entry{}, errChanged
	case e.readOnly():
		return entry{}, errReadOnly
	}
	return e, f.writable(name)
}

// Write adds a piece.
func (w *Writer) Write(ctx context.Context, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return errClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case int64(len(data)) > w.limit-w.written:
		return errTooLarge
	}
	n, err := w.draft.file.Write(data)
	w.written += int64(n)
	return explain(err)
}

// Written is how many bytes there are so far.
func (w *Writer) Written() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

// Commit makes the file be there, durably, and ends the stream.
func (w *Writer) Commit(ctx context.Context) (Info, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return Info{}, errClosed
	}
	defer w.end()
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	if w.options.IfVersion != "" {
		if _, err := w.parent.replaceable(w.name, w.options); err != nil {
			return Info{}, err
		}
	}
	if err := w.draft.publish(w.name, w.options.Replace); err != nil {
		return Info{}, err
	}
	e, err := w.parent.stat(w.name)
	if err != nil {
		return Info{}, err
	}
	return infoOf(w.target, w.name, e), nil
}

// Close ends the stream. What was not committed is gone.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
	return nil
}

func (w *Writer) end() {
	if !w.closed {
		w.closed = true
		w.draft.discard()
		w.parent.close()
	}
}
