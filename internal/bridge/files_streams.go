package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
)

// parseOpen answers {handle, info}: what is read from the handle is the file,
// and meta says how far it is.
func parseOpen(s *Session, a *args) work {
	offset := a.optionalOffset("offset")
	return s.onPlace(a, onPlace{action: "read", quota: s.handles.room, run: func(ctx context.Context, p files.Place, want permission.Call, maxSize int64) (result, error) {
		r, err := s.files.Open(ctx, p, offset, maxSize)
		if err != nil {
			return nil, err
		}
		handle, err := s.keepOpen(ctx, &fileReader{r}, []permission.Call{want})
		return tree(map[string]any{"handle": handle, "info": r.Info}), err
	}})
}

// parseCreate answers {handle}: what is written to the handle is the file once
// the handle is closed, which answers its facts.
func parseCreate(s *Session, a *args) work {
	o := writing(a)
	return s.onPlace(a, onPlace{action: "readWrite", quota: s.handles.room, run: func(ctx context.Context, p files.Place, want permission.Call, maxSize int64) (result, error) {
		o.MaxSize = maxSize
		w, err := s.files.Create(ctx, p, o)
		if err != nil {
			return nil, err
		}
		handle, err := s.keepOpen(ctx, &fileWriter{w}, []permission.Call{want})
		return tree(map[string]any{"handle": handle}), err
	}})
}

// parseWatch answers {handle}: a read of it waits until something has changed.
func parseWatch(s *Session, a *args) work {
	o := files.WatchOptions{Recursive: a.optionalTruth("recursive"), Allowed: s.inTree("read")}
	return s.onPlace(a, onPlace{
		quota: s.handles.room,
		want: func(s *Session, p files.Place) permission.Call {
			if p.Kind == files.Folder {
				return s.listWant(p, o.Recursive)
			}
			return s.fileWant("read", p, false)
		},
		run: func(ctx context.Context, p files.Place, want permission.Call, _ int64) (result, error) {
			w, err := s.files.Watch(ctx, p, o)
			if err != nil {
				return nil, err
			}
			handle, err := s.keepOpen(ctx, &fileWatcher{w}, []permission.Call{want})
			return tree(map[string]any{"handle": handle}), err
		},
	})
}

type fileReader struct{ *files.Reader }

func (r *fileReader) Read(ctx context.Context, limit int) ([]byte, bool, map[string]any, error) {
	piece, done, err := r.Reader.Read(ctx, limit)
	return piece, done, map[string]any{"at": r.At(), "size": r.Info.Size}, err
}

type fileWriter struct{ *files.Writer }

// Finish puts the file in its place.
func (w *fileWriter) Finish(ctx context.Context) (map[string]any, error) {
	info, err := w.Commit(ctx)
	return map[string]any{"info": info}, err
}

type fileWatcher struct{ *files.Watcher }

func (w *fileWatcher) Read(ctx context.Context, _ int) ([]byte, bool, map[string]any, error) {
	changes, lost, done, err := w.Watcher.Read(ctx)
	if changes == nil {
		changes = []files.Change{}
	}
	return nil, done, map[string]any{"changes": changes, "lost": lost}, err
}

var (
	_ Reader   = (*fileReader)(nil)
	_ Writer   = (*fileWriter)(nil)
	_ Finisher = (*fileWriter)(nil)
	_ Reader   = (*fileWatcher)(nil)
)
