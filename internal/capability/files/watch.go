package files

import (
	"context"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// Change is one thing that happened below a watched place.
type Change struct {
	Target string `json:"path"`
	What   string `json:"what"` // Created, Changed or Removed
}

// What can happen. A move is a removal and a creation.
const (
	Created = "created"
	Changed = "changed"
	Removed = "removed"
)

// WatchOptions say what is watched.
type WatchOptions struct {
	Recursive bool // also folders in the folder
	Allowed   Allowed
}

// Watcher tells what changes below one place.
type Watcher struct {
	tree    *tree
	leave   func() // gives back the turn that Watches gave
	system  *fsnotify.Watcher
	real    string // the folder that is watched
	only    string // the name that is watched in it, "" for all
	deep    bool
	watched map[string]*watched // by the name the system was given
	loop    sync.WaitGroup
	close   sync.Once

	mu      sync.Mutex
	pending map[string]string // what by target
	order   []string
	lost    bool // more happened than can be told
	over    bool // nothing will come any more
	wake    chan struct{}
}

// watched is one folder that is watched.
type watched struct {
	folder *folder
	real   string
	depth  int
}

// Watch begins to watch a file or a folder. Close has to be called.
func (s *Space) Watch(ctx context.Context, p Place, o WatchOptions) (*Watcher, error) {
	if err := s.look(p); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.Kind == Absent {
		return nil, errNotFound
	}
	w := &Watcher{
		tree: s.tree(p, o.Allowed), real: p.real(), deep: o.Recursive, watched: make(map[string]*watched),
		pending: make(map[string]string), wake: make(chan struct{}, 1),
	}
	f, err := w.begin(s, p)
	if err != nil {
		return nil, err
	}
	if w.leave, err = s.watches.enter(s); err != nil {
		f.close()
		return nil, err
	}
	if w.system, err = fsnotify.NewWatcher(); err != nil {
		w.leave()
		f.close()
		return nil, caused(errWatching, err)
	}
	if err := w.add(f, w.real, 1, false); err != nil {
		_ = w.system.Close()
		w.leave()
		w.release()
		return nil, err
	}
	w.loop.Go(w.run)
	return w, nil
}

// begin opens the folder to watch. A file is watched in its folder, as the one
// name that counts.
func (w *Watcher) begin(s *Space, p Place) (*folder, error) {
	if p.Kind != File {
		f, err := s.openPlace(p)
		if err == nil && w.tree.closes(f) {
			f.close()
			return nil, errProtected
		}
		return f, err
	}
	f, name, err := s.openParent(p)
	w.only, w.real, w.deep = name, filepath.Dir(w.real), false
	return f, err
}

// add watches one more folder and, where that is asked for, those in it. The
// folder is kept open: it is watched as what it is and not by its name. Told
// says that what is in it counts as created.
func (w *Watcher) add(f *folder, real string, depth int, told bool) error {
	key := f.watchName(real)
	if len(w.watched) >= w.tree.space.limits.WatchFolders || depth > w.tree.space.limits.Depth {
		f.close()
		return errTooMany
	}
	w.watched[key] = &watched{folder: f, real: real, depth: depth}
	if err := w.system.Add(key); err != nil {
		delete(w.watched, key)
		f.close()
		return caused(errWatching, err)
	}
	if !w.deep {
		return nil
	}
	names, err := w.tree.names(f)
	if err != nil {
		return err
	}
	for _, name := range names {
		e, err := f.stat(name)
		if err != nil {
			continue
		}
		at := filepath.Join(real, name)
		if told {
			w.note(at, name, e.kind, Created)
		}
		if e.kind == Folder {
			if err := w.deeper(f, name, at, depth, told); err != nil {
				return err
			}
		}
	}
	return nil
}

// deeper watches a folder in a watched one, unless nobody is told of it.
func (w *Watcher) deeper(in *folder, name, real string, depth int, told bool) error {
	if _, is := w.tree.spell(real, Folder); is != open {
		return nil
	}
	f, err := w.tree.enter(in, name)
	if err != nil {
		return nil //nolint:nilerr // it vanished, or nobody is let at it
	}
	return w.add(f, real, depth+1, told)
}

// run turns what the system tells into changes until the watcher is closed.
func (w *Watcher) run() {
	defer w.finish()
	for {
		select {
		case event, ok := <-w.system.Events:
			if !ok || !w.take(event) {
				return
			}
		case err, ok := <-w.system.Errors:
			if !ok {
				return
			}
			_ = err // the system lost events, or one folder
			w.lose()
		}
	}
}

// take notes one event. It reports whether there is still something to watch.
func (w *Watcher) take(event fsnotify.Event) bool {
	if on, ok := w.watched[event.Name]; ok { // the folder itself
		if event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename) {
			w.forget(event.Name)
			return on.real != w.real
		}
		return true
	}
	dir, name := path.Split(filepath.ToSlash(event.Name))
	on, ok := w.watched[strings.TrimSuffix(dir, "/")]
	if !ok || w.only != "" && name != w.only {
		return true
	}
	real := filepath.Join(on.real, name)
	switch {
	case event.Has(fsnotify.Create):
		e, err := on.folder.stat(name)
		w.note(real, name, e.kind, Created)
		if w.deep && err == nil && e.kind == Folder {
			if err := w.deeper(on.folder, name, real, on.depth, true); err != nil {
				w.lose()
			}
		}
	case event.Has(fsnotify.Remove), event.Has(fsnotify.Rename):
		w.note(real, name, w.kindOf(real), Removed)
		w.forgetBelow(real)
	case event.Has(fsnotify.Write):
		// A file without a name is told of too, under one that nobody gave it.
		if e, err := on.folder.stat(name); err == nil {
			w.note(real, name, e.kind, Changed)
		}
	}
	return true
}

// forget stops watching one folder.
func (w *Watcher) forget(key string) {
	_ = w.system.Remove(key) // it may be gone already
	w.watched[key].folder.close()
	delete(w.watched, key)
}

// forgetBelow stops watching a folder that has left its place, and all in it.
func (w *Watcher) forgetBelow(real string) {
	for key, on := range w.watched {
		if on.real == real || inside(real, on.real) {
			w.forget(key)
		}
	}
}
